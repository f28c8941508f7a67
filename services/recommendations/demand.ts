import type { Tx } from '#kit/db/db.ts'
import { SIGNALS, type SignalKind } from './model/parameters.ts'

const DAY_MS = 86_400_000
const EPOCH = Date.parse('2026-01-01T00:00:00Z')
const POPULAR_HALF_LIFE = 30
const TRENDING_HALF_LIFE = 3

/** Adds what was bought, carted or opened to what is in demand: one statement, whatever the number. */
export async function addDemand(
  tx: Tx,
  signals: readonly { readonly kind: SignalKind; readonly productId: string; readonly at: Date }[],
): Promise<void> {
  const rows = new Map<string, { product_id: string; popular: number | null; trending: number | null }>()
  for (const { kind, productId, at } of signals) {
    const days = (at.getTime() - EPOCH) / DAY_MS
    const before = rows.get(productId)
    rows.set(productId, {
      product_id: productId,
      popular: kind === 'purchase' ? fadedSum(before?.popular ?? null, days / POPULAR_HALF_LIFE) : (before?.popular ?? null),
      trending: fadedSum(before?.trending ?? null, days / TRENDING_HALF_LIFE + Math.log2(SIGNALS[kind])),
    })
  }
  if (rows.size === 0) return
  await tx`
    insert into demand as d (product_id, popular, trending)
    select x.product_id, x.popular, x.trending
      from jsonb_to_recordset(${JSON.stringify([...rows.values()])}::text::jsonb) as x(product_id uuid, popular float8, trending float8)
     order by x.product_id
        on conflict (product_id) do update
       set popular = faded_sum(d.popular, excluded.popular), trending = faded_sum(d.trending, excluded.trending)`
}

/** log2(2^a + 2^b) without leaving the range of numbers. */
function fadedSum(a: number | null, b: number): number {
  return a === null ? b : Math.max(a, b) + Math.log2(1 + 2 ** -Math.abs(a - b))
}
