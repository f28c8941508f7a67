import { afterAll, beforeAll, expect, it } from 'vitest'
import { ItemAddedToCart, ItemRemovedFromCart } from '#contracts/events/cart.ts'
import { OrderCancelled, OrderUpdated } from '#contracts/events/orders.ts'
import { ProductViewed } from '#contracts/events/products.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { setRemembered } from './commands/forget.ts'
import { invariants } from './invariants.ts'
import { remember } from './touches.ts'
import { customer, idOf, openTestShop, orderConfirmed, orderFacts, orderLines, staff, type TestShop } from './testing/shop.ts'

const NOTHING = { remembered: true, views: [], carts: [], inCart: [], purchases: [], experiments: [], clicks: [] }
const money = { amount: 1995, currency: 'EUR' }
let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
  await shop.sell(
    { title: 'Green tea', description: 'leaves from the hills', categories: ['Kitchen'] },
    { title: 'Tea pot', description: 'holds a litre', categories: ['Kitchen'] },
    { title: 'Tea cup', categories: ['Kitchen'] },
    { title: 'Paper kite', categories: ['Toys'] },
    { title: 'Kite string', categories: ['Toys'] },
    { title: 'Shopping bag' },
  )
  await shop.order('ann', ['Green tea', 'Tea pot'])
  await shop.order(null, ['Green tea', 'Tea cup'])
  await shop.order('bob', ['Green tea', 'Tea cup'])
  await shop.order('gus', ['Paper kite', 'Kite string'])
})
afterAll(() => shop.close())

const alsoBought = (title: string) => shop.titles(`products/${idOf(title)}/also-bought?limit=3`)

it('a shop that has sold nothing yet shows what it has', async () => {
  const empty = await openTestShop()
  await empty.sell({ title: 'Green tea' }, { title: 'Tea pot' })
  expect(await empty.titles(`products/${idOf('Green tea')}/also-bought`)).toEqual(['Tea pot'])
  expect(await empty.titles('trending')).toHaveLength(2)
  await empty.close()
})

it('what was ordered together is shown at once, before any model was trained', async () => {
  expect((await alsoBought('Green tea')).slice(0, 2)).toEqual(['Tea cup', 'Tea pot'])
  await shop.order('kim', ['Shopping bag', 'Tea pot'])
  expect((await alsoBought('Shopping bag'))[0]).toBe('Tea pot')
})

it('an order that is cancelled or changed does not count as it was', async () => {
  const orderId = await shop.order('dora', ['Paper kite', 'Shopping bag'])
  expect(await alsoBought('Paper kite')).toContain('Shopping bag')
  const changed = {
    ...orderFacts(orderId, 'dora'),
    changed: ['lines'],
    total: money,
    lines: orderLines(['Paper kite', 'Kite string']),
  }
  await shop.deliver(OrderUpdated(changed))
  const rows = await shop.db.sql`select 1 from purchases where order_id = ${orderId} and product_id = ${idOf('Shopping bag')}`
  expect(rows).toHaveLength(0)
  await shop.deliver(OrderCancelled({ ...orderFacts(orderId, 'dora'), reason: 'customer', lines: orderLines(['Paper kite']) }))
  expect(await shop.db.sql`select 1 from purchases where order_id = ${orderId}`).toHaveLength(0)
})

it('the same order told again counts once, and one that was never confirmed not at all', async () => {
  const orderId = await shop.order('emil', ['Shopping bag'])
  await shop.deliver(orderConfirmed(orderId, 'emil', ['Shopping bag']))
  expect(await shop.db.sql`select 1 from purchases where order_id = ${orderId}`).toHaveLength(1)
  const pending = '019b0000-0000-7000-8000-000000000001'
  await shop.deliver(
    OrderUpdated({ ...orderFacts(pending, 'emil'), changed: ['lines'], total: money, lines: orderLines(['Tea cup']) }),
  )
  expect(await shop.db.sql`select 1 from purchases where order_id = ${pending}`).toHaveLength(0)
})

