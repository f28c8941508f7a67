import Type, { type Static } from 'typebox'
import { Nullable, Sku } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'
import { figuresOf } from '../levels.ts'

const units = Type.Integer({ minimum: 0 })

export const StockAnalytics = closed({
  /** length of the period that ends now */
  days: units,
  totals: closed({
    skus: units,
    onHand: units,
    reserved: units,
    outOfStock: units,
    lowStock: units,
    sold: units,
    turnoverPerYear: Nullable(Type.Number()),
    daysOfStock: Nullable(Type.Number()),
    deadSkus: units,
    deadUnits: units,
  }),
  /** SKUs that sold most, first */
  fastest: Type.Array(
    closed({
      sku: Sku,
      sold: units,
      onHand: units,
      turnoverPerYear: Nullable(Type.Number()),
      daysOfStock: Nullable(Type.Number()),
    }),
  ),
  /** SKUs that lie there and did not sell, largest stock first */
  dead: Type.Array(closed({ sku: Sku, onHand: units })),
})
export type StockAnalytics = Static<typeof StockAnalytics>

interface Row {
  sku: string
  on_hand: number
  reserved: number
  available: number
  alert: string
  sold: number
  average: number
}

/**
 * Turnover, days of stock and dead stock of the last `days` days, from the ledger. Returns after a sale do not count as sales
 * undone: they are goods that came. Average stock is the mean of the levels at the beginning and at the end.
 */
export async function stockAnalytics(sql: Query, days: number, most: number): Promise<StockAnalytics> {
  const base = sql`
    with moved as materialized (
      select m.sku, coalesce(-sum(m.delta) filter (where m.delta < 0 and m.kind in ('sale', 'import')), 0)::integer as sold, sum(m.delta)::integer as net
        from movements m where m.at >= now() - make_interval(days => ${days}) group by m.sku
    ), level as (
      select i.sku, i.alert, sum(s.on_hand)::integer as on_hand, sum(s.reserved)::integer as reserved
        from items i join stock s on s.sku = i.sku group by i.sku
    ), figure as (
      select l.*, coalesce(m.sold, 0) as sold, greatest((l.on_hand + (l.on_hand - coalesce(m.net, 0))) / 2.0, 0)::float8 as average
        from level l left join moved m on m.sku = l.sku
    )`
  const [totals, fastest, dead] = await Promise.all([
    sql<
      {
        skus: number
        on_hand: number
        reserved: number
        out: number
        low: number
        sold: number
        average: number
        dead_skus: number
        dead_units: number
      }[]
    >`
      ${base} select count(*)::integer as skus, coalesce(sum(f.on_hand), 0)::float8 as on_hand, coalesce(sum(f.reserved), 0)::float8 as reserved,
             count(*) filter (where f.alert = 'out')::integer as out, count(*) filter (where f.alert = 'low')::integer as low,
             coalesce(sum(f.sold), 0)::float8 as sold, coalesce(sum(f.average), 0)::float8 as average,
             count(*) filter (where f.on_hand > 0 and f.sold = 0)::integer as dead_skus,
             coalesce(sum(f.on_hand) filter (where f.sold = 0), 0)::float8 as dead_units
        from figure f`,
    sql<Row[]>`${base} select f.* from figure f where f.sold > 0 order by f.sold desc, f.sku limit ${most}`,
    sql<Row[]>`${base} select f.* from figure f where f.sold = 0 and f.on_hand > 0 order by f.on_hand desc, f.sku limit ${most}`,
  ])
  const all = totals[0]!
  const total = figuresOf({ days, sold: all.sold, onHand: all.on_hand, averageOnHand: all.average })
  return {
    days,
    totals: {
      skus: all.skus,
      onHand: all.on_hand,
      reserved: all.reserved,
      outOfStock: all.out,
      lowStock: all.low,
      sold: all.sold,
      turnoverPerYear: total.turnoverPerYear,
      daysOfStock: total.daysOfStock,
      deadSkus: all.dead_skus,
      deadUnits: all.dead_units,
    },
    fastest: fastest.map((row) => {
      const { turnoverPerYear, daysOfStock } = figuresOf({
        days,
        sold: row.sold,
        onHand: row.on_hand,
        averageOnHand: row.average,
      })
      return { sku: row.sku, sold: row.sold, onHand: row.on_hand, turnoverPerYear, daysOfStock }
    }),
    dead: dead.map((row) => ({ sku: row.sku, onHand: row.on_hand })),
  }
}
