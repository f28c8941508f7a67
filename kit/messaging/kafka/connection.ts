import { readFileSync } from 'node:fs'
import type { BaseOptions } from '@platformatic/kafka'

/** Parts of a `kafka://` URL; `new URL` knows only one host. */
const SHAPE =
  /^kafka(?<tls>s?):\/\/(?:(?<user>[^:@/]+):(?<password>[^@/]+)@)?(?<hosts>[^/?@]+)(?:\/(?<prefix>[A-Za-z0-9._-]*))?(?:\?(?<query>.*))?$/

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const

const known: ReadonlySet<string> = new Set(['sasl', 'ca', 'cert', 'key'])

/** What a Kafka URL says. */
export interface KafkaUrl {
  readonly brokers: readonly string[]
  /** Begins the names of topics and groups on the cluster, so that several shops can share one: `shop1.`, or nothing. */
  readonly prefix: string
  /** files with PEM; undefined: no TLS */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
  readonly sasl:
    | { readonly mechanism: (typeof MECHANISMS)[keyof typeof MECHANISMS]; readonly username: string; readonly password: string }
    | undefined
}

export interface KafkaPlace extends Pick<KafkaUrl, 'prefix'> {
  readonly client: BaseOptions
}

/**
 * Reads `kafka://[user:password@]host[:9092][,host…][/prefix][?sasl=plain|scram-sha-256|scram-sha-512]`. `kafkas://` is with TLS: `ca=/file.pem` names an
 * authority of your own, `cert` and `key` the files by which we show who we are.
 * @throws TypeError that says what is wrong with the URL, without its password
 */
export function readKafkaUrl(url: string): KafkaUrl {
  const parts = SHAPE.exec(url)?.groups
  if (!parts) throw new TypeError('a Kafka URL looks like kafka://[user:password@]host:9092,host:9092[/prefix]')
  const asked = new URLSearchParams(parts.query ?? '')
  const strange = [...asked.keys()].find((name) => !known.has(name))
  if (strange !== undefined) throw new TypeError(`a Kafka URL knows no "${strange}"; there are ${[...known].join(', ')}`)
  const mechanism = asked.get('sasl') ?? 'plain'
  if (!Object.hasOwn(MECHANISMS, mechanism))
    throw new TypeError(`sasl=${mechanism} in the Kafka URL is not one of ${Object.keys(MECHANISMS).join(', ')}`)
  const { ca, cert, key } = Object.fromEntries(asked)
  if (!parts.tls && (ca ?? cert ?? key) !== undefined)
    throw new TypeError('ca, cert and key are for kafkas://, which is with TLS')
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('cert and key belong together')
  return {
    brokers: parts.hosts!.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:9092`)),
    prefix: parts.prefix ? `${parts.prefix}.` : '',
    tls: parts.tls ? { ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) } : undefined,
    sasl: parts.user
      ? {
          mechanism: MECHANISMS[mechanism as keyof typeof MECHANISMS],
          username: decodeURIComponent(parts.user),
          password: decodeURIComponent(parts.password ?? ''),
        }
      : undefined,
  }
}

interface Emitter {
  on(event: string, listener: (argument: never) => void): unknown
}

/**
 * What fails is told to whoever asked. The client's lines to brokers also emit it, some of them twice (a broker that refuses in the middle of a
 * handshake), and whatever nobody listens to would end the process.
 */
export function steady<T extends Emitter>(client: T): T {
  const listen = ({ connection }: { connection: Emitter }) => connection.on('error', () => {})
  client.on('client:broker:connect', listen)
  client.on('client:broker:failed', listen)
  client.on('error', () => {})
  return client
}

/** What the client of Kafka needs to know; reads the files of TLS. */
export function kafkaPlace(url: string, clientId: string): KafkaPlace {
  const { brokers, prefix, tls, sasl } = readKafkaUrl(url)
  const client: BaseOptions = {
    clientId,
    bootstrapBrokers: [...brokers],
    autocreateTopics: false,
    connectTimeout: 3_000,
    requestTimeout: 10_000,
    timeout: 5_000,
    retries: 3,
    retryDelay: 250,
    metadataMaxAge: 30_000,
    ...(tls ? { tls: Object.fromEntries(Object.entries(tls).map(([name, file]) => [name, readFileSync(file)])) } : {}),
    ...(sasl ? { sasl: { ...sasl } } : {}),
  }
  return { client, prefix }
}
