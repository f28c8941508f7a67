import type { Event, EventDefinition, NewEvent } from './event.ts'
import type { Query, Tx } from '#kit/db/db.ts'

/** One record of the log. `value` is the CloudEvent's bytes as they left the outbox; drivers move bytes, also in-process. */
export interface BusRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: string
  readonly eventId: string
  readonly type: string
  readonly value: Buffer
  /** about how many bytes `value` has, where telling is cheaper than making them */
  readonly size?: number
  /** The value as JSON, read once for all who share this record: it must not be changed. Throws when it is none. */
  readonly json?: () => unknown
}

/** A record on its way into the bus; the driver assigns partition (murmur2 of the key, as Kafka's Java clients do) and offset. */
export interface OutgoingRecord {
  readonly topic: string
  readonly key: string
  readonly eventId: string
  readonly type: string
  readonly value: string
}

/** What a driver can do; the conformance suite tests exactly what is declared. */
export interface BusCapabilities {
  readonly orderPerKey: boolean
  readonly replay: boolean
  readonly broadcast: boolean
  /** Processes of a group share the partitions of the log (`join`); else each group has a queue (`queues`). */
  readonly partitions: boolean
}

export interface Subscription {
  stop(): Promise<void>
}

/**
 * The bus port. Drivers: `postgres` (default), `kafka`. At least once; order kept per key.
 * A consumer commits by storing its position in its own database with its effect (see consumer.ts), so a driver only
 * has to deliver from a given offset.
 */
export interface Bus {
  readonly capabilities: BusCapabilities
  publish(records: readonly OutgoingRecord[]): Promise<void>
  /** Every process sees every event published from now on (cache invalidation); no position is kept. */
  broadcast(topics: readonly string[], onRecords: (records: readonly BusRecord[]) => void): Promise<Subscription>
  close(): Promise<void>
}

/** Collects events into the service's outbox. Rows become visible to the relay when the transaction commits. */
/** One event as `outbox_append` takes it. */
export interface OutboxRow {
  readonly id: string
  readonly type: string
  readonly aggregate: string
  readonly key: string
  /** the CloudEvent as JSON text */
  readonly payload: string
}

export interface Outbox {
  /** Stores events in the caller's transaction (one statement, however many events). */
  append(tx: Query, events: readonly NewEvent[]): Promise<void>
  /**
   * The same for a one-statement command: pass the result as a text parameter and call
   * `outbox_append(${events}::text::jsonb)` inside the statement: `::text` first, or the client encodes it a second time
   * (`select outbox_append(…) from updated` to make it conditional).
   */
  encode(events: readonly NewEvent[]): string
  /** The same not yet written as JSON, for commands that send events as a part of something larger. */
  rows(events: readonly NewEvent[]): OutboxRow[]
  /** Wakes the relay if anything was appended since the last call. The kit calls it at the end of every unit of work. */
  wake(): void
}

export interface ReactionContext {
  /** the transaction that also holds the inbox mark and the cursor: effect, mark and position commit together */
  readonly tx: Tx
}

/** What a service does when an event arrives: one event type, one handler, effect once. */
export interface Reaction {
  readonly event: EventDefinition
  readonly handle: (event: Event, context: ReactionContext) => Promise<void>
  /** the same for many events at once, those of one key in their order; see `onMany` */
  readonly handleMany?: (events: readonly Event[], context: ReactionContext) => Promise<void>
}

export function on<D>(event: EventDefinition<D>, handle: (event: Event<D>, context: ReactionContext) => Promise<void>): Reaction {
  return { event: event as EventDefinition, handle: handle as Reaction['handle'] }
}

/**
 * A reaction with set-based statements: it gets all events of a batch at once, and its cost is that of the batch. There is no running
 * context of one event in it: what it stores of an event's story it takes from the event (`contextOf`). When it throws, the batch is
 * cut into smaller ones until the event to blame stands alone; so it must not keep anything outside of the transaction.
 */
export function onMany<D>(
  event: EventDefinition<D>,
  handleMany: (events: readonly Event<D>[], context: ReactionContext) => Promise<void>,
): Reaction {
  const many = handleMany as NonNullable<Reaction['handleMany']>
  return { event: event as EventDefinition, handle: (one, context) => many([one], context), handleMany: many }
}

/** One reaction to several types with statements of its own for all of them: what came in one batch is handled in one call, whatever its types. */
export function onAny(events: readonly EventDefinition[], handleMany: NonNullable<Reaction['handleMany']>): Reaction[] {
  return events.map((event) => onMany(event, handleMany))
}
