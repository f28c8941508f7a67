import type { Bus, BusRecord } from './bus.ts'
import type { Change, GroupPlan, Topology } from './topology.ts'

/** A place in the log: the next offset a consumer wants of one partition. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly next: bigint
}

/** A stretch of one partition: [from, upTo), with the records in it that were asked for. */
export interface Slice {
  readonly topic: string
  readonly partition: number
  /** the position that was asked for */
  readonly from: bigint
  /** position after this slice; everything before it was looked at */
  readonly upTo: bigint
  /** records the retention had deleted before they were read; 0 in a healthy installation */
  readonly missed: bigint
  readonly records: readonly BusRecord[]
}

export interface FetchRequest {
  readonly positions: readonly Position[]
  /** Event names without version (`OrderCreated`); others are skipped but the position moves past them. Undefined: all. */
  readonly names?: readonly string[] | undefined
  /** records to look at in this call, over all partitions with news */
  readonly budget: number
  /** Ask the log itself: otherwise what was appended a moment ago may show up with the next news only. */
  readonly exact?: boolean
}

export interface PartitionHead {
  readonly topic: string
  readonly partition: number
  /** oldest offset still stored */
  readonly first: bigint
  /** offset the next record will get */
  readonly next: bigint
}

/** Which partitions (by number, of every topic) this process consumes for a group. Changes as processes come and go. */
export interface Membership {
  owns(topic: string, partition: number): boolean
  /** called after every change of what `owns` answers */
  onChange(listener: () => void): void
  /** The group has come so far, committed in its own database: told to engines whose tools want to know. */
  progress?(positions: readonly Position[]): void
  leave(): Promise<void>
}

/** A message of a queue. */
export interface Delivery {
  readonly record: BusRecord
  /** how its engine knows it */
  readonly receipt: string
  /** it comes out of the dead letters, where somebody moved it back */
  readonly redriven: boolean
}

/** One group's queue, as a process sees it. Whoever receives a message has it alone until it is done, released, or hidden no longer. */
export interface QueueReader {
  readonly visibilityMs: number
  /** Some messages, or none after a while. What cannot be read at all is left to the queue's own rules. */
  receive(): Promise<Delivery[]>
  /** Handled, and committed: they never come again. */
  done(deliveries: readonly Delivery[]): Promise<void>
  /** Not handled: they come again after so long. */
  release(deliveries: readonly Delivery[], seconds: number): Promise<void>
  /** Still being handled: they stay hidden from others. */
  extend(deliveries: readonly Delivery[]): Promise<void>
}

export interface QueueDepth {
  readonly queue: string
  readonly waiting: number
  readonly inFlight: number
  /** in the queue of dead letters */
  readonly dead: number
}

/** What a bus has that brings events to groups by queues of their own instead of letting them read a log. */
export interface Queues {
  open(plan: GroupPlan): Promise<QueueReader>
  /** Puts records of the log into one group's queue, and nobody else's: a replay. */
  resend(group: string, records: readonly BusRecord[]): Promise<void>
  /** Undefined: the group has no queue. */
  depth(group: string): Promise<QueueDepth | undefined>
}

/**
 * A bus that keeps records and lets a reader choose where to read: `postgres`, `kafka`, and `sns-sqs` with an archive. Ownership of partitions is a
 * means of sharing work; what keeps two readers from acting twice is the compared cursor in the consumer's database.
 */
export interface LogBus extends Bus {
  readonly driver: 'postgres' | 'kafka' | 'sns-sqs'
  /** Events come to groups by queues; the log is the archive for replays, broadcasts and groups that are new. */
  readonly queues?: Queues
  /** topics that exist, by name */
  topicNames(): Promise<string[]>
  /** Compares what a shop needs with what is there, and makes it so unless `dryRun`. Adds and adjusts; never deletes. */
  apply(topology: Topology, options: { readonly dryRun: boolean }): Promise<Change[]>
  /** what health tells of the engine; throws when it does not answer */
  describe(): Promise<Record<string, unknown>>
  /** work that has to be done again and again until the signal, where the engine does not do it by itself */
  maintain?(signal: AbortSignal): Promise<void>
  fetch(request: FetchRequest): Promise<Slice[]>
  heads(topics: readonly string[]): Promise<PartitionHead[]>
  /** Number of partitions of each topic; topics without events yet are created with the default. */
  partitionCounts(topics: readonly string[]): Promise<Map<string, number>>
  /** First offsets of a topic's partitions that were appended at or after a time; the end of a partition if there are none. */
  offsetsAt(topic: string, time: Date): Promise<{ partition: number; next: bigint }[]>
  /** @param topics those the group reads: some engines deal them out by topic */
  join(group: string, topics: readonly string[]): Promise<Membership>
  /** Called when records of one of the topics may have arrived; also after a lost connection. Returns "stop listening". */
  onNews(topics: readonly string[], listener: () => void): Promise<() => void>
}
