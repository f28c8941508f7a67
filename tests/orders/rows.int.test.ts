import { afterAll, beforeAll, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { openShop, type Shop, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())

/** What the database tells of a row, as the bus brings it. */
async function rowChanged(id: string, before: { status: string } | null, op: 'u' | 'r' = 'u') {
  const [after] = await shop.service.db.sql<{ number: string; status: string; version: number }[]>`
    select o.number, o.status, o.version::integer as version from orders o where o.id = ${id}`
  await shop.service.deliver({
    id: uuidv7(),
    type: 'orders.orders',
    aggregate: 'orders.orders',
    key: JSON.stringify({ id }),
    time: new Date().toISOString(),
    data: { op, before: before && { id, ...before }, after: { id, ...after }, lsn: 1, committedAt: new Date().toISOString() },
  })
}
const told = async (id: string) =>
  (await shop.service.events('OrderStatusUpdated.v1'))
    .filter(({ subject }) => subject === id)
    .map(({ data }) => data as { from: string; to: string })
    .map(({ from, to }) => `${from} → ${to}`)
const timeline = async (id: string) =>
  (await shop.service.request('GET', `/api/orders/${id}/timeline`, { as: staff })).body.items.map(
    ({ to, actor }: { to: string; actor: string }) => `${to} by ${actor}`,
  )

it('a status that this shop wrote is not told a second time by its row', async () => {
  const { id } = (await shop.order()).body
  await rowChanged(id, { status: 'PENDING' })
  await rowChanged(id, { status: 'PENDING' })
  expect(await told(id)).toEqual(['PENDING → CONFIRMED'])
})

it('a status that somebody wrote into the database by hand gets its event and its place in the history, once', async () => {
  const { id } = (await shop.order()).body
  await shop.service.db.sql`update orders set status = 'SHIPPED', version = version + 1 where id = ${id}`
  await rowChanged(id, { status: 'CONFIRMED' })
  await rowChanged(id, { status: 'CONFIRMED' })
  expect(await told(id)).toEqual(['PENDING → CONFIRMED', 'CONFIRMED → SHIPPED'])
  expect(await timeline(id)).toEqual([expect.anything(), expect.anything(), 'SHIPPED by database'])
})

it('an old row that was not written down makes no difference', async () => {
  const { id } = (await shop.order()).body
  await shop.service.db.sql`update orders set status = 'SHIPPED', version = version + 1 where id = ${id}`
  await rowChanged(id, null)
  expect((await told(id)).at(-1)).toBe('CONFIRMED → SHIPPED')
})

it('a snapshot of all rows tells nobody anything', async () => {
  const { id } = (await shop.order()).body
  await shop.service.db.sql`update orders set status = 'SHIPPED', version = version + 1 where id = ${id}`
  await rowChanged(id, null, 'r')
  expect(await told(id)).toEqual(['PENDING → CONFIRMED'])
})
