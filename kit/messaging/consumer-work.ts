import { pgCode } from '#kit/db/pg-errors.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { OutgoingRecord, Outbox } from './bus.ts'
import { type BatchParts, type BatchResult, handleBatch, HandlerFailed, retryParked, StepFailed } from './consumer-batch.ts'
import { CursorMoved } from './consumer-claim.ts'
import type { Slice } from './log-bus.ts'
import { failureOf, type Failure } from './parking.ts'
import { smaller } from './slices.ts'

export interface ConsumerMetrics {
  handled?(count: number, seconds: number): void
  parked?(type: string, code: string): void
  dead?(topic: string, type: string, code: string): void
}

export interface ConsumerStats {
  readonly group: string
  readonly handled: number
  readonly parked: number
  readonly dead: number
  /** batches rolled back, for whatever reason */
  readonly rollbacks: number
  readonly partitions: number
  /** records deleted by the retention before this group read them: must stay 0 */
  readonly missed: bigint
}

export interface WorkOptions {
  readonly group: string
  readonly parts: BatchParts
  readonly log: Logger
  readonly outbox: Pick<Outbox, 'wake'> | undefined
  readonly metrics: ConsumerMetrics | undefined
  /** longest time between two looks at parked events */
  readonly pollMs: number
  publish(records: readonly OutgoingRecord[]): Promise<void>
  /** these are committed */
  settled(slices: readonly Slice[]): void
}

/** What a group does with events, however they come: by a log or by a queue. */
export interface ConsumerWork {
  readonly stats: { -readonly [K in keyof ConsumerStats]: ConsumerStats[K] }
  /** when parked events are to be looked at again, by performance.now() */
  readonly parkedCheckAt: number
  /** Handles slices in one transaction; events that fail are parked, neighbours are not harmed. */
  handle(slices: readonly Slice[]): Promise<void>
  /** Tries parked events that are due, and tells of those that died. */
  retryDue(owns: (topic: string, partition: number) => boolean, goOn: () => boolean): Promise<void>
}

/** Failures in one batch that are parked together; with more, the batch is cut into smaller ones. */
const FAILURES_PER_BATCH = 5

export function createConsumerWork(options: WorkOptions): ConsumerWork {
  const { group, parts, log, outbox, metrics, pollMs, publish, settled } = options
  const { store, retryBaseMs } = parts
  const stats = { group, handled: 0, parked: 0, dead: 0, rollbacks: 0, partitions: 0, missed: 0n }
  let parkedCheckAt = 0

  const settle = (slices: readonly Slice[], result: BatchResult, seconds: number): void => {
    settled(slices)
    stats.handled += result.handled
    if (result.handled > 0) metrics?.handled?.(result.handled, seconds)
    for (const { record, failure } of result.parked) {
      stats.parked += 1
      log.warn(
        { eventId: record.eventId, type: record.type, key: record.key, code: failure!.code },
        'an event could not be handled; it is parked',
      )
      metrics?.parked?.(record.type, failure!.code)
      if (failure!.final) died(record.topic, record.type, failure!)
    }
    if (result.parked.length > 0) parkedCheckAt = 0
    outbox?.wake()
  }

  const died = (topic: string, type: string, failure: Failure): void => {
    stats.dead += 1
    log.error({ topic, type, code: failure.code, detail: failure.message }, 'an event went to the dead letters')
    metrics?.dead?.(topic, type, failure.code)
  }

  const handle = async (slices: readonly Slice[]): Promise<void> => {
    const failures = new Map<string, Failure>()
    const single = slices.length === 1 && slices[0]!.records.length <= 1
    for (let collisions = 0; ; ) {
      const startedAt = performance.now()
      try {
        settle(slices, await handleBatch(parts, slices, failures), (performance.now() - startedAt) / 1000)
        return
      } catch (error) {
        stats.rollbacks += 1
        if (error instanceof CursorMoved) throw error
        const failure = error instanceof HandlerFailed ? error : undefined
        const cause = failure?.cause ?? (error instanceof StepFailed ? error.cause : error)
        if (['40001', '40P01'].includes(pgCode(cause) ?? '') && ++collisions <= 3) continue
        if (failure && (single || failures.size < FAILURES_PER_BATCH)) {
          failures.set(failure.record.eventId, failure.failure)
        } else if (!single && (failure || error instanceof StepFailed || !isUnavailable(error))) {
          for (const part of smaller(slices)) await handle(part)
          return
        } else if (single && !isUnavailable(error) && slices[0]!.records[0] && failures.size === 0) {
          // not the reaction but the commit was refused (a deferred constraint)
          failures.set(slices[0]!.records[0].eventId, failureOf(error))
        } else throw error
      }
    }
  }

  return {
    stats,
    get parkedCheckAt() {
      return parkedCheckAt
    },
    handle,
    async retryDue(owns, goOn) {
      parkedCheckAt = performance.now() + Math.min(pollMs, retryBaseMs)
      if (!(await store.anyParked())) return
      for (let round = 0; round < 20 && goOn(); round += 1) {
        const due = (await store.dueForRetry(50)).filter((row) => owns(row.topic, row.partition))
        for (const row of due) {
          try {
            if ((await retryParked(parts, row)) === 'handled') stats.handled += 1
          } catch (error) {
            if (!(error instanceof HandlerFailed)) throw error
            if (await store.failAgain(row, error.failure, retryBaseMs)) died(row.topic, row.type, error.failure)
          }
        }
        if (due.length === 0) break
        outbox?.wake()
      }
      await store.publishDead(publish)
    },
  }
}

/** The database could not be reached or had no time: nobody's fault, the batch is tried again. */
function isUnavailable(error: unknown): boolean {
  const code = pgCode(error) ?? ''
  return (
    (error as { kind?: string })?.kind === 'unavailable' ||
    code.startsWith('08') ||
    code.startsWith('57P') ||
    code.startsWith('CONN')
  )
}
