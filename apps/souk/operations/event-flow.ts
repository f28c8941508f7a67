import { type ConsumerLag, consumerLag, type OutboxLag, outboxLag } from '#kit/messaging/lag.ts'
import { type ParkedCount, parkedCounts } from '#kit/messaging/dlq.ts'
import type { QueueDepth } from '#kit/messaging/log-bus.ts'
import { countFlows, type FlowCount } from '#kit/process/admin.ts'
import type { RunningService } from '#kit/service/host.ts'
import type { Platform } from '../platform/platform.ts'

/** How events and flows of one service stand. */
export interface ServiceFlow {
  readonly service: string
  readonly outbox: OutboxLag
  readonly lag: readonly ConsumerLag[]
  readonly parked: readonly ParkedCount[]
  readonly flows: readonly FlowCount[]
  /** of a bus with queues */
  readonly queue?: QueueDepth | undefined
}

export interface EventFlow {
  readonly services: readonly ServiceFlow[]
  /** services whose database did not answer */
  readonly silent: readonly string[]
}

const KEEP_MS = 1_000

/**
 * Reads how events flow, at most once a second however many look: some small statements for each service, all at once. A service that
 * does not answer is named and left out, so that the others can still be seen.
 */
export function createEventFlow({ host, bus }: Pick<Platform, 'host' | 'bus'>): () => Promise<EventFlow> {
  let reading: Promise<EventFlow> | undefined
  const readOne = async ({ name, db, processes }: RunningService): Promise<ServiceFlow> => {
    const [outbox, lag, parked, flows, queue] = await Promise.all([
      outboxLag(db.sql),
      consumerLag(bus, db.sql, name),
      parkedCounts(db.sql),
      processes.definitions > 0 ? countFlows(db.sql) : [],
      bus.queues?.depth(name),
    ])
    return { service: name, outbox, lag, parked, flows, queue }
  }
  const readAll = async (): Promise<EventFlow> => {
    const results = await Promise.allSettled(host.services.map(readOne))
    return {
      services: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
      silent: host.services.filter((_service, index) => results[index]?.status === 'rejected').map(({ name }) => name),
    }
  }
  return () => {
    if (!reading) {
      reading = readAll()
      reading.finally(() => setTimeout(() => (reading = undefined), KEEP_MS).unref())
    }
    return reading
  }
}

export interface Totals {
  /** events committed and not yet in the log */
  readonly outboxRows: number
  /** age of the oldest of them: how far the relay is behind */
  readonly relayLagSeconds: number
  /** events in the log that groups have not passed, summed over groups */
  readonly lagRecords: number
  readonly deadLetters: number
  readonly retrying: number
  readonly waiting: number
  readonly unfinishedFlows: number
  readonly stuckFlows: number
}

export function totalsOf({ services }: EventFlow): Totals {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
  const parked = services.flatMap((service) => service.parked)
  const flows = services.flatMap((service) => service.flows)
  return {
    outboxRows: sum(services.map(({ outbox }) => outbox.rows)),
    relayLagSeconds: Math.max(0, ...services.map(({ outbox }) => outbox.seconds)),
    lagRecords: sum(services.flatMap(({ lag }) => lag.map(({ records }) => records))),
    deadLetters: sum(parked.map(({ dead }) => dead)),
    retrying: sum(parked.map(({ retrying }) => retrying)),
    waiting: sum(parked.map(({ waiting }) => waiting)),
    unfinishedFlows: sum(flows.map(({ count }) => count)),
    stuckFlows: sum(flows.filter(({ status }) => status === 'stuck').map(({ count }) => count)),
  }
}
