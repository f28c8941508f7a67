import type { Principal } from '#kit/core/principal.ts'
import { type Shop, staff } from './shop.fixture.ts'

type Options = { as?: Principal; headers?: Record<string, string> }

export const euro = (amount: number) => ({ amount, currency: 'EUR' })
export const lineOf = (order: { items: { sku: string; lineId: string }[] }, sku: string) =>
  order.items.find((item) => item.sku === sku)!.lineId
export const twoMugs = { items: [{ sku: 'mug', quantity: 2 }] }

/** What changes an order that was placed, and what is seen of it afterwards. `openedShop` is asked at each call: a test file opens its shop before all tests. */
export function editsIn(openedShop: () => Shop) {
  const call = (method: string, path: string, body?: object, options: Options = { as: staff }) =>
    openedShop().service.request(method, `/api/orders/${path}`, { ...(body ? { body } : {}), ...options })
  const edit = (id: string, lines: object[], more: object = {}, options?: Options) =>
    call('POST', `${id}/edits`, { lines, ...more }, options)
  const read = async (id: string) => (await call('GET', id)).body
  const stock = (sku: string) => openedShop().world.goods.get(sku)!.stock
  const recover = async () => {
    const { db, running } = openedShop().service
    await db.sql`update processes set due_at = now(), lease_until = now() where status = 'running'`
    for (let round = 0; round < 10 && (await running.processes.recoverOnce()) > 0; round += 1);
  }
  /** what an order and its changes took and still have */
  const kept = async (id: string) => {
    const { items } = (await call('GET', `${id}/edits?limit=100`)).body as { items: { id: string }[] }
    return [id, ...items.map((one) => one.id)].reduce((sum, one) => {
      const paid = openedShop().world.money.get(one)
      return sum + (paid?.state === 'captured' ? paid.amount - paid.givenBack : 0)
    }, 0)
  }
  /** changes that are still open though their process is done; there must be none */
  const leftOpen = async () =>
    await openedShop().service.db.sql`
    select e.id from order_edits e join processes p on p.name = 'edit-order' and p.id = e.id where e.status = 'open' and p.status = 'done'`
  return { call, edit, read, stock, recover, kept, leftOpen }
}
