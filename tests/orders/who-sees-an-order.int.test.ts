import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { brokenRules, openShop, type Shop, somebody } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

describe('an order', () => {
  it('of somebody else looks exactly like one that does not exist', async () => {
    const ann = somebody()
    const mine = await shop.order({}, { as: ann })
    const nowhere = uuidv7()
    for (const as of [somebody(), undefined]) {
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['GET', '/timeline', undefined],
        ['PUT', '/cancel', {}],
        ['POST', '/cancel', {}],
        ['PATCH', '/status', { status: 'CANCELLED' }],
        ['PATCH', '', { email: 'eve@example.com' }],
        ['PUT', '/confirm?paymentMethodId=tok_approve', undefined],
      ] as const) {
        const options = { ...(as ? { as } : {}), ...(body ? { body } : {}) }
        const [theirs, none] = await Promise.all(
          [mine.body.id, nowhere].map((id) => shop.service.request(method, `/api/orders/${id}${path}`, options)),
        )
        expect([theirs!.status, none!.status]).toEqual([404, 404])
        const plain = ({ body: { traceId: _trace, instance: _instance, details: _details, ...rest } }: typeof theirs & object) =>
          rest
        expect(plain(theirs!)).toEqual(plain(none!))
      }
    }
    expect((await shop.service.request('GET', `/api/orders/number/${mine.body.number}`, { as: somebody() })).status).toBe(404)
    expect((await shop.service.request('GET', `/api/orders/number/${mine.body.number.toLowerCase()}`, { as: ann })).body.id).toBe(
      mine.body.id,
    )
  })

  it('of a guest opens with the guest’s token and with no other', async () => {
    const placed = await shop.order()
    const other = await shop.order()
    const get = (token: string) =>
      shop.service.request('GET', `/api/orders/${placed.body.id}`, { headers: { 'x-guest-token': token } })
    expect((await get(placed.body.guestToken)).status).toBe(200)
    expect((await get(other.body.guestToken)).status).toBe(404)
    expect((await get('x')).status).toBe(404)
  })

  it('of a customer has no guest token', async () => {
    expect((await shop.order({}, { as: somebody() })).body.guestToken).toBeNull()
  })
})
