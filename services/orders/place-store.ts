import type { Query, Sql } from '#kit/db/db.ts'
import { committing } from '#kit/db/late-commit.ts'

/** One order as `place_orders` (migration 002) takes it: plain JSON, amounts as decimal text. */
export interface StoredPlacement {
  readonly order: Record<string, unknown> & { readonly id: string }
  readonly items: readonly Record<string, unknown>[]
  readonly contact: Record<string, unknown>
  readonly actor: string
  /** outbox rows, encoded */
  readonly events: unknown
  /** the checkout process to start in the same transaction */
  readonly flow: readonly unknown[]
  readonly request: { readonly scope: string; readonly key: string; readonly fingerprint: string } | null
  /** promotions, gift cards: see claim_promotions (migration 003) */
  readonly claims: object | undefined
}

export interface PlaceOutcome {
  readonly outcome: 'placed' | 'duplicate-request' | 'cart-taken' | 'source-taken' | 'coupon-used-up' | 'gift-card-short'
  /** the new order, or the one that stands in the way */
  readonly order_id: string | null
  readonly detail: string | null
}

/** Answers in the order of the input. `late`: see kit/db/late-commit.ts. */
export async function placeOrders(sql: Sql, placements: readonly StoredPlacement[], late = false): Promise<PlaceOutcome[]> {
  const rows = sql`${JSON.stringify(placements)}::text::jsonb`
  const input = placements.some(({ claims }) => claims) ? sql`lock_claims(${rows})` : rows
  return await sql<
    PlaceOutcome[]
  >`select placed.outcome, placed.order_id, placed.detail from ${committing(sql, late)} as durability, place_orders(${input}) placed order by placed.n`
}

export async function confirmOrders(
  sql: Query,
  confirmations: readonly { id: string; at: string; events: unknown }[],
): Promise<('confirmed' | 'not-open')[]> {
  const rows = await sql<{ order_id: string; outcome: 'confirmed' | 'not-open' }[]>`
    select confirmed.order_id, confirmed.outcome from confirm_orders(${JSON.stringify(confirmations)}::text::jsonb) confirmed`
  const outcomes = new Map(rows.map((row) => [row.order_id, row.outcome]))
  return confirmations.map(({ id }) => outcomes.get(id) ?? 'not-open')
}
