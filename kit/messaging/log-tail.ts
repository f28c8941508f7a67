import type { BusRecord } from './bus.ts'
import type { FetchRequest, PartitionHead, Position, Slice } from './log-bus.ts'
import { nameOf } from './event.ts'

/** The newest records of one partition, kept in memory: [start, next). */
interface Entry {
  readonly topic: string
  readonly partition: number
  start: bigint
  next: bigint
  records: BusRecord[]
  usedAt: number
}

export interface LogTail {
  fetch(request: FetchRequest): Promise<Slice[]>
  /** Something was appended. */
  news(): void
  /** Keeps the newest records of these partitions from their end on, before anybody has asked. Returns topics that were not known. */
  watch(heads: readonly PartitionHead[]): Set<string>
  /** Where the memory of each partition ends. */
  positions(): Position[]
  /** What was read from `positions` on, by whoever is told of news with the news themselves. */
  offer(slices: readonly Slice[]): void
  /** What this process has just written itself: need not be read. Where something is missing before it, that is read as ever. */
  hand(slices: readonly Slice[]): void
}

export interface LogTailOptions {
  /** reads from the database */
  readonly read: (request: FetchRequest) => Promise<Slice[]>
  /** how long memory is believed without news: a notification may have been lost */
  readonly trustMs: number
}

/** Kept per partition, whatever is less; whoever is further behind reads from the database. */
const KEPT_RECORDS = 128
const KEPT_BYTES = 256 * 1024
const UNUSED_MS = 60_000
/** Records read by one refresh, over all partitions. */
const REFRESH_BUDGET = 4000

/**
 * Lets all consumer groups of a process share one reading of the log's end: a process that runs twenty services would
 * otherwise ask the same question twenty times for every batch the relay publishes.
 */
export function createLogTail({ read, trustMs }: LogTailOptions): LogTail {
  const entries = new Map<string, Entry>()
  let fresh = false
  let readAt = Number.NEGATIVE_INFINITY
  let refreshing: Promise<void> | undefined
  const idOf = (p: { topic: string; partition: number }): string => `${p.topic}/${p.partition}`

  const append = (slice: Slice): void => {
    const entry = entries.get(idOf(slice))
    if (!entry || slice.from > entry.next || slice.upTo <= entry.next) return
    // part of it may have come the other way meanwhile
    const known = slice.from < entry.next
    if (slice.missed > 0n) entry.records = []
    entry.records.push(...(known ? slice.records.filter(({ offset }) => offset >= entry.next) : slice.records))
    entry.next = slice.upTo
    if (slice.missed > 0n) entry.start = slice.from + slice.missed
    forgetOldest(entry)
  }

  const refresh = async (): Promise<void> => {
    fresh = true
    const now = performance.now()
    readAt = now
    for (const [id, entry] of entries) if (now - entry.usedAt > UNUSED_MS) entries.delete(id)
    const positions = [...entries.values()].map(({ topic, partition, next }) => ({ topic, partition, next }))
    try {
      const slices = await read({ positions, budget: REFRESH_BUDGET })
      for (const slice of slices) append(slice)
      // a stretch as long as was allowed may not be the end
      const allowed = Math.max(10, Math.floor(REFRESH_BUDGET / Math.max(1, slices.length)))
      if (slices.some((slice) => slice.upTo - slice.from >= allowed)) fresh = false
    } catch (error) {
      fresh = false
      throw error
    } finally {
      refreshing = undefined
    }
  }

  const fromMemory = (
    entry: Entry,
    position: Position,
    budget: number,
    names: ReadonlySet<string> | undefined,
  ): Slice | undefined => {
    if (position.next >= entry.next) return undefined
    const first = placeOf(entry.records, position.next)
    const available = first < 0 ? [] : entry.records.slice(first, first + budget)
    const complete = first < 0 || first + budget >= entry.records.length
    const upTo = complete ? entry.next : available.at(-1)!.offset + 1n
    const records = names ? available.filter((record) => names.has(nameOf(record.type))) : available
    return { topic: entry.topic, partition: entry.partition, from: position.next, upTo, missed: 0n, records }
  }

  return {
    news() {
      fresh = false
    },
    watch(heads) {
      const added = new Set<string>()
      for (const { topic, partition, next } of heads) {
        const id = idOf({ topic, partition })
        const known = entries.get(id)
        if (known) known.usedAt = performance.now()
        else {
          added.add(topic)
          entries.set(id, { topic, partition, start: next, next, records: [], usedAt: performance.now() })
        }
      }
      return added
    },
    positions: () => [...entries.values()].map(({ topic, partition, next }) => ({ topic, partition, next })),
    offer(slices) {
      for (const slice of slices) append(slice)
      fresh = true
      readAt = performance.now()
    },
    hand(slices) {
      for (const slice of slices) {
        append(slice)
        const entry = entries.get(idOf(slice))
        if (entry && entry.next < slice.upTo) fresh = false
      }
    },
    async fetch(request) {
      const { positions, names, budget } = request
      if (request.exact) return read(request)
      if (entries.size > 0 && (!fresh || performance.now() - readAt > trustMs)) {
        refreshing ??= refresh()
        await refreshing
      }
      const wanted = names && new Set(names)
      const share = Math.max(10, Math.floor(budget / Math.max(1, positions.length / 4)))
      const now = performance.now()
      const slices: Slice[] = []
      const behind: Position[] = []
      for (const position of positions) {
        const entry = entries.get(idOf(position))
        if (!entry || position.next < entry.start) {
          behind.push(position)
          continue
        }
        entry.usedAt = now
        const slice = fromMemory(entry, position, share, wanted)
        if (slice) slices.push(slice)
      }
      if (behind.length === 0) return slices
      const fromLog = await read({ positions: behind, names, budget })
      // whoever has reached the end is served from memory from now on
      const moved = new Set(fromLog.map(idOf))
      for (const { topic, partition, next } of behind) {
        const id = idOf({ topic, partition })
        if (!moved.has(id) && !entries.has(id)) entries.set(id, { topic, partition, start: next, next, records: [], usedAt: now })
      }
      return [...slices, ...fromLog]
    },
  }
}

/** Where the first record at `offset` or behind it is; -1: nowhere. Offsets are dense, so it can be told without a search. */
function placeOf(records: readonly BusRecord[], offset: bigint): number {
  const oldest = records[0]
  if (!oldest) return -1
  const place = Math.max(0, Number(offset - oldest.offset))
  if (place === 0 || records[place]?.offset === offset) return place
  return records.findIndex((record) => record.offset >= offset)
}

function forgetOldest(entry: Entry): void {
  let bytes = 0
  let kept = 0
  while (kept < entry.records.length && kept < KEPT_RECORDS && bytes <= KEPT_BYTES) {
    kept += 1
    const oldest = entry.records.at(-kept)!
    bytes += oldest.size ?? oldest.value.length
  }
  // not one by one: cutting an array costs its length
  if (kept === entry.records.length || (entry.records.length < 2 * kept && bytes <= KEPT_BYTES)) return
  entry.records = entry.records.slice(-kept)
  entry.start = entry.records[0]!.offset
}
