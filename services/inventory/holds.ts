import type { StockLine } from '#contracts/values.ts'
import type { Db, Query } from '#kit/db/db.ts'
import { grouped } from '#kit/db/grouped.ts'
import { statementLane } from '#kit/db/lane.ts'
import { committing } from '#kit/db/late-commit.ts'

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

/** Reserves for many orders in one statement, granted in the order of the list; one answer each. Idempotent by order. `late`: see kit/db/late-commit.ts. */
export async function reserveAll(sql: Query, requests: readonly ReserveRequest[], late = false): Promise<ReserveRow[]> {
  return await sql<ReserveRow[]>`
    select r.outcome, r.expires_at, r.short
      from ${committing(sql, late)} as durability, reserve_stock(${JSON.stringify(requests)}::text::jsonb) r order by r.n`
}

/** Turns the holds of many orders into sales in one statement; one answer each. Idempotent by order. */
export async function commitAll(sql: Query, orders: readonly string[], late = false): Promise<CommitOutcome[]> {
  const rows = await sql<{ outcome: CommitOutcome }[]>`
    select c.outcome from ${committing(sql, late)} as durability, commit_stock(${[...orders]}::uuid[]) c order by c.n`
  return rows.map((row) => row.outcome)
}

/** Lets the holds of many orders go in one statement; one answer each. Idempotent by order. */
export async function releaseAll(sql: Query, requests: readonly ReleaseRequest[]): Promise<ReleaseOutcome[]> {
  const rows = await sql<{ outcome: ReleaseOutcome }[]>`
    select r.outcome from release_stock(${JSON.stringify(requests)}::text::jsonb) r order by r.n`
  return rows.map((row) => row.outcome)
}

export interface Holds {
  /** `late`: the caller lives with a commit that is on disk a little later */
  reserve(request: ReserveRequest, late?: boolean): Promise<ReserveRow>
  commit(order: string, late?: boolean): Promise<CommitOutcome>
  release(request: ReleaseRequest): Promise<ReleaseOutcome>
}

/** Measured on 2 cores with 64 callers and orders of 3 lines: one statement per order 900/s, grouped 12,000/s. */
const group = { maxSize: 64, maxInFlight: 2, lane: statementLane }

interface Asked<T> {
  readonly what: T
  readonly late: boolean
}

/** A group that one caller wants on disk is on disk. */
const allLate = (asked: readonly Asked<unknown>[]): boolean => asked.every(({ late }) => late)

/** The same for one order at a time: concurrent calls share statements. Each call commits on its own. */
export function createHolds({ sql, lateCommits }: Pick<Db, 'sql' | 'lateCommits'>): Holds {
  const reserve = grouped(group, (asked: readonly Asked<ReserveRequest>[]) =>
    reserveAll(
      sql,
      asked.map(({ what }) => what),
      allLate(asked),
    ),
  )
  const commit = grouped(group, (asked: readonly Asked<string>[]) =>
    commitAll(
      sql,
      asked.map(({ what }) => what),
      allLate(asked),
    ),
  )
  return {
    reserve: (request, late = false) => reserve({ what: request, late: late && lateCommits }),
    commit: (order, late = false) => commit({ what: order, late: late && lateCommits }),
    release: grouped(group, (requests: readonly ReleaseRequest[]) => releaseAll(sql, requests)),
  }
}
