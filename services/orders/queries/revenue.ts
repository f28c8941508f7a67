import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { RevenueRow } from '#contracts/rpc/order-imports.ts'
import type { Query } from '#kit/db/db.ts'

type Call = typeof ordersRpc.methods.revenue

/**
 * What was earned, from the platform's own books alone. Per period and currency: revenue (goods of orders that were not
 * cancelled, after discounts), returns (credit notes, negative), fees (shipping and account entries), refused (lines of imports
 * that were not taken, exact to the last digit), and their sum. Periods are those of UTC. `source`: only what came from there;
 * `from`: only what happened since that day began, and no lines of imports without a date.
 */
export async function revenueReport(
  sql: Query,
  { by, source, from: day }: Static<Call['input']>,
): Promise<Static<Call['output']>> {
  const from = source ?? null
  const since = day === undefined ? null : `${day}T00:00:00Z`
  const format = by === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM'
  const rows = await sql<RevenueRow[]>`
    with movements as (
      select o.placed_at as at, o.channel, o.currency, (o.subtotal - o.discount)::numeric as revenue, 0::numeric as returns, o.shipping::numeric as fees, 0::numeric as refused
      from orders o where o.status <> 'CANCELLED' and (${from}::text is null or o.source = ${from})
        and (${since}::timestamptz is null or o.placed_at >= ${since})
      union all
      select n.at, n.channel, n.currency, 0, -n.amount::numeric, 0, 0 from credit_notes n
      where (${from}::text is null or n.source = ${from}) and (${since}::timestamptz is null or n.at >= ${since})
      union all
      select e.at, e.channel, e.currency, 0, 0, e.amount::numeric, 0 from account_entries e
      where (${from}::text is null or e.source = ${from}) and (${since}::timestamptz is null or e.at >= ${since})
      union all
      select r.at, r.channel, r.currency, 0, 0, 0, r.raw_amount * power(10::numeric, digits_of(r.currency)) from import_refusals r
      where (${from}::text is null or r.source = ${from}) and (${since}::timestamptz is null or r.at >= ${since})
    ), sums as (
      select case when ${by} = 'channel' then m.channel else coalesce(to_char(m.at at time zone 'UTC', ${format}), 'unknown') end as period, m.currency,
        sum(m.revenue) as revenue, sum(m.returns) as returns, sum(m.fees) as fees, sum(m.refused) as refused
      from movements m group by 1, 2
    )
    select s.period, s.currency, decimal_text(s.revenue, s.currency) as revenue, decimal_text(s.returns, s.currency) as returns,
      decimal_text(s.fees, s.currency) as fees, decimal_text(s.refused, s.currency) as refused,
      decimal_text(s.revenue + s.returns + s.fees + s.refused, s.currency) as total
    from sums s order by s.period, s.currency`
  const counts = await sql<{ kind: string; lines: number }[]>`
    select l.key as kind, sum(l.value::int)::int as lines from imported_invoices i cross join lateral jsonb_each_text(i.lines) l
    where ${from}::text is null or i.source = ${from} group by 1
    union all
    select 'refused', count(*)::int from import_refusals r where ${from}::text is null or r.source = ${from}`
  const lines = Object.fromEntries(counts.map(({ kind, lines: count }) => [kind, count]))
  return { rows: [...rows], lines: { ...lines, total: counts.reduce((sum, { lines: count }) => sum + count, 0) } }
}
