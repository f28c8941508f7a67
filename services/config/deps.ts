import { fileURLToPath } from 'node:url'
import { type Cipher, createCipher } from './cipher.ts'
import { folderRepository } from './folder-repository.ts'
import { gitRepository } from './git-repository.ts'
import { emptyRepository, type Repository } from './repository.ts'
import type { Settings } from './settings.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { ServiceKit } from '#kit/service/service.ts'

export interface Deps {
  readonly db: Db
  readonly outbox: Outbox
  readonly repository: Repository
  readonly cipher: Cipher
  readonly settings: Settings
  /** the label of those who name none, for the event of a change */
  readonly usualLabel: string
  /** this process runs nothing else: the protocol's addresses stand at its root too */
  readonly alone: boolean
}

/** See the configuration of every application. */
export const READ = 'config:read'
export const CIPHER = 'config:cipher'
export const REFRESH = 'config:refresh'

export function createDeps({ db, outbox, settings, log, secret, alone }: ServiceKit<Settings>): Deps {
  const key = settings.encryptKey ?? secret('config/cipher').toString('base64url')
  return {
    db,
    outbox,
    settings,
    alone,
    repository: openRepository(settings, log),
    cipher: createCipher(key, settings.formerKeys),
    usualLabel: settings.repository?.startsWith('git+') ? settings.defaultLabel : 'files',
  }
}

function openRepository({ repository, defaultLabel, fetchSeconds }: Settings, log: Logger): Repository {
  if (repository === undefined) return emptyRepository
  if (repository.startsWith('file:')) return folderRepository(fileURLToPath(repository))
  return gitRepository({ url: repository.slice('git+'.length), defaultLabel, fetchMs: fetchSeconds * 1000, log })
}
