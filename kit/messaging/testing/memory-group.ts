import type { BusRecord } from '../bus.ts'
import { type Claim, CursorMoved, keyOf } from '../consumer-claim.ts'
import type { ConsumerStore } from '../consumer-store.ts'
import { UNKNOWN_VERSION } from '../event-decoder.ts'
import type { Position, Slice } from '../log-bus.ts'
import { type Failure, type ParkedRow, type ParkingOrder, retryDelayMs } from '../parking.ts'

export interface Parked extends ParkedRow {
  attempts: number
  state: 'retry' | 'waiting' | 'dead'
  dueAt: number
  diedAt: number
  code: string | null
  message: string | null
  told: boolean
}

/** Takes note of how to undo a change, should the transaction be rolled back. */
export type Undo = (how: () => void) => void

const place = (p: { topic: string; partition: number }) => `${p.topic}/${p.partition}`
const spot = (p: { topic: string; partition: number; offset: bigint }) => `${place(p)}/${p.offset}`

/**
 * Cursors, inbox and parked events of one group, in memory: what the statements of consumer-claim.ts and parking.ts do, each at once.
 * `now`: the database's clock, in milliseconds.
 */
export class MemoryGroup {
  readonly name: string
  readonly cursors = new Map<string, Position>()
  readonly inbox = new Set<string>()
  readonly parked = new Map<string, Parked>()
  readonly #now: () => number

  constructor(name: string, now: () => number) {
    this.name = name
    this.#now = now
  }

