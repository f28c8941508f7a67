import type { StockLine } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { grouped } from '#kit/db/grouped.ts'
import { statementLane } from '#kit/db/lane.ts'

export interface ReserveRequest {
  readonly order: string
  /** seconds the hold lasts */
  readonly ttl: number
  /** warehouses the order may be served from, first choice first; null: all */
  readonly warehouses: readonly string[] | null
  readonly lines: readonly StockLine[]
}
export interface ReserveRow {
  outcome: 'reserved' | 'out-of-stock' | 'ended'
  expires_at: Date | null
  short: { sku: string; available: number }[]
}
export interface ReleaseRequest {
  readonly order: string
  readonly reason: string
}
export type CommitOutcome = 'committed' | 'expired' | 'unknown'
export type ReleaseOutcome = 'released' | 'nothing-held' | 'committed'

/** Reserves for many orders in one statement, granted in the order of the list; one answer each. Idempotent by order. */
export async function reserveAll(sql: Query, requests: readonly ReserveRequest[]): Promise<ReserveRow[]> {
  return await sql<ReserveRow[]>`
    select r.outcome, r.expires_at, r.short from reserve_stock(${JSON.stringify(requests)}::text::jsonb) r order by r.n`
}

/** Turns the holds of many orders into sales in one statement; one answer each. Idempotent by order. */
export async function commitAll(sql: Query, orders: readonly string[]): Promise<CommitOutcome[]> {
  const rows = await sql<{ outcome: CommitOutcome }[]>`select c.outcome from commit_stock(${[...orders]}::uuid[]) c order by c.n`
  return rows.map((row) => row.outcome)
}

/** Lets the holds of many orders go in one statement; one answer each. Idempotent by order. */
export async function releaseAll(sql: Query, requests: readonly ReleaseRequest[]): Promise<ReleaseOutcome[]> {
  const rows = await sql<{ outcome: ReleaseOutcome }[]>`
    select r.outcome from release_stock(${JSON.stringify(requests)}::text::jsonb) r order by r.n`
  return rows.map((row) => row.outcome)
}

export interface Holds {
  reserve(request: ReserveRequest): Promise<ReserveRow>
  commit(order: string): Promise<CommitOutcome>
  release(request: ReleaseRequest): Promise<ReleaseOutcome>
}

/** Measured on 2 cores with 64 callers and orders of 3 lines: one statement per order 900/s, grouped 12,000/s. */
const group = { maxSize: 64, maxInFlight: 2, lane: statementLane }

/** The same for one order at a time: concurrent calls share statements. Each call commits on its own. */
export function createHolds(sql: Query): Holds {
  return {
    reserve: grouped(group, (requests: readonly ReserveRequest[]) => reserveAll(sql, requests)),
    commit: grouped(group, (orders: readonly string[]) => commitAll(sql, orders)),
    release: grouped(group, (requests: readonly ReleaseRequest[]) => releaseAll(sql, requests)),
  }
}