it('what is sold out, withdrawn or sold elsewhere is not recommended', async () => {
  shop.change({ title: 'Tea cup', inStock: false })
  // anything at all: kept answers look at the list of changes afterwards
  await shop.deliver(ProductViewed({ productId: idOf('Shopping bag'), channel: 'web', userId: null }))
  expect(await alsoBought('Green tea')).not.toContain('Tea cup')
  await shop.sell({ title: 'Tea cup', categories: ['Kitchen'] })
  expect(await alsoBought('Green tea')).toContain('Tea cup')
  await shop.sell({ title: 'Wholesale crate', channels: ['wholesale'] })
  await shop.order(null, ['Green tea', 'Wholesale crate'])
  expect(await alsoBought('Green tea')).not.toContain('Wholesale crate')
  await shop.sell({ title: 'Old rope' })
  await shop.order(null, ['Green tea', 'Old rope'])
  expect(await alsoBought('Green tea')).toContain('Old rope')
  await shop.withdraw('Old rope')
  expect(await alsoBought('Green tea')).not.toContain('Old rope')
})

it('a cart is shown what goes well with all of it, and nothing that is in it', async () => {
  const products = [idOf('Green tea'), idOf('Tea pot')].join(',')
  const list = await shop.titles(`goes-with?products=${products}&limit=4`)
  expect(list[0]).toBe('Tea cup')
  expect(list).not.toContain('Tea pot')
  expect((await shop.request('GET', '/api/recommendations/goes-with?products=nonsense')).status).toBe(400)
})

it('similar products share rare words and categories, a new one within moments', async () => {
  await shop.runJob('count-terms')
  expect((await shop.titles(`products/${idOf('Paper kite')}/similar?limit=2`))[0]).toBe('Kite string')
  await shop.sell({ title: 'Paper lantern', categories: ['Toys'] })
  expect((await shop.titles(`products/${idOf('Paper lantern')}/similar?limit=2`))[0]).toBe('Paper kite')
})

it('the feed goes with what a customer bought, without it and without what is in the cart', async () => {
  const [cem, cartId] = [customer('cem'), '019b0000-0000-7000-8000-000000000002']
  await shop.order('cem', ['Green tea'])
  expect((await shop.titles(`${cem.id}?limit=3`, cem))[0]).toBe('Tea cup')
  expect(await shop.titles(`${cem.id}`, cem)).not.toContain('Green tea')
  const inCart = { cartId, channel: 'web', userId: cem.id, sku: 'SKU-Tea cup' }
  await shop.deliver(ItemAddedToCart({ ...inCart, productId: idOf('Tea cup'), quantity: 1 }))
  expect(await shop.titles(`${cem.id}`, cem)).not.toContain('Tea cup')
  await shop.deliver(ItemRemovedFromCart(inCart))
  expect(await shop.titles(`${cem.id}`, cem)).toContain('Tea cup')
})

it('what a customer opens moves the feed, and is shown as opened lately', async () => {
  const fay = customer('fay')
  expect(await shop.titles(`${fay.id}/recently-viewed`, fay)).toEqual([])
  await shop.deliver(ProductViewed({ productId: idOf('Tea pot'), channel: 'web', userId: fay.id }))
  await shop.deliver(ProductViewed({ productId: idOf('Paper kite'), channel: 'web', userId: fay.id }))
  expect(await shop.titles(`${fay.id}/recently-viewed`, fay)).toEqual(['Paper kite', 'Tea pot'])
  expect((await shop.titles(`${fay.id}?limit=2`, fay)).sort()).toEqual(['Green tea', 'Kite string'])
})

it('what a customer buys often is offered again', async () => {
  const hal = customer('hal')
  for (const titles of [['Green tea'], ['Green tea', 'Shopping bag']]) await shop.order('hal', titles)
  expect(await shop.titles(`${hal.id}/buy-again`, hal)).toEqual(['Green tea', 'Shopping bag'])
})

it('nobody sees what is recommended to somebody else', async () => {
  const path = `/api/recommendations/${customer('cem').id}`
  for (const part of ['', '/recently-viewed', '/buy-again', '/history'])
    expect([
      (await shop.request('GET', path + part)).status,
      (await shop.request('GET', path + part, { as: customer('eve') })).status,
      (await shop.request('GET', path + part, { as: staff })).status,
    ]).toEqual([401, 404, 200])
  for (const [method, part, body] of [
    ['DELETE', '/history', undefined],
    ['PUT', '/preferences', { remembered: false }],
  ] as const)
    expect((await shop.request(method, path + part, { as: customer('eve'), body })).status).toBe(404)
})