  claim(slices: readonly Slice[], mark: readonly BusRecord[], undo: Undo): Claim {
    for (const slice of slices) {
      if (this.cursors.get(place(slice))?.next !== slice.from) throw new CursorMoved(this.name)
    }
    for (const { topic, partition, from, upTo } of slices) {
      this.cursors.set(place({ topic, partition }), { topic, partition, next: upTo })
      undo(() => this.cursors.set(place({ topic, partition }), { topic, partition, next: from }))
    }
    const waiting = new Set([...this.parked.values()].map(keyOf))
    const blocked = new Set(slices.flatMap(({ records }) => records.map(keyOf)).filter((key) => waiting.has(key)))
    const fresh = new Set<string>()
    for (const record of mark) {
      if (!blocked.has(keyOf(record)) && this.#mark(record.eventId, undo)) fresh.add(record.eventId)
    }
    return { fresh, blocked }
  }

  park(orders: readonly ParkingOrder[], retryBaseMs: number, undo: Undo): void {
    for (const { record, failure } of orders) {
      if (this.parked.has(spot(record))) continue
      const { topic, partition, offset, key, type } = record
      const state = failure === undefined ? 'waiting' : failure.final ? 'dead' : 'retry'
      this.parked.set(spot(record), {
        ...{ topic, partition, offset, key, type, state, event_id: record.eventId, value: record.value.toString() },
        attempts: failure === undefined ? 0 : 1,
        dueAt: this.#now() + retryDelayMs(1, retryBaseMs),
        diedAt: this.#now(),
        code: failure?.code ?? null,
        message: failure?.message ?? null,
        told: false,
      })
      undo(() => this.parked.delete(spot(record)))
    }
  }

  take(row: ParkedRow, undo: Undo): 'fresh' | 'seen' | 'gone' {
    const mine = this.parked.get(spot(row))
    if (mine?.state !== 'retry' || !this.cursors.has(place(row))) return 'gone'
    this.parked.delete(spot(row))
    undo(() => this.parked.set(spot(row), mine))
    const [next] = this.#ofKey(row)
    if (next?.state === 'waiting') {
      Object.assign(next, { state: 'retry', dueAt: this.#now() })
      undo(() => Object.assign(next, { state: 'waiting' }))
    }
    return this.#mark(row.event_id, undo) ? 'fresh' : 'seen'
  }

  dueForRetry(limit: number): ParkedRow[] {
    for (const row of this.parked.values()) {
      if (row.state === 'waiting' && this.#ofKey(row)[0] === row) Object.assign(row, { state: 'retry', dueAt: this.#now() })
    }
    return [...this.parked.values()]
      .filter((row) => row.state === 'retry' && row.dueAt <= this.#now())
      .sort((a, b) => a.dueAt - b.dueAt || Number(a.offset - b.offset))
      .slice(0, limit)
      .map((row) => ({ ...row }))
  }

  failAgain(row: ParkedRow, failure: Failure, retryBaseMs: number): boolean {
    const attempts = row.attempts + 1
    const dead = failure.final || attempts >= failure.tries
    const mine = this.parked.get(spot(row))
    if (mine?.state === 'retry') {
      const { code, message } = failure
      const when = dead ? { diedAt: this.#now() } : { dueAt: this.#now() + retryDelayMs(attempts, retryBaseMs) }
      Object.assign(mine, { attempts, state: dead ? 'dead' : 'retry', code, message, ...when })
    }
    return dead
  }

  untoldDead(): Parked[] {
    return [...this.parked.values()].filter((row) => row.state === 'dead' && !row.told)
  }

  createCursors(positions: readonly Position[]): void {
    for (const position of positions) if (!this.cursors.has(place(position))) this.cursors.set(place(position), position)
  }

  /** Dead events are to be tried again: all, or those of which `which` says so. */
  redrive(which: (row: Parked) => boolean = () => true): void {
    for (const row of this.parked.values()) {
      if (row.state === 'dead' && which(row)) Object.assign(row, { state: 'retry', attempts: 0, dueAt: this.#now(), told: false })
    }
  }

  #mark(eventId: string, undo: Undo): boolean {
    if (this.inbox.has(eventId)) return false
    this.inbox.add(eventId)
    undo(() => this.inbox.delete(eventId))
    return true
  }

  #ofKey(row: ParkedRow): Parked[] {
    const same = [...this.parked.values()].filter((other) => keyOf(other) === keyOf(row))
    return same.sort((a, b) => Number(a.offset - b.offset))
  }
}

/** The group as a consumer's store; `run` and `tx` say how a statement and a transaction reach it. */
export function memoryConsumerStore(
  group: MemoryGroup,
  door: {
    tx: ConsumerStore['tx']
    /** locks the cursor rows of a transaction and says how to undo in it */
    hold(tx: unknown, rows: readonly string[]): Promise<Undo>
    statement<T>(work: () => T): Promise<T>
  },
): ConsumerStore {
  const cursorRow = (p: { topic: string; partition: number }) => `cursor ${group.name} ${place(p)}`
  return {
    tx: door.tx,
    claim: async (tx, slices, mark) => group.claim(slices, mark, await door.hold(tx, slices.map(cursorRow).sort())),
    park: async (tx, orders, retryBaseMs) => group.park(orders, retryBaseMs, await door.hold(tx, [])),
    takeParked: async (tx, row) => group.take(row, await door.hold(tx, [cursorRow(row)])),
    anyParked: () => door.statement(() => group.parked.size > 0),
    dueForRetry: (limit) => door.statement(() => group.dueForRetry(limit)),
    failAgain: (row, failure, retryBaseMs) => door.statement(() => group.failAgain(row, failure, retryBaseMs)),
    async publishDead(publish) {
      const rows = await door.statement(() => group.untoldDead())
      if (rows.length === 0) return 0
      await publish(
        rows.map(({ topic, key, event_id, diedAt }) => {
          const eventId = `${event_id} ${diedAt}`
          return { topic: `${topic}.dlq`, key, eventId, type: 'DeadLetter.v1', value: '{}' }
        }),
      )
      await door.statement(() => {
        for (const row of rows) if (row.state === 'dead') row.told = true
      })
      return rows.length
    },
    readCursors: () => door.statement(() => [...group.cursors.values()]),
    createCursors: (positions) => door.statement(() => group.createCursors(positions)),
    redriveKnownVersions: (handles) =>
      door.statement(() => group.redrive((row) => row.code === UNKNOWN_VERSION && handles(row.type))),
  }
}
