import type { AnyProcess } from '#kit/process/process.ts'
import type { Logger } from '#kit/service/logger.ts'
import { createPinoLogger } from '#kit/service/pino-logger.ts'
import type { Peers } from '#kit/balance/instance.ts'
import type { Service } from '#kit/service/service.ts'
import { loadProcesses } from '../load.ts'
import { loadPart } from './load-part.ts'
import type { Known } from './peers.ts'
import { createRecent, type Recent } from './recent.ts'
import { rereading } from './rereading.ts'
import { openSecrets, type Secrets } from '../secrets.ts'
import { type Environment, linesForPeople, readSettings, type Settings } from '../settings.ts'

export interface OpenedChild {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  readonly processes: readonly AnyProcess[]
  readonly log: Logger
  readonly recent: Recent
  readonly peers: Peers
  readonly elsewhere: readonly Service[]
  readonly reread: () => Promise<Settings>
  readonly others: readonly Known[]
}

/** Reads settings and code in a child process. */
export async function openChild(
  part: string,
  { environment, root, only }: { environment: Environment; root: URL; only: readonly string[] | undefined },
): Promise<OpenedChild> {
  const early = readSettings(environment, { root })
  const [loaded, processes, secrets] = await Promise.all([
    loadPart({ environment, root, only }),
    loadProcesses(root),
    openSecrets({ dir: early.dir, secret: early.secret }),
  ])
  const recent = createRecent(early)
  const log = createPinoLogger({
    keep: recent.lines.keep,
    level: early.logLevel,
    app: `souk-${part}`,
    pretty: linesForPeople(early, process.stdout.isTTY),
  })
  const reread = rereading({ environment, root, only, services: loaded.services })
  return { ...loaded, secrets, processes, log, recent, reread }
}
