import type { BaseOptions } from '@platformatic/kafka'

/** Parts of a `kafka://` URL; `new URL` knows only one host. */
const SHAPE =
  /^kafka(?<tls>s?):\/\/(?:(?<user>[^:@/]+):(?<password>[^@/]+)@)?(?<hosts>[^/?]+)(?:\/(?<prefix>[A-Za-z0-9._-]*))?(?:\?(?<query>.*))?$/

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const

export interface KafkaPlace {
  readonly client: BaseOptions
  /** Begins the names of topics and groups on the cluster, so that several shops can share one: `shop1.`, or nothing. */
  readonly prefix: string
}

/**
 * Where `kafka://[user:password@]host[:9092][,host…][/prefix][?sasl=plain|scram-sha-256|scram-sha-512]` leads; `kafkas://` is with TLS.
 * @throws Error that says what is wrong with the URL, without its password
 */
export function kafkaPlace(url: string, clientId: string): KafkaPlace {
  const parts = SHAPE.exec(url)?.groups
  if (!parts) throw new Error('a Kafka URL looks like kafka://[user:password@]host:9092,host:9092[/prefix]')
  const mechanism = new URLSearchParams(parts.query ?? '').get('sasl') ?? 'plain'
  if (!Object.hasOwn(MECHANISMS, mechanism))
    throw new Error(`sasl=${mechanism} in the Kafka URL is not one of ${Object.keys(MECHANISMS).join(', ')}`)
  const client: BaseOptions = {
    clientId,
    bootstrapBrokers: parts.hosts!.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:9092`)),
    autocreateTopics: false,
    connectTimeout: 3_000,
    requestTimeout: 10_000,
    timeout: 5_000,
    retries: 3,
    retryDelay: 250,
    metadataMaxAge: 30_000,
    ...(parts.tls ? { tls: {} } : {}),
    ...(parts.user
      ? {
          sasl: {
            mechanism: MECHANISMS[mechanism as keyof typeof MECHANISMS],
            username: decodeURIComponent(parts.user),
            password: decodeURIComponent(parts.password ?? ''),
          },
        }
      : {}),
  }
  return { client, prefix: parts.prefix ? `${parts.prefix}.` : '' }
}
