import type { Db } from '#kit/db/db.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Outbox, Reaction } from './bus.ts'
import type { BatchParts } from './consumer-batch.ts'
import { CursorMoved } from './consumer-claim.ts'
import { createPositions } from './consumer-positions.ts'
import { type ConsumerStore, createConsumerStore } from './consumer-store.ts'
import { type ConsumerMetrics, type ConsumerStats, createConsumerWork } from './consumer-work.ts'
import { createEventDecoder } from './event-decoder.ts'
import type { LogBus } from './log-bus.ts'
import { rest } from './pacing.ts'
import { startQueueConsumer } from './queue-consumer.ts'
import { createSignal } from './signal.ts'
import { chunksOf, lanesOf, onlyTypes } from './slices.ts'

export interface ConsumerOptions {
  /** consumer group: the service's name. Effects, inbox and cursors are in `db`. */
  readonly group: string
  readonly bus: LogBus
  readonly db: Db
  /** where cursors, inbox and parked events are kept; by default in `db` */
  readonly store?: ConsumerStore
  readonly reactions: readonly Reaction[]
  readonly log: Logger
  /** woken after every batch: reactions append events too */
  readonly outbox?: Pick<Outbox, 'wake'> | undefined
  readonly metrics?: ConsumerMetrics | undefined
  /** types a reaction of another version stands for: skipped instead of parked */
  readonly ignore?: readonly string[]
  /** see Service.attention */
  readonly wanted?: (() => Promise<(type: string) => boolean>) | undefined
  /** where a group starts that has never run: with the oldest event kept, or with the next one */
  readonly startFrom?: 'earliest' | 'latest'
  /** events in one transaction */
  readonly batchSize?: number
  /** transactions at the same time, each for partitions of its own, when there is much to do; a connection each */
  readonly lanes?: number
  /** longest time a lost wake-up can delay an event; also how often parked events are looked at */
  readonly pollMs?: number
  /** pause after a batch that was not full: fewer, larger transactions for a little latency */
  readonly pauseMs?: number | (() => number) | undefined
  /** a reaction that takes longer is rolled back and tried again later */
  readonly handlerTimeoutMs?: number
  /** a round of work that is not over after this is not waited for any longer */
  readonly patienceMs?: number
  /** first delay between tries; tests shorten it */
  readonly retryBaseMs?: number
}

export interface Consumer {
  stats(): ConsumerStats
  /** Finishes the batch under way, then gives the partitions back. */
  stop(): Promise<void>
}

/** Fewer events than this are not worth another transaction. */
const EVENTS_PER_LANE = 100

/**
 * Runs a service's reactions: effect once per event, in order per key. Start one per service in every background process;
 * they share the partitions. Host: `startConsumer({ group: s.name, bus, db, reactions: s.reactions(deps), outbox, log })`.
 */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  if (options.bus.queues) return await startQueueConsumer(options, options.bus.queues)
  const { group, bus, db, reactions, outbox, metrics, wanted, startFrom = 'earliest' } = options
  const { store = createConsumerStore(db, group) } = options
  const {
    batchSize = 250,
    lanes = 3,
    pollMs = 1000,
    pauseMs = 5,
    handlerTimeoutMs = 4000,
    retryBaseMs = 1000,
    patienceMs = 60_000,
  } = options
  const log = options.log.child({ group })
  const decoder = createEventDecoder(reactions, options.ignore)
  const parts: BatchParts = { group, store, decoder, handlerTimeoutMs, retryBaseMs }
  const signal = createSignal()
  let stale = true
  let stopped = false
  /** for whoever reads the log of a round that did not end */
  let doing = ''

  const forgetNews = await bus.onNews(decoder.topics, signal.raise)
  const membership = await bus.join(group, decoder.topics)
  membership.onChange(() => {
    stale = true
    signal.raise()
  })
  const positions = createPositions({ store, bus, topics: decoder.topics, membership, startFrom })
  const work = createConsumerWork({
    ...{ group, parts, log, outbox, metrics, pollMs },
    publish: (records) => bus.publish(records),
    settled(slices) {
      positions.stored(slices)
      membership.progress?.(slices.map(({ topic, partition, upTo: next }) => ({ topic, partition, next })))
    },
  })
  const { stats, handle } = work
  if (decoder.names.length > 0) await store.redriveKnownVersions(decoder.handles)

  /** Returns how far it came, in records of the log. */
  const round = async (): Promise<number> => {
    if (stale) {
      stale = false
      doing = 'reading its positions'
      await positions.load()
      stats.partitions = positions.all().length
    }
    doing = 'trying parked events again'
    if (performance.now() >= work.parkedCheckAt) await work.retryDue(membership.owns, () => !stopped)
    doing = 'fetching'
    let slices = await bus.fetch({ positions: positions.all(), names: decoder.names, budget: 2000 })
    doing = 'handling'
    // asked after the fetch: whoever began to want an event before it was committed is heard
    if (wanted && slices.some(({ records }) => records.length > 0)) slices = onlyTypes(slices, await wanted())
    for (const slice of slices) {
      if (slice.missed === 0n) continue
      stats.missed += slice.missed
      log.error(
        { topic: slice.topic, partition: slice.partition, missed: String(slice.missed) },
        'the retention deleted events before they were read',
      )
    }
    const outcomes = await Promise.allSettled(
      lanesOf(positions.pass(slices), lanes, EVENTS_PER_LANE).map(async (lane) => {
        for (const chunk of chunksOf(lane, batchSize)) {
          if (stopped || stale) break
          await handle(chunk)
        }
      }),
    )
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    return slices.reduce((sum, slice) => sum + Number(slice.upTo - slice.from), 0)
  }

  const loop = (async () => {
    while (!stopped) {
      const startedAt = performance.now()
      try {
        const found = await before(patienceMs, round(), () => doing)
        if (found >= batchSize) continue
        if (found > 0) await rest(performance.now() - startedAt, typeof pauseMs === 'function' ? pauseMs() : pauseMs)
        else {
          const due = positions.untilDue()
          const rung = await signal.wait(Math.max(10, Math.min(pollMs, work.parkedCheckAt - performance.now(), due ?? pollMs)))
          // nobody rang: time to look whether the position was moved by hand (a replay)
          if (!rung && due === undefined) stale = true
        }
      } catch (error) {
        stale = true
        if (stopped) break
        if (error instanceof CursorMoved) log.debug({}, error.message)
        else log.warn({ err: error }, 'a batch was rolled back; trying again')
        await signal.wait(error instanceof CursorMoved ? 20 : 250)
      }
    }
  })()

  return {
    stats: () => ({ ...stats }),
    async stop() {
      stopped = true
      forgetNews()
      signal.raise()
      await loop
      await membership.leave()
    },
  }
}

/** So that nothing, whatever it waits for, stops a group for good. Should it end after all, the compared cursor keeps it from acting. */
async function before<T>(patienceMs: number, work: Promise<T>, doing: () => string): Promise<T> {
  const patience = Promise.withResolvers<never>()
  const giveUp = () => patience.reject(new Error(`a round of work did not end within ${patienceMs} ms; it was ${doing()}`))
  const timer = setTimeout(giveUp, patienceMs)
  try {
    return await Promise.race([work, patience.promise])
  } finally {
    clearTimeout(timer)
  }
}
