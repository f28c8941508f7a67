import { randomUUID } from 'node:crypto'
import Schema from 'typebox/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ItemAddedToCart } from '#contracts/events/cart.ts'
import { type TestService, testUser } from '#kit/testing/service.ts'
import { type FakeShop, startCart, types } from './testing.ts'

let service: TestService
let shop: FakeShop
beforeAll(async () => {
  ;({ service, shop } = await startCart())
})
afterAll(async () => await service?.close())

const put = (sku: string, quantity: number, more: Parameters<TestService['request']>[2] = {}) => service.request('POST', '/api/cart/items', { body: { sku, quantity }, ...more })

describe('a guest', () => {
  it('gets a cart and its secret with the first thing put into it', async () => {
    const first = await put('mug', 2)
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ sku: 'mug', quantity: 2, version: 2 })
    expect(first.headers['x-cart-token']).toBe(first.body.token)
    const shown = await service.request('GET', '/api/cart', { headers: { 'x-cart-token': first.body.token } })
    expect(shown.body).toMatchObject({ id: first.body.cartId, units: 2, subtotal: { amount: 2500, currency: 'EUR' }, orderable: true })
    const second = await put('mug', 1, { headers: { 'x-cart-token': first.body.token } })
    expect(second.body).toMatchObject({ cartId: first.body.cartId, quantity: 3, token: null })
  })
})
