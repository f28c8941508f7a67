import { address, sell } from '../../e2e/stock-the-shop.ts'
import { client, expectStatus } from '../../e2e/client.ts'
import { openChaosShop } from '../chaos-shop.ts'
import { checkBooks } from '../books.ts'
import { dismissWaiting } from '../closing-time.ts'
import { converge } from '../convergence.ts'
import { CONVERGE_MS } from '../runs.ts'
import { patiently } from '../patience.ts'
import type { Scenario } from '../scenario.ts'

/** Payers at the same time. */
const LANES = 4

/**
 * I5: a hold runs out before its order is paid, the goods go to somebody else or not, and then the money comes. It buys goods that are still
 * to be had, or goes back; nothing is sold twice.
 */
export const scenario: Scenario = {
  summary: 'orders whose hold has run out are paid, while others buy the last pieces; trials = orders',
  trials: 200,
  async *run({ trials, random, note }) {
    const shop = await openChaosShop()
    const { sql } = shop.admin
    const guest = client(shop.url)
    try {
      const staff = await shop.staff()
      const broken: string[] = []
      const ids: string[] = []
      const outcomes = { 'sold after all': 0, 'turned away': 0 }
      let number = 0
      // what was made before the answer got lost is no fault
      const stock = (sku: string) =>
        sell(staff, sku, { units: 1 }).catch(async (error: unknown) => {
          if ((await guest.get(`/api/inventory/${sku}`)).body?.available !== 1) throw error
        })
      const order = (sku: string, more: object = {}, headers: Record<string, string> = {}) =>
        guest.post(
          '/api/orders',
          { items: [{ sku, quantity: 1 }], email: `late-${sku}@example.com`, shippingAddress: address, ...more },
          headers,
        )
      const late = async () => {
        number += 1
        const sku = `late-${number}`
        await patiently(async () => await stock(sku))
        const key = { 'idempotency-key': `${sku}-order` }
        const placed = (await patiently(async () => expectStatus(await order(sku, {}, key), 201))).body
        ids.push(placed.id)
        // a quarter of an hour later
        await sql`update inventory.reservations set expires_at = clock_timestamp() - interval '1 second' where order_id = ${placed.id}`
        const rival = random.chance(0.5) ? order(sku, { paymentMethodId: 'tok_approve' }) : undefined
        // before, while and after the clock of the holds comes by
        if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, random.between(0, 3000)))
        const path = `/api/orders/${placed.id}/confirm?paymentMethodId=${random.pick(['tok_approve', 'tok_async', 'tok_timeout_after_capture'])}`
        const paid = await guest.put(path, {}, { 'x-guest-token': placed.guestToken })
        await rival
        outcomes[paid.status === 200 && paid.body.status !== 'CANCELLED' ? 'sold after all' : 'turned away'] += 1
        if (paid.status >= 500 && paid.status !== 503) broken.push(`${sku}: ${paid.status} ${paid.text.slice(0, 200)}`)
      }
      const lane = async () => {
        while (number < trials) {
          await late().catch((error: unknown) => void broken.push(String(error).slice(0, 300)))
          if (number % 20 === 0) note(`${number} of ${trials} orders`)
        }
      }
      await Promise.all(Array.from({ length: LANES }, lane))
      const desk = new AbortController()
      const dismissed = dismissWaiting(shop, staff, desk.signal)
      const end = await converge(shop, CONVERGE_MS)
      desk.abort()
      await dismissed
      const wrong = await sql<{ what: string }[]>`
        select i.sku || ': sold ' || count(*) filter (where o.status <> 'CANCELLED') as what
          from orders.orders o join orders.order_items i on i.order_id = o.id where i.sku like 'late-%' group by i.sku
        having count(*) filter (where o.status <> 'CANCELLED') > 1
        union all
        select i.sku || ': cancelled and keeps ' || sum(p.captured - p.refunded)
          from orders.orders o join orders.order_items i on i.order_id = o.id join payments.payments p on p.order_id = o.id
         where o.status = 'CANCELLED' group by i.sku having sum(p.captured - p.refunded) <> 0
        union all
        select i.sku || ': ' || o.status || ' and paid ' || coalesce(sum(p.captured - p.refunded), 0) || ' of ' || o.total
          from orders.orders o join orders.order_items i on i.order_id = o.id left join payments.payments p on p.order_id = o.id
         where o.status not in ('CANCELLED', 'PENDING') group by i.sku, o.id, o.status, o.total having coalesce(sum(p.captured - p.refunded), 0) <> o.total
        union all
        select s.sku || ': ' || s.on_hand || ' on the shelf, ' || s.reserved || ' held' from inventory.stock s
         where s.sku like 'late-%' and (s.reserved <> 0 or s.on_hand + (select count(*) from orders.order_items i join orders.orders o on o.id = i.order_id
                                                                           where i.sku = s.sku and o.status <> 'CANCELLED') <> 1)`
      const all = [...broken, ...wrong.map(({ what }) => what)]
      yield {
        id: 'I5',
        fault: 'late money',
        trials: ids.length,
        violations: all.length,
        ...(all.length > 0 ? { examples: all.slice(0, 5) } : {}),
        tally: outcomes,
        note: 'orders paid after their hold had run out: the goods were still there, or the money is back',
      }
      for (const books of await checkBooks(sql)) yield { fault: 'late money', ...books }
      yield {
        id: 'I19',
        fault: 'late money',
        trials: ids.length,
        violations: end.left.length,
        ...(end.left.length > 0 ? { examples: end.left } : {}),
        p50: end.milliseconds,
        p99: end.milliseconds,
        note: 'everything ends; milliseconds after the last payment',
      }
    } finally {
      await shop.close()
    }
  },
}
