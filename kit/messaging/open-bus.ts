import type { Logger } from '#kit/service/logger.ts'
import type { Pooler } from '#kit/db/open.ts'
import type { BusNames } from './bus-names.ts'
import type { LogBus } from './log-bus.ts'

export interface OpenBusOptions {
  /** `postgres://…` with role `souk_bus`, `kafka://…`, or `sns+sqs://…` */
  readonly url: string
  /** `postgres://…` with role `souk_bus`: where a bus that keeps no log of its own keeps one */
  readonly archiveUrl?: string
  /** in front of the PostgreSQL of either */
  readonly pooler?: Pooler | undefined
  /** how topics and queues are called where names are short and plain */
  readonly names?: BusNames
  readonly log: Logger
  /** how the process is known to the engine */
  readonly name: string
  /** see PostgresBusOptions */
  readonly rebalanceMs?: number
}

/** The bus of a URL; only its driver is loaded. */
export async function openBus(options: OpenBusOptions): Promise<LogBus> {
  const { url, log, name, rebalanceMs } = options
  if (/^kafkas?:/.test(url)) {
    const { createKafkaBus } = await import('./kafka/kafka-bus.ts')
    return createKafkaBus({ url, log, clientId: name.replaceAll(' ', '-') })
  }
  const { createPostgresBus } = await import('./postgres-bus.ts')
  const postgres = (at: string) =>
    createPostgresBus({
      url: at,
      pooler: options.pooler,
      log,
      applicationName: name,
      max: 3,
      ...(rebalanceMs ? { rebalanceMs } : {}),
    })
  if (!url.startsWith('sns+sqs:')) return postgres(url)
  if (options.archiveUrl === undefined) throw new Error('a bus on SNS and SQS needs an archive')
  const { createSnsSqsBus } = await import('./sns-sqs/sns-sqs-bus.ts')
  return createSnsSqsBus({ url, archive: postgres(options.archiveUrl), log, ...(options.names ? { names: options.names } : {}) })
}
