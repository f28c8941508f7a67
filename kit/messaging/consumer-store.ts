import { killpoint } from '#kit/core/killpoint.ts'
import type { Db, Tx } from '#kit/db/db.ts'
import type { BusRecord, OutgoingRecord } from './bus.ts'
import { type Claim, claimBatch, createCursors, readCursors } from './consumer-claim.ts'
import { UNKNOWN_VERSION } from './event-decoder.ts'
import type { Position, Slice } from './log-bus.ts'
import {
  anyParked,
  dueForRetry,
  failAgain,
  type Failure,
  park,
  type ParkedRow,
  type ParkingOrder,
  publishDead,
  takeParked,
} from './parking.ts'

/**
 * What one group keeps in its service's own database: cursors, inbox, parked events, and the transaction that also holds the
 * effect. On PostgreSQL, or in memory for simulations; both fit consumer-store.contract.ts.
 */
export interface ConsumerStore {
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** @throws CursorMoved */
  claim(tx: Tx, slices: readonly Slice[], mark: readonly BusRecord[]): Promise<Claim>
  park(tx: Tx, orders: readonly ParkingOrder[], retryBaseMs: number): Promise<void>
  takeParked(tx: Tx, row: ParkedRow): Promise<'fresh' | 'seen' | 'gone'>
  anyParked(): Promise<boolean>
  dueForRetry(limit: number): Promise<ParkedRow[]>
  failAgain(row: ParkedRow, failure: Failure, retryBaseMs: number): Promise<boolean>
  publishDead(publish: (records: readonly OutgoingRecord[]) => Promise<void>): Promise<number>
  readCursors(): Promise<Position[]>
  createCursors(positions: readonly Position[]): Promise<void>
  /** After an upgrade: dead events of a version that was unknown, and that `handles` knows now, are tried again in order. */
  redriveKnownVersions(handles: (type: string) => boolean): Promise<void>
}

export function createConsumerStore(db: Pick<Db, 'sql' | 'tx' | 'lateCommits'>, group: string): ConsumerStore {
  const { sql, lateCommits } = db
  return {
    async tx(work) {
      const result = await db.tx(async (tx) => {
        const done = await work(tx)
        killpoint('consumer.before-commit')
        return done
      })
      killpoint('consumer.after-commit')
      return result
    },
    async claim(tx, slices, mark) {
      const claim = await claimBatch(tx, group, slices, mark, { late: lateCommits })
      killpoint('consumer.after-claim')
      return claim
    },
    park: (tx, orders, retryBaseMs) => park(tx, group, orders, retryBaseMs),
    takeParked: (tx, row) => takeParked(tx, group, row),
    anyParked: () => anyParked(sql, group),
    dueForRetry: (limit) => dueForRetry(sql, group, limit),
    failAgain: (row, failure, retryBaseMs) => failAgain(sql, group, row, failure, retryBaseMs),
    publishDead: (publish) => publishDead(sql, group, publish),
    readCursors: () => readCursors(sql, group),
    createCursors: (positions) => createCursors(sql, group, positions),
    async redriveKnownVersions(handles) {
      const rows = await sql<{ type: string }[]>`
        select distinct type from parked where consumer = ${group} and state = 'dead' and error_code = ${UNKNOWN_VERSION}`
      for (const { type } of rows) {
        if (!handles(type)) continue
        await sql`update parked set state = 'retry', attempts = 0, due_at = clock_timestamp(), died_at = null
          where consumer = ${group} and state = 'dead' and error_code = ${UNKNOWN_VERSION} and type = ${type}`
      }
    },
  }
}
