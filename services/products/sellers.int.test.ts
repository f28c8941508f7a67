import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'
import { type TestService, testUser } from '#kit/testing/service.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const aSeller = async (name: string) => {
  const user = testUser(randomUUID(), ['products:write-own'], ['SELLER'])
  const stall = (await shop.request('POST', '/api/sellers', { as: user, body: { name } })).body as { id: string }
  return { user, stall }
}

describe('a seller', () => {
  it('writes their own products and nobody else’s', async () => {
    const [anna, ben] = [await aSeller('Anna'), await aSeller('Ben')]
    const product = aProduct()
    const { id } = await given(shop, product, anna.user)
    expect((await shop.request('GET', `/api/products/${id}`)).body.seller).toMatchObject({ id: anna.stall.id, name: 'Anna' })
    expect((await shop.request('PATCH', `/api/products/${id}`, { as: anna.user, body: { tags: ['mine'] } })).status).toBe(200)
    for (const [method, body] of [
      ['PATCH', { tags: ['stolen'] }],
      ['PUT', aProduct()],
      ['DELETE', undefined],
    ] as const) {
      expect((await shop.request(method, `/api/products/${id}`, { as: ben.user, body })).status).toBe(403)
    }
    expect((await shop.request('GET', `/api/products/${id}`)).body.tags).toEqual(['mine'])
  })

  it('is told to others with the products of their stall, page by page', async () => {
    const anna = await aSeller('Anna Many')
    const ids = []
    for (let n = 0; n < 3; n += 1) ids.unshift((await given(shop, aProduct(), anna.user)).id)
    const first = await shop.call<Json>('soldBy', { userId: anna.user.id, limit: 2 })
    const rest = await shop.call<Json>('soldBy', { userId: anna.user.id, limit: 2, before: first.next })
    expect([...first.productIds, ...rest.productIds]).toEqual(ids)
    expect(rest.next).toBeNull()
    expect(await shop.call('soldBy', { userId: randomUUID(), limit: 2 })).toEqual({ productIds: [], next: null })
  })

  it('cannot enter a product under another name, nor give it away', async () => {
    const [anna, ben] = [await aSeller('Anna A'), await aSeller('Ben B')]
    expect(
      (await shop.request('POST', '/api/products', { as: anna.user, body: aProduct({ sellerId: ben.stall.id }) })).status,
    ).toBe(403)
    const { id } = await given(shop, aProduct(), anna.user)
    expect((await shop.request('PATCH', `/api/products/${id}`, { as: anna.user, body: { sellerId: ben.stall.id } })).status).toBe(
      403,
    )
  })

  it('sees their own drafts, which do not exist for others', async () => {
    const [anna, ben] = [await aSeller('Anna D'), await aSeller('Ben D')]
    const { id } = await given(shop, aProduct({ status: 'DRAFT' }), anna.user)
    expect((await shop.request('GET', `/api/products/${id}`, { as: anna.user })).status).toBe(200)
    for (const as of [ben.user, shopper, undefined])
      expect((await shop.request('GET', `/api/products/${id}`, as ? { as } : {})).status).toBe(404)
    expect((await shop.request('GET', `/api/products/${id}/edit`, { as: ben.user })).status).toBe(404)
    expect((await shop.request('PATCH', `/api/products/${id}`, { as: ben.user, body: { tags: [] } })).status).toBe(404)
    expect(
      (
        await shop.request('POST', `/api/products/${id}/images`, {
          as: ben.user,
          raw: Buffer.from('x'),
          headers: { 'content-type': 'image/png' },
        })
      ).status,
    ).not.toBe(201)
  })

  it('sets no prices of others and opens no second stall', async () => {
    const { user } = await aSeller('Once')
    expect((await shop.request('POST', '/api/sellers', { as: user, body: { name: 'Twice' } })).status).toBe(409)
    expect((await shop.request('GET', '/api/price-lists', { as: user })).status).toBe(403)
    expect((await shop.request('POST', '/api/sellers', { as: shopper, body: { name: 'Nobody' } })).status).toBe(403)
  })

  it('writes nothing once suspended, and leaves a nameless stall when erased', async () => {
    const { user, stall } = await aSeller('Short')
    await shop.request('PATCH', `/api/sellers/${stall.id}`, { as: staff, body: { status: 'SUSPENDED' } })
    expect((await shop.request('POST', '/api/products', { as: user, body: aProduct() })).status).toBe(403)
    await shop.deliver(UserDeleted({ userId: user.id }))
    const [row] = await shop.db.sql`select s.user_id from sellers s where s.id = ${stall.id}`
    expect(row?.['user_id']).toBeNull()
  })
})

describe('a wishlist', () => {
  it('holds a product once, even when it is wished for ten times at once', async () => {
    const { id } = await given(shop, aProduct())
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => shop.request('POST', '/api/wishlists', { as: shopper, body: { productId: id } })),
    )
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(9)
    const { items } = (await shop.request('GET', '/api/wishlists', { as: shopper })).body
    expect(items.filter((item: Json) => item.productId === id)).toEqual([
      expect.objectContaining({ product: expect.objectContaining({ id }) }),
    ])
  })

  it('is seen by its owner only and forgotten with them', async () => {
    const owner = testUser(randomUUID())
    const { id } = await given(shop, aProduct())
    await shop.request('POST', '/api/wishlists', { as: owner, body: { productId: id } })
    expect((await shop.request('GET', '/api/wishlists')).status).toBe(401)
    const other = testUser(randomUUID())
    expect((await shop.request('GET', '/api/wishlists', { as: other })).body.items).toEqual([])
    expect((await shop.request('DELETE', `/api/wishlists/${id}`, { as: other })).status).toBe(204)
    expect((await shop.request('GET', '/api/wishlists', { as: owner })).body.items).toHaveLength(1)
    await shop.deliver(UserDeleted({ userId: owner.id }))
    expect((await shop.request('GET', '/api/wishlists', { as: owner })).body.items).toEqual([])
  })

  it('takes no product that does not exist', async () => {
    expect((await shop.request('POST', '/api/wishlists', { as: shopper, body: { productId: randomUUID() } })).status).toBe(404)
  })
})
