import type { Logger } from '#kit/service/logger.ts'
import type { LogBus } from './log-bus.ts'

export interface OpenBusOptions {
  /** `postgres://…` with role `souk_bus`, or `kafka://…` */
  readonly url: string
  readonly log: Logger
  /** how the process is known to the engine */
  readonly name: string
  /** see PostgresBusOptions */
  readonly rebalanceMs?: number
}

/** The bus of a URL; only its driver is loaded. */
export async function openBus({ url, log, name, rebalanceMs }: OpenBusOptions): Promise<LogBus> {
  if (/^kafkas?:/.test(url)) {
    const { createKafkaBus } = await import('./kafka/kafka-bus.ts')
    return createKafkaBus({ url, log, clientId: name.replaceAll(' ', '-') })
  }
  const { createPostgresBus } = await import('./postgres-bus.ts')
  return createPostgresBus({ url, log, applicationName: name, max: 3, ...(rebalanceMs ? { rebalanceMs } : {}) })
}
