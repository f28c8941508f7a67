import { currentContext, until } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import type { Tx } from '#kit/db/db.ts'
import { type DueEvent, type Step, stepsOf } from './batch-steps.ts'
import type { BusRecord } from './bus.ts'
import { keyOf } from './consumer-claim.ts'
import type { ConsumerStore } from './consumer-store.ts'
import { type Span, tracing } from '#kit/tracing/span.ts'
import { contextOf, handledIn } from './event.ts'
import type { Decoded, EventDecoder } from './event-decoder.ts'
import type { Slice } from './log-bus.ts'
import { type Failure, failureOf, type ParkedRow, type ParkingOrder, REACTION_TIMEOUT, recordOf } from './parking.ts'

export interface BatchParts {
  /** who handles the events: traces show the work under this name */
  readonly group: string
  readonly store: ConsumerStore
  readonly decoder: EventDecoder
  readonly handlerTimeoutMs: number
  readonly retryBaseMs: number
}

/** The batch was rolled back because of this event. */
export class HandlerFailed extends Error {
  readonly record: BusRecord
  readonly failure: Failure
  constructor(record: BusRecord, cause: unknown) {
    super(`the reaction to ${record.type} failed`, { cause })
    this.name = 'HandlerFailed'
    this.record = record
    this.failure = failureOf(cause)
  }
}

/** The batch was rolled back because of one of several events that were handled together. */
export class StepFailed extends Error {
  constructor(type: string, cause: unknown) {
    super(`the reaction to several ${type} failed`, { cause })
    this.name = 'StepFailed'
  }
}

export interface BatchResult {
  readonly handled: number
  /** failed events put aside: to be retried, or dead already */
  readonly parked: readonly ParkingOrder[]
  readonly waiting: number
}

/**
 * One transaction: cursors, inbox marks, effects in order per key, parked events.
 * @param failures events known to fail: they are parked instead of handled, and later events of their keys wait
 * @throws HandlerFailed, StepFailed, CursorMoved; everything is rolled back
 */
export async function handleBatch(
  parts: BatchParts,
  slices: readonly Slice[],
  failures: ReadonlyMap<string, Failure>,
): Promise<BatchResult> {
  const records = slices.flatMap((slice) => slice.records)
  const plan = planBatch(parts.decoder, records, failures)
  return parts.store.tx(async (tx) => {
    const { fresh, blocked } = await parts.store.claim(
      tx,
      slices,
      plan.filter((item) => item.mark).map((item) => item.record),
    )
    const orders: ParkingOrder[] = []
    const due: DueEvent[] = []
    for (const item of plan) {
      const { record, decoded } = item
      if (decoded.kind === 'ignored') continue
      if (blocked.has(keyOf(record))) orders.push({ record, failure: undefined })
      else if (!item.mark) orders.push({ record, failure: item.failure })
      else if (decoded.kind === 'event' && fresh.delete(record.eventId)) due.push({ record, ...decoded })
    }
    for (const step of stepsOf(due)) await react(parts, tx, step)
    if (orders.length > 0) await parts.store.park(tx, orders, parts.retryBaseMs)
    const parked = orders.filter((order) => order.failure !== undefined)
    return { handled: due.length, parked, waiting: orders.length - parked.length }
  })
}

interface PlannedItem {
  readonly record: BusRecord
  readonly decoded: Decoded
  /** handle it, if it was not handled before and nothing of its key is parked */
  readonly mark: boolean
  readonly failure: Failure | undefined
}

function planBatch(decoder: EventDecoder, records: readonly BusRecord[], failures: ReadonlyMap<string, Failure>): PlannedItem[] {
  const failedKeys = new Set<string>()
  return records.map((record) => {
    const decoded = decoder.decode(record)
    if (decoded.kind === 'ignored') return { record, decoded, mark: false, failure: undefined }
    if (failedKeys.has(keyOf(record))) return { record, decoded, mark: false, failure: undefined }
    const failure = failures.get(record.eventId) ?? (decoded.kind === 'refused' ? failureOf(decoded.error) : undefined)
    if (failure) failedKeys.add(keyOf(record))
    return { record, decoded, mark: failure === undefined, failure }
  })
}

/** A second try of a parked event, in a transaction of its own. @throws HandlerFailed */
export async function retryParked(parts: BatchParts, row: ParkedRow): Promise<'handled' | 'seen' | 'gone'> {
  const record = recordOf(row)
  const decoded = parts.decoder.decode(record)
  if (decoded.kind === 'refused') throw new HandlerFailed(record, decoded.error)
  return parts.store.tx(async (tx) => {
    const taken = await parts.store.takeParked(tx, row)
    if (taken !== 'fresh') return taken
    if (decoded.kind === 'event') await react(parts, tx, { reactions: decoded.reactions, events: [{ record, ...decoded }] })
    return 'handled'
  })
}

/** Each reaction of the type gets the events of the step: all at once if it can, else one after another. */
async function react(parts: BatchParts, tx: Tx, step: Step): Promise<void> {
  const spans = beginSpans(parts.group, step)
  try {
    await reactUntraced(parts, tx, step)
  } catch (error) {
    for (const span of spans) span.end({ error: error instanceof Error && error.cause ? error.cause : error })
    throw error
  }
  for (const span of spans) span.end()
}

/** One for each event whose trace is recorded, however many are handled at once. */
function beginSpans(group: string, { events }: Step): Span[] {
  const tracer = tracing()
  if (!tracer) return []
  return events.flatMap(({ record, event }) => {
    const attributes = { 'messaging.destination.name': record.topic, 'messaging.batch.message_count': events.length }
    const span = tracer.start({ service: group, name: `handle ${record.type}`, kind: 'consumer', attributes }, contextOf(event))
    if (span) handledIn(event, span.spanId)
    return span ?? []
  })
}

async function reactUntraced(parts: BatchParts, tx: Tx, { reactions, events }: Step): Promise<void> {
  for (const { handle, handleMany } of reactions) {
    if (handleMany && events.length > 1) {
      const many = events.map(({ event }) => event)
      await inTime(parts, () => handleMany(many, { tx })).catch((error: unknown) => {
        throw new StepFailed(events[0]!.record.type, error)
      })
      continue
    }
    for (const { record, event } of events) {
      await inTime(parts, () => handle(event, { tx }), contextOf(event)).catch((error: unknown) => {
        throw new HandlerFailed(record, error)
      })
    }
  }
}

/** Several events handled together are a story of their own. */
async function inTime(parts: BatchParts, work: () => Promise<void>, context = currentContext()): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    const giveUp = () =>
      reject(new DomainError('unavailable', REACTION_TIMEOUT, `No answer within ${parts.handlerTimeoutMs} ms.`))
    timer = setTimeout(giveUp, parts.handlerTimeoutMs)
  })
  try {
    await Promise.race([until(Date.now() + parts.handlerTimeoutMs, work, context), timeout])
  } finally {
    clearTimeout(timer)
  }
}
