import type { Service } from '#kit/service/service.ts'
import { type Environment, readSettings, type Settings } from '../settings.ts'
import { withoutPort } from './peers.ts'

interface Process {
  readonly environment: Environment
  readonly root: URL
  readonly only: readonly string[] | undefined
  readonly services: readonly Service[]
}

/** The settings as they would be if this process began now. Rejects when the configuration server does not answer: what holds, holds on. */
export function rereading({ environment, root, only, services }: Process): () => Promise<Settings> {
  return async () => {
    const { readConfiguration } = await import('../configuration.ts')
    const now = await readConfiguration({ environment, root, only }, 0)
    if (now.from !== 'server') throw new Error(now.problem ?? 'there is no configuration server')
    return readSettings(only ? withoutPort(now.environment) : now.environment, { root, services })
  }
}
