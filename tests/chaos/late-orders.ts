import { type Answer, type Client, client, expectStatus } from '../e2e/client.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import type { ChaosShop } from './chaos-shop.ts'
import { patiently } from './patience.ts'

export interface LateOrder {
  readonly id: string
  readonly sku: string
  readonly guestToken: string
}

/** How a late order ended. */
export interface LateEnd {
  readonly id: string
  readonly sku: string
  readonly status: string
  /** what the payment company took, and keeps no more if the order is cancelled */
  readonly taken: bigint
  /** payments that the company let go before it took anything */
  readonly voided: number
}

/** Orders of an article of which there is one piece, paid when its hold is over. */
export interface LateOrders {
  /** all that were placed */
  readonly orders: readonly LateOrder[]
  /** Puts a piece on a shelf of its own and orders it, without a means of payment. */
  place(): Promise<LateOrder>
  /** A quarter of an hour later. */
  runOut(orders: readonly LateOrder[]): Promise<void>
  /** Throws as long as the clock of the holds has not come by. */
  swept(orders: readonly LateOrder[]): Promise<void>
  /** Somebody else wants the piece, and pays at once. */
  buy(sku: string): Promise<Answer>
  pay(order: LateOrder, token: string): Promise<Answer>
  ends(): Promise<LateEnd[]>
  /** What must not be at the end: sold twice, money kept or missing, a shelf that does not add up, a customer who was told nothing. */
  wrong(): Promise<string[]>
}

export function openLateOrders(shop: ChaosShop, staff: Client): LateOrders {
  const { sql } = shop.admin
  const guest = client(shop.url)
  const orders: LateOrder[] = []
  let number = 0
  // what was made before the answer got lost is no fault
  const stock = (sku: string) =>
    sell(staff, sku, { units: 1 }).catch(async (error: unknown) => {
      if ((await guest.get(`/api/inventory/${sku}`)).body?.available !== 1) throw error
    })
  const order = (sku: string, email: string, more: object, headers: Record<string, string> = {}) =>
    guest.post('/api/orders', { items: [{ sku, quantity: 1 }], email, shippingAddress: address, ...more }, headers)
  const ids = (some: readonly LateOrder[]) => some.map(({ id }) => id)
  return {
    orders,
    async place() {
      number += 1
      const sku = `late-${number}`
      await patiently(async () => await stock(sku))
      const key = { 'idempotency-key': `${sku}-order` }
      const { id, guestToken } = (
        await patiently(async () => expectStatus(await order(sku, `late-${sku}@example.com`, {}, key), 201))
      ).body
      const placed = { id, sku, guestToken }
      orders.push(placed)
      return placed
    },
    async runOut(some) {
      await sql`update inventory.reservations set expires_at = clock_timestamp() - interval '1 second' where order_id = any(${ids(some)}::uuid[])`
    },
    async swept(some) {
      const [held] = await sql<{ n: number }[]>`
        select count(*)::int as n from inventory.reservations where order_id = any(${ids(some)}::uuid[]) and state = 'held'`
      if (held!.n > 0) throw new Error(`${held!.n} holds that ran out are still there`)
    },
    buy: (sku) => order(sku, `rival-${sku}@example.com`, { paymentMethodId: 'tok_approve' }),
    pay: ({ id, guestToken }, token) =>
      guest.put(`/api/orders/${id}/confirm?paymentMethodId=${token}`, {}, { 'x-guest-token': guestToken }),
    ends: async () =>
      await sql<LateEnd[]>`
        select o.id, i.sku, o.status, coalesce(sum(s.captured), 0)::bigint as taken,
               count(s.key) filter (where s.state = 'voided' and s.captured = 0)::int as voided
          from orders.orders o join orders.order_items i on i.order_id = o.id
          left join payments.payments p on p.order_id = o.id left join payments.sim_payments s on s.key = p.gateway_key
         where o.id = any(${ids(orders)}::uuid[]) group by o.id, i.sku, o.status`,
    async wrong() {
      const found = await sql<{ what: string }[]>`
        with late as materialized (
          select o.id, o.status, o.total, i.sku from orders.orders o join orders.order_items i on i.order_id = o.id where i.sku like 'late-%'
        ), money as (
          select p.order_id, sum(p.captured - p.refunded) as ours, sum(coalesce(s.captured, 0) - coalesce(s.refunded, 0)) as company,
                 max(coalesce(s.captured, 0)) as most, bool_or(s.state in ('pending', 'challenge', 'authorized')) as open
            from payments.payments p left join payments.sim_payments s on s.key = p.gateway_key group by p.order_id
        )
        select l.sku || ': sold ' || count(*) as what from late l where l.status <> 'CANCELLED' group by l.sku having count(*) > 1
        union all
        select l.sku || ': cancelled and keeps ' || m.ours || ', the company ' || m.company from late l join money m on m.order_id = l.id
         where l.status = 'CANCELLED' and (m.ours <> 0 or m.company <> 0 or m.open)
        union all
        select l.sku || ': the company took ' || m.most || ' of ' || l.total from late l join money m on m.order_id = l.id where m.most not in (0, l.total)
        union all
        select l.sku || ': ' || l.status || ' and paid ' || coalesce(m.ours, 0) || ', at the company ' || coalesce(m.company, 0) || ' of ' || l.total
          from late l left join money m on m.order_id = l.id
         where l.status not in ('CANCELLED', 'PENDING') and (coalesce(m.ours, 0) <> l.total or coalesce(m.company, 0) <> l.total)
        union all
        select s.sku || ': ' || s.on_hand || ' on the shelf, ' || s.reserved || ' held' from inventory.stock s
         where s.sku like 'late-%' and (s.reserved <> 0 or s.on_hand + (select count(*) from late l where l.sku = s.sku and l.status <> 'CANCELLED') <> 1)
        union all
        select l.sku || ': cancelled, and ' || (select count(*) from notifications.messages n where n.order_id = l.id and n.template = 'order-cancelled') || ' mails say so'
          from late l where l.id = any(${ids(orders)}::uuid[]) and l.status = 'CANCELLED'
           and (select count(*) from notifications.messages n where n.order_id = l.id and n.template = 'order-cancelled') <> 1`
      return found.map(({ what }) => what)
    },
  }
}
