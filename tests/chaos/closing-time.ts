import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../e2e/client.ts'
import type { ChaosShop } from './chaos-shop.ts'

/**
 * What waits for people, staff bring to its end, again and again: one that was struck in the middle gets here only after its lease, and what is
 * refused now is the next round's. The database may still have no connection for anybody; who looks for the end of everything will say so.
 */
export async function dismissWaiting(shop: ChaosShop, staff: Client, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    for (const work of [cancelUnpaid, takeGoodsBack, sendReplacements]) await work(shop, staff).catch(() => undefined)
    await delay(1000, undefined, { signal: until }).catch(() => undefined)
  }
}

/** Whoever wanted to pay later and never heard of the order cannot come back to it; it would wait as long as its stock is held, a quarter of an hour. */
async function cancelUnpaid({ admin }: ChaosShop, staff: Client): Promise<void> {
  const waiting = await admin.sql<{ id: string }[]>`
    select id from orders.processes where name = 'checkout' and status = 'waiting' and state ->> 'type' = 'awaiting-payment'`
  for (const { id } of waiting) await staff.put(`/api/orders/${id}/cancel`)
}

/** Goods that were announced arrive, and are on the shelf again. */
async function takeGoodsBack({ admin }: ChaosShop, staff: Client): Promise<void> {
  const announced = await admin.sql<{ id: string; status: string }[]>`
    select id, status from orders.returns where status in ('requested', 'approved')`
  for (const { id, status } of announced)
    await staff.post(`/api/returns/${id}/${status === 'requested' ? 'approve' : 'receive'}`, {})
}

/** An exchange ends when the other goods have left. */
async function sendReplacements({ admin }: ChaosShop, staff: Client): Promise<void> {
  const parcels = await admin.sql<{ id: string }[]>`
    select s.id from delivery.shipments s join orders.returns r on r.replacement_order_id = s.order_id
     where s.state in ('planned', 'labelled') and r.status <> 'replaced'`
  for (const { id } of parcels) await staff.post(`/api/delivery/shipments/${id}/dispatch`, {})
}
