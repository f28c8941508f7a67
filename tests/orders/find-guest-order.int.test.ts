import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { openShop, type Shop } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())

const lookup = (number: string, email: string) => shop.service.request('POST', '/api/orders/lookup', { body: { number, email } })
const unknown = { status: 404, body: { code: 'orders/not-found' } }

describe('a guest who has lost the mail', () => {
  it('finds the order by its number and the e-mail address, however they are written', async () => {
    const { body: order } = await shop.order()
    const found = await lookup(` ${order.number.toLowerCase()} `, 'Ann@Example.com')
    expect(found).toMatchObject({ status: 200, body: { id: order.id } })
    const headers = { 'x-guest-token': found.body.guestToken }
    expect(await shop.service.request('GET', `/api/orders/${order.id}`, { headers })).toMatchObject({ status: 200 })
  })

  it('gets the same answer for a wrong address as for an order that does not exist', async () => {
    const { body: order } = await shop.order()
    expect(await lookup(order.number, 'eve@example.com')).toMatchObject(unknown)
    expect(await lookup('ORD-0000000000', 'ann@example.com')).toMatchObject(unknown)
  })

  it('does not get into the order of an account', async () => {
    const ann = testUser(uuidv7())
    const { body: order } = await shop.order({}, { as: ann })
    expect(order.customerId).toBe(ann.id)
    const { body: shown } = await shop.service.request('GET', `/api/orders/${order.id}`, { as: ann })
    expect(await lookup(order.number, shown.email)).toMatchObject(unknown)
  })
})

describe('the parcels of an order', () => {
  it('are seen by its guest, with what is in them, and by nobody who only knows its number', async () => {
    const { body: order } = await shop.order()
    const parcels = (headers: Record<string, string>, as?: ReturnType<typeof testUser>) =>
      shop.service.request('GET', `/api/orders/${order.id}/parcels`, { headers, ...(as ? { as } : {}) })
    expect(await parcels({ 'x-guest-token': order.guestToken })).toMatchObject({
      status: 200,
      body: { items: [{ carrier: 'Post', trackingNumber: 'PO1234', items: [{ title: order.items[0].title, quantity: 1 }] }] },
    })
    expect(await parcels({ 'x-guest-token': 'guess' })).toMatchObject(unknown)
    expect(await parcels({}, testUser(uuidv7()))).toMatchObject(unknown)
  })
})