it('who does not want to be remembered is not, and sees what is popular', async () => {
  const ida = customer('ida')
  const view = ProductViewed({ productId: idOf('Paper kite'), channel: 'web', userId: ida.id })
  await shop.deliver(view)
  expect(await shop.titles(`${ida.id}/recently-viewed`, ida)).toEqual(['Paper kite'])
  const prefer = (remembered: boolean) =>
    shop.request('PUT', `/api/recommendations/${ida.id}/preferences`, { as: ida, body: { remembered } })
  expect((await prefer(false)).status).toBe(204)
  await shop.deliver(ProductViewed({ productId: idOf('Tea pot'), channel: 'web', userId: ida.id }))
  expect(await shop.titles(`${ida.id}/recently-viewed`, ida)).toEqual([])
  const feed = await shop.request('GET', `/api/recommendations/${ida.id}`, { as: ida })
  expect(new Set(feed.body.items.map(({ because }: { because: string | null }) => because))).toEqual(new Set([null]))
  await prefer(true)
  await shop.deliver(ProductViewed({ productId: idOf('Tea pot'), channel: 'web', userId: ida.id }))
  expect(await shop.titles(`${ida.id}/recently-viewed`, ida)).toEqual(['Tea pot'])
})

it('a visitor who agreed is remembered by a name that only they have', async () => {
  const headers = { 'x-visitor-id': 'b3e1c9a0-1111-4111-8111-000000000001' }
  const view = (productId: string, visitor: Record<string, string> = headers) =>
    shop.request('POST', '/api/recommendations/views', { body: { productId }, headers: visitor })
  expect((await view(idOf('Paper kite'))).status).toBe(204)
  expect((await view(idOf('no such product'))).status).toBe(204)
  expect(await shop.titles('visitor/recently-viewed', undefined, headers)).toEqual(['Paper kite'])
  expect((await shop.titles('visitor?limit=1', undefined, headers))[0]).toBe('Kite string')
  expect((await view(idOf('Paper kite'), {})).body).toMatchObject({ code: 'recommendations/no-visitor' })
  expect((await shop.request('DELETE', '/api/recommendations/visitor', { headers })).status).toBe(204)
  expect(await shop.titles('visitor/recently-viewed', undefined, headers)).toEqual([])
})

it("a customer's id is no visitor's name", async () => {
  const lou = customer('lou')
  await shop.order('lou', ['Green tea'])
  await shop.deliver(ProductViewed({ productId: idOf('Tea pot'), channel: 'web', userId: lou.id }))
  const headers = { 'x-visitor-id': lou.id }
  const refused = async (method: string, path: string, body?: object) =>
    expect((await shop.request(method, `/api/recommendations/${path}`, { headers, body })).body).toMatchObject({
      code: 'recommendations/no-visitor',
    })
  for (const path of ['visitor', 'visitor/recently-viewed']) await refused('GET', path)
  await refused('DELETE', 'visitor')
  await refused('POST', 'views', { productId: idOf('Paper kite') })
  const click = { placement: 'also-bought', strategy: 'collaborative', productId: idOf('Tea pot') }
  await shop.db.sql`
    insert into placement_days (day, placement, strategy, shown) values (current_date, 'also-bought', 'collaborative', 1)
        on conflict (day, placement, strategy) do update set shown = placement_days.shown + 1`
  expect((await shop.request('POST', '/api/recommendations/clicks', { headers, body: click })).status).toBe(204)
  expect((await shop.db.sql`select c.person_id from clicks c where c.product_id = ${idOf('Tea pot')}`)[0]).toEqual({
    person_id: null,
  })
  expect(await shop.titles(`${lou.id}/recently-viewed`, lou)).toEqual(['Tea pot'])
})

it('an erased account leaves orders of nobody, and nothing else', async () => {
  const jo = customer('jo')
  await shop.order('jo', ['Green tea', 'Tea pot'])
  await shop.deliver(ProductViewed({ productId: idOf('Tea pot'), channel: 'web', userId: jo.id }))
  const history = () => shop.request('GET', `/api/recommendations/${jo.id}/history`, { as: jo })
  expect((await history()).body).toMatchObject({ remembered: true, views: [{ productId: idOf('Tea pot') }], purchases: [{}, {}] })
  await shop.deliver(UserDeleted({ userId: jo.id }))
  expect((await history()).body).toEqual(NOTHING)
  expect((await alsoBought('Green tea')).slice(0, 2).sort()).toEqual(['Tea cup', 'Tea pot'])
})

