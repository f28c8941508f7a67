import { randomUUID } from 'node:crypto'
import type { Client } from '../e2e/client.ts'
import { sell } from '../e2e/stock-the-shop.ts'
import { burst, type BurstReply, crashes, finding, ok, order, times } from './burst.ts'
import type { ChaosShop } from './chaos-shop.ts'
import { converge } from './convergence.ts'
import { CONVERGE_MS } from './runs.ts'
import type { Finding } from './scenario.ts'

/** Connections of the first rush: a process may often have no more than 20,000 files open. Whoever is left comes when these have their answers. */
const AT_ONCE = 16_000
/** Of those turned away so many come back together: Retry-After and what browsers make of it spread them. */
const BACK_AT_ONCE = 2_000

/** Buyers of 50 units. Who was turned away because the shop was full asks again, as a browser would. */
export async function flashSale(shop: ChaosShop, staff: Client, buyers: number): Promise<Finding> {
  const sku = `flash-${buyers}-${randomUUID().slice(0, 8)}`
  await sell(staff, sku, { units: 50 })
  const replies: BurstReply[] = []
  let open = times(buyers, (index) => order(sku, {}, { 'idempotency-key': `${sku}-${index}` }))
  const shed: BurstReply[] = []
  for (let round = 0; open.length > 0 && round < 100; round += 1) {
    const crowd = round === 0 ? AT_ONCE : BACK_AT_ONCE
    const now = open.slice(0, crowd)
    const answers = await burst(shop.url, now)
    const again = answers.map(
      ({ status, body }) => status === 503 || status === 408 || status === 0 || body.code === 'orders/key-in-flight',
    )
    replies.push(...answers.filter((_, index) => !again[index]))
    shed.push(...answers.filter((_, index) => again[index]))
    open = [...now.filter((_, index) => again[index]), ...open.slice(crowd)]
  }
  // Who got `pending` for an answer learns the end later: the order waits for a step that found the shop too busy.
  const end = await converge(shop, CONVERGE_MS)
  const confirmed = ok(replies)
    .filter(({ body }) => body.status === 'CONFIRMED')
    .map(({ body }) => body.id as string)
  const [row] = await shop.admin.sql<{ sold: number; kept: number; left: number; reserved: number; captured: number }[]>`
    select (select count(*) from orders.orders o join orders.order_items i on i.order_id = o.id where i.sku = ${sku} and o.status <> 'CANCELLED')::int as sold,
           (select count(*) from payments.payments p join orders.order_items i on i.order_id = p.order_id where i.sku = ${sku} and p.state = 'captured')::int as captured,
           (select count(*) from orders.orders o where o.id = any(${confirmed}::uuid[]) and o.status <> 'CANCELLED')::int as kept,
           (select sum(on_hand) from inventory.stock where sku = ${sku})::int as left, (select sum(reserved) from inventory.stock where sku = ${sku})::int as reserved`
  const pending = ok(replies).length - confirmed.length
  const dropped = shed.filter(({ status, cutOff }) => status === 0 && !cutOff).length
  const slow = shed.filter(({ cutOff }) => cutOff).length
  return finding(
    'I1',
    `50 units, ${buyers} buyers at once, whole checkout; ${shed.length} turned away and asked again${slow > 0 ? ` (${slow} because they took too long to ask)` : ''}, ${pending} told to wait`,
    replies,
    [
      row!.kept !== confirmed.length && `${confirmed.length} orders were confirmed, ${row!.kept} of them stand`,
      confirmed.length > 50 && `${confirmed.length} orders were confirmed`,
      end.left.length > 0 && end.left.join(', '),
      row!.sold !== 50 && `${row!.sold} orders stand`,
      row!.captured !== 50 && `${row!.captured} payments were taken`,
      row!.left + row!.reserved !== 0 && `${row!.left} left, ${row!.reserved} held`,
      open.length > 0 && `${open.length} buyers never got an answer`,
      crashes(replies) > 0 && `${crashes(replies)} answers of 5xx that nobody meant`,
      dropped > 0 && `${dropped} connections were dropped`,
    ],
  )
}
