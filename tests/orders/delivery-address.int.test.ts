import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { editsIn } from './edits.fixture.ts'
import { address, brokenRules, openShop, type Shop } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => {
  expect(await brokenRules(shop)).toEqual([])
  expect(await leftOpen()).toEqual([])
})

const { call, read, recover, leftOpen } = editsIn(() => shop)

describe('the delivery address', () => {
  const elsewhere = { ...address, line1: '7 Canal Street' }

  it.each(['PENDING', 'CONFIRMED'])('of a %s order changes, for parcel and order alike', async (status) => {
    const { body: order } = await shop.order(status === 'PENDING' ? { paymentMethodId: undefined } : {})
    const guest = { headers: { 'x-guest-token': order.guestToken } }
    const { body } = await call('PUT', `${order.id}/shipping-address`, elsewhere, guest)
    expect(body).toMatchObject({ edit: { status: 'applied' }, order: { status, shippingAddress: elsewhere } })
    if (status === 'PENDING') await call('PUT', `${order.id}/confirm?paymentMethodId=tok_approve`)
    expect(shop.world.parcels.get(order.id)!.address.line1).toBe('7 Canal Street')
    const [row] = await shop.service.db.sql`select e.address from order_edits e where e.id = ${body.edit.id}`
    expect(row!['address']).toBeNull()
  })

  it('stays when the parcel has left, or the country is another', async () => {
    const { body: order } = await shop.order()
    expect((await call('PUT', `${order.id}/shipping-address`, { ...elsewhere, country: 'FR' })).body.code).toBe(
      'orders/country-fixed',
    )
    shop.world.parcels.get(order.id)!.state = 'gone'
    expect((await call('PUT', `${order.id}/shipping-address`, elsewhere)).body).toMatchObject({
      code: 'orders/edit-refused',
      details: { reason: 'dispatched' },
    })
    await recover()
    expect((await read(order.id)).shippingAddress.line1).toBe(address.line1)
  })
})