it('what is told of an erased account afterwards is of nobody, also where it did not want to be remembered', async () => {
  const lea = customer('lea')
  await shop.request('PUT', `/api/recommendations/${lea.id}/preferences`, { as: lea, body: { remembered: false } })
  await shop.deliver(UserDeleted({ userId: lea.id }))
  await shop.deliver(ProductViewed({ productId: idOf('Tea pot'), channel: 'web', userId: lea.id }))
  const inCart = { cartId: uuidv7(), channel: 'web', userId: lea.id, sku: 'SKU-Tea cup' }
  await shop.deliver(ItemAddedToCart({ ...inCart, productId: idOf('Tea cup'), quantity: 1 }))
  const orderId = await shop.order('lea', ['Paper kite'])
  const click = { placement: 'also-bought', strategy: 'collaborative', productId: idOf('Tea pot') }
  expect((await shop.request('POST', '/api/recommendations/clicks', { as: lea, body: click })).status).toBe(204)
  expect(await shop.call('ofPerson', { personId: lea.id })).toEqual(NOTHING)
  expect(await shop.db.sql`select p.customer_id from purchases p where p.order_id = ${orderId}`).toEqual([{ customer_id: null }])
})

it('who says no while an event of theirs is handled is not remembered, whichever ends first', async () => {
  const mia = customer('mia')
  const view = { productId: idOf('Tea pot'), personId: mia.id, at: new Date() }
  /** Ends the first one when the second one waits for it, or has gone on without it. */
  const atOnce = async (first: (tx: Tx) => Promise<void>, second: (tx: Tx) => Promise<void>) => {
    const begun = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const one = shop.db.tx(async (tx) => {
      await first(tx)
      begun.resolve()
      await mayEnd.promise
    })
    await begun.promise
    const two = shop.db.tx(second)
    const waits = eventually(async () =>
      expect(
        await shop.db
          .sql`select 1 from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database() where not l.granted`,
      ).toHaveLength(1),
    )
    await Promise.any([two, waits])
    mayEnd.resolve()
    await Promise.all([one, two])
    await waits.catch(() => undefined)
  }
  const remembering = (tx: Tx) => remember(tx, 'view', [view])
  const refusing = (tx: Tx) => setRemembered(tx, mia.id, false)
  for (const [first, second] of [
    [remembering, refusing],
    [refusing, remembering],
  ] as const) {
    await shop.db.tx((tx) => setRemembered(tx, mia.id, true))
    await atOnce(first, second)
    expect(await shop.titles(`${mia.id}/recently-viewed`, mia)).toEqual([])
  }
})

it('all that is kept of a customer is told to them, and forgotten when they say so', async () => {
  const noa = customer('noa')
  await shop.deliver(ProductViewed({ productId: idOf('Tea pot'), channel: 'web', userId: noa.id }))
  const inCart = { cartId: uuidv7(), channel: 'web', userId: noa.id, sku: 'SKU-Tea cup' }
  await shop.deliver(ItemAddedToCart({ ...inCart, productId: idOf('Tea cup'), quantity: 1 }))
  await shop.order('noa', ['Green tea'])
  const cup = [{ productId: idOf('Tea cup') }]
  const kept = { ...NOTHING, views: [{ productId: idOf('Tea pot') }], carts: cup, inCart: cup, purchases: [{ quantity: 1 }] }
  expect(await shop.call('ofPerson', { personId: noa.id })).toMatchObject(kept)
  const path = `/api/recommendations/${noa.id}/history`
  expect((await shop.request('DELETE', path, { as: noa })).status).toBe(204)
  expect((await shop.request('GET', path, { as: noa })).body).toMatchObject({ ...NOTHING, purchases: [{ quantity: 1 }] })
})

it('every rule of the service holds', async () => {
  for (const { name, sql } of invariants) expect([name, await shop.db.sql.unsafe(sql)]).toEqual([name, []])
})
