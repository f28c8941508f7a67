import { once } from 'node:events'
import { connect } from 'node:net'
import { CommandError, usageError } from '../command.ts'
import type { Environment } from '../settings.ts'

/** An engine that may run on this machine, and the setting that makes the shop use it. */
interface Engine {
  /** variable with its address, as compose files and start scripts name it */
  readonly variable: string
  /** where deploy/compose/engines.yaml opens it */
  readonly usual: string
  readonly setting: string
  /** the setting's value, where it is more than the address */
  readonly value?: (address: string, environment: Environment) => string
}

/** A bucket of the engine that pretends to be AWS, made when it is missing. Key and region where the variables of AWS name none: any will do. */
const bucketAt = (address: string, environment: Environment): string => {
  const set = (name: string) => environment[name]?.trim() || undefined
  const account = set('AWS_ACCESS_KEY_ID') ? '' : 'test:test@'
  const region = set('AWS_REGION') ?? set('AWS_DEFAULT_REGION') ?? 'eu-central-1'
  return `s3://${account}souk?${new URLSearchParams({ endpoint: address, region, create: 'yes' })}`
}

const engines: Readonly<Record<string, Engine>> = {
  kafka: { variable: 'KAFKA_URL', usual: 'kafka://127.0.0.1:9092', setting: 'BUS_URL' },
  redis: { variable: 'REDIS_URL', usual: 'redis://127.0.0.1:6379', setting: 'CACHE_URL' },
  s3: { variable: 'AWS_ENDPOINT_URL', usual: 'http://127.0.0.1:4566', setting: 'OBJECTS_URL', value: bucketAt },
  smtp: { variable: 'SMTP_URL', usual: 'smtp://127.0.0.1:1025', setting: 'MAIL_URL' },
}

export const engineNames = Object.keys(engines)

/** `kafka,smtp` → the settings with which the shop uses them; a setting that is there already wins. */
export function engineSettings(names: readonly string[], environment: Environment): Record<string, string> {
  const unknown = names.filter((name) => !Object.hasOwn(engines, name))
  if (unknown.length > 0) throw usageError(`There is no engine ${unknown.join(', ')}.`, `There are: ${engineNames.join(', ')}.`)
  return Object.fromEntries(
    names.map((name) => {
      const { variable, usual, setting, value = (address) => address } = engines[name]!
      return [setting, environment[setting]?.trim() || value(environment[variable]?.trim() || usual, environment)]
    }),
  )
}

const PORTS: Readonly<Record<string, number>> = {
  'kafka:': 9092,
  'redis:': 6379,
  'rediss:': 6379,
  'smtp:': 25,
  'smtps:': 465,
  'http:': 80,
  'https:': 443,
}

/** Who has to answer for a setting: itself, or the endpoint it names. */
export function addressOf(text: string): { hostname: string; port: number } {
  const endpoint = new URL(text).searchParams.get('endpoint') ?? text
  const { hostname, port, protocol } = new URL(endpoint)
  return { hostname, port: Number(port) || (PORTS[protocol] ?? 443) }
}

/** Throws when one of the engines takes no connections: better than a dozen processes that each say so. */
export async function requireEngines(settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [setting, text] of Object.entries(settings)) {
    const { hostname, port } = addressOf(text)
    const socket = connect({ host: hostname, port, timeout: 3_000 })
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
