import { readFile } from 'node:fs/promises'
import type { AnyProcess } from '#kit/process/process.ts'
import type { Logger } from '#kit/service/logger.ts'
import { createPinoLogger } from '#kit/service/pino-logger.ts'
import type { Service } from '#kit/service/service.ts'
import type { CommandContext } from './command.ts'
import { loadProcesses, loadServices } from './load.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { linesForPeople, readSettings, type Settings } from './settings.ts'

/** What is the same for every command: who we are, how we are set up, what there is. */
export interface Installation {
  readonly version: string
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  readonly processes: readonly AnyProcess[]
  readonly log: Logger
}

/** Reads settings, finds services and processes, opens the secrets. No connection, no port. */
export async function openInstallation(
  { environment, root, terminal }: Pick<CommandContext, 'environment' | 'root' | 'terminal'>,
  { app = 'souk' } = {},
): Promise<Installation> {
  const { extensions } = readSettings(environment, { root })
  const services = (await loadServices({ root, extensions })).map((loaded) => loaded.service)
  const settings = readSettings(environment, { root, services })
  const log = createPinoLogger({
    level: settings.logLevel,
    app,
    pretty: linesForPeople(settings, terminal.interactive),
  })
  return {
    version: await versionOf(root),
    settings,
    secrets: await openSecrets(settings),
    services,
    processes: await loadProcesses(root),
    log,
  }
}

export async function versionOf(root: URL): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string }
  return version
}
