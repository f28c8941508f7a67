import { once } from 'node:events'
import { connect } from 'node:net'
import { CommandError, usageError } from '../command.ts'
import type { Environment } from '../settings.ts'

/** An engine that may run on this machine, and the setting that makes the shop use it. */
interface Engine {
  /** variable with its address, as compose files and start scripts name it */
  readonly variable: string
  readonly usual: string
  readonly setting: string
}

const engines: Readonly<Record<string, Engine>> = {
  kafka: { variable: 'KAFKA_URL', usual: 'kafka://127.0.0.1:9092', setting: 'BUS_URL' },
  redis: { variable: 'REDIS_URL', usual: 'redis://127.0.0.1:6379', setting: 'CACHE_URL' },
  smtp: { variable: 'SMTP_URL', usual: 'smtp://127.0.0.1:1025', setting: 'MAIL_URL' },
}

export const engineNames = Object.keys(engines)

/** `kafka,smtp` → the settings with which the shop uses them; a setting that is there already wins. */
export function engineSettings(names: readonly string[], environment: Environment): Record<string, string> {
  const unknown = names.filter((name) => !Object.hasOwn(engines, name))
  if (unknown.length > 0) throw usageError(`There is no engine ${unknown.join(', ')}.`, `There are: ${engineNames.join(', ')}.`)
  return Object.fromEntries(
    names.map((name) => {
      const { variable, usual, setting } = engines[name]!
      return [setting, environment[setting]?.trim() || environment[variable]?.trim() || usual]
    }),
  )
}

/** Throws when one of the engines takes no connections: better than a dozen processes that each say so. */
export async function requireEngines(settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [setting, url] of Object.entries(settings)) {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), timeout: 3_000 })
    try {
      await Promise.race([once(socket, 'connect'), once(socket, 'timeout').then(() => Promise.reject(new Error('timeout')))])
    } catch (cause) {
      throw new CommandError(`Nothing answers at ${hostname}:${port}, which ${setting} needs.`, {
        mend: 'Start the engine first, or leave it out of --engines.',
        cause,
      })
    } finally {
      socket.destroy()
    }
  }
}
