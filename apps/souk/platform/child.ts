import type { AnyProcess } from '#kit/process/process.ts'
import type { Logger } from '#kit/service/logger.ts'
import { createPinoLogger } from '#kit/service/pino-logger.ts'
import type { Peers } from '#kit/http/forward/upstream.ts'
import type { Service } from '#kit/service/service.ts'
import { peersOf, withoutPort } from './peers.ts'
import { rereading } from './rereading.ts'
import { loadProcesses, loadServices } from '../load.ts'
import { openSecrets, type Secrets } from '../secrets.ts'
import { type Environment, readSettings, type Settings } from '../settings.ts'

export interface OpenedChild {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  readonly processes: readonly AnyProcess[]
  readonly log: Logger
  readonly peers: Peers
  readonly elsewhere: readonly Service[]
  readonly reread: () => Promise<Settings>
}

/** Reads settings and code in a child process; the answer narrows it to the services that this host runs. */
export async function openChild(
  part: string,
  { environment, root }: { environment: Environment; root: URL },
): Promise<(only: readonly string[] | undefined) => OpenedChild> {
  const { extensions, dir, secret, environment: kind, logLevel } = readSettings(environment, { root })
  const [loaded, processes, secrets] = await Promise.all([
    loadServices({ root, extensions }),
    loadProcesses(root),
    openSecrets({ dir, secret }),
  ])
  const log = createPinoLogger({ level: logLevel, app: `souk-${part}`, pretty: process.stdout.isTTY && kind === 'development' })
  return (only) => {
    const all = loaded.map(({ service }) => service)
    const services = all.filter(({ name }) => only?.includes(name) ?? true)
    const settings = readSettings(only ? withoutPort(environment) : environment, { root, services })
    const elsewhere = all.filter((service) => !services.includes(service))
    const reread = rereading({ environment, root, only, services })
    return { settings, secrets, services, elsewhere, processes, log, peers: peersOf(all, services, settings), reread }
  }
}
