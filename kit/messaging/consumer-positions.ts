import type { ConsumerStore } from './consumer-store.ts'
import type { LogBus, Membership, Position, Slice } from './log-bus.ts'

/** Where a partition is read from next, and what the database has of it. */
interface Place extends Position {
  readonly stored: bigint
}

/** How long positions may move in memory only while the log goes on, and once it is quiet. */
const STORE_AFTER_MS = 1000
const STORE_WHEN_QUIET_MS = 200

export interface PositionsOptions {
  readonly bus: LogBus
  readonly store: Pick<ConsumerStore, 'readCursors' | 'createCursors'>
  readonly topics: readonly string[]
  readonly membership: Pick<Membership, 'owns'>
  readonly startFrom: 'earliest' | 'latest'
}

/** The positions of the partitions this process owns for a group. */
export interface Positions {
  all(): Place[]
  /** Reads them from the database; partitions never read before get one. */
  load(): Promise<void>
  /**
   * Moves over what was fetched and says what of it needs a transaction. Stretches without an event for this group move the
   * position in memory only, and are stored with the next event of their partition or all together after a while: most of what is in
   * a topic concerns somebody else, and should not cost a commit.
   */
  pass(slices: readonly Slice[]): Slice[]
  /** Milliseconds until `pass` has positions to store although nothing comes; undefined: everything is stored. */
  untilDue(): number | undefined
  /** The transaction for these slices is committed. */
  stored(slices: readonly Slice[]): void
}

export function createPositions({ bus, store, topics, membership, startFrom }: PositionsOptions): Positions {
  let places = new Map<string, Place>()
  let storedAllAt = performance.now()
  let movedAt = Number.NEGATIVE_INFINITY
  const idOf = (p: { readonly topic: string; readonly partition: number }): string => `${p.topic}/${p.partition}`

  const read = async () => new Map((await store.readCursors()).map((row) => [idOf(row), row]))

  const untilDue = (): number | undefined => {
    if ([...places.values()].every(({ stored, next }) => stored === next)) return undefined
    return Math.max(0, Math.min(storedAllAt + STORE_AFTER_MS, movedAt + STORE_WHEN_QUIET_MS) - performance.now())
  }

  const create = async (missing: readonly { topic: string; partition: number }[]): Promise<void> => {
    const heads = new Map((await bus.heads(topics)).map((head) => [idOf(head), head]))
    const end = startFrom === 'latest' ? 'next' : 'first'
    const starts = missing.map((p) => ({ ...p, next: heads.get(idOf(p))?.[end] ?? 0n }))
    await store.createCursors(starts)
  }

  return {
    all: () => [...places.values()],
    untilDue,
    async load() {
      const counts = await bus.partitionCounts(topics)
      const owned = topics
        .flatMap((topic) => Array.from({ length: counts.get(topic)! }, (_, partition) => ({ topic, partition })))
        .filter((p) => membership.owns(p.topic, p.partition))
      let cursors = await read()
      const missing = owned.filter((p) => !cursors.has(idOf(p)))
      if (missing.length > 0) {
        await create(missing)
        cursors = await read()
      }
      places = new Map(
        owned.map((p) => {
          const { next } = cursors.get(idOf(p))!
          return [idOf(p), { ...p, next, stored: next }]
        }),
      )
    },
    pass(slices) {
      const worth = new Map<string, Slice>()
      for (const slice of slices) {
        const id = idOf(slice)
        const place = places.get(id)
        if (!place || place.next !== slice.from) continue
        places.set(id, { ...place, next: slice.upTo })
        if (slice.records.length > 0) worth.set(id, { ...slice, from: place.stored })
      }
      if (slices.length > 0) movedAt = performance.now()
      if (untilDue() === 0) {
        storedAllAt = performance.now()
        for (const [id, { topic, partition, stored, next }] of places)
          if (stored !== next && !worth.has(id))
            worth.set(id, { topic, partition, from: stored, upTo: next, missed: 0n, records: [] })
      }
      return [...worth.values()]
    },
    stored(slices) {
      for (const slice of slices) {
        const place = places.get(idOf(slice))
        if (place) places.set(idOf(slice), { ...place, stored: slice.upTo })
      }
    },
  }
}
