import { expect, test } from 'vitest'
import type { Seen } from './shoppers.ts'
import { sightOf, watchShoppers } from './sightings.ts'

const answer = (status: number, body: object = {}, path = '/api/orders') => sightOf({ path, reply: { status, body } })

test('a refusal with a reason is no error to a shopper, everything else that is no order is, with its kind', () => {
  expect(answer(201, { status: 'CONFIRMED' })).toBe('order')
  expect(answer(201, { status: 'PENDING' })).toBe('waiting')
  expect(answer(200, {}, '/api/cart/items')).toBe('fine')
  expect(answer(402, { code: 'orders/payment-declined' })).toBe('fine')
  expect(answer(409, { code: 'orders/out-of-stock' })).toBe('fine')
  expect(answer(409, { code: 'orders/not-open' }, '/api/orders/1/confirm')).toBe('fine')
  expect(answer(503, { code: 'gateway/unavailable' })).toBe('error: 503 gateway/unavailable')
  expect(answer(404)).toBe('error: 404')
  expect(sightOf({ path: '/api/orders', error: { code: 'ECONNRESET' } })).toBe('error: no answer (ECONNRESET)')
})

const order = (begun: number, ended: number, id = 'one'): Seen => ({
  begun,
  ended,
  path: '/api/orders',
  reply: { status: 201, body: { id, status: 'CONFIRMED' } },
})

test('the first order after a fault is one that was begun after it, and not one that only ended after it', async () => {
  const { onSeen, firstOrder } = watchShoppers()
  onSeen(order(90, 110, 'begun before'))
  const first = firstOrder(100, 10_000)
  onSeen({ begun: 105, ended: 120, path: '/api/orders', error: { code: 'ECONNRESET' } })
  onSeen(order(130, 150, 'begun after'))
  expect(await first).toEqual({ orderId: 'begun after', at: 150 })
  expect(await firstOrder(200, 1)).toBeUndefined()
})

test('the longest time without an order counts from the blow and to the last look', () => {
  const { onSeen, between } = watchShoppers()
  for (const ended of [50, 110, 400, 450]) onSeen(order(0, ended))
  onSeen({ begun: 0, ended: 200, path: '/api/orders', error: { name: 'TimeoutError' } })
  expect(between(100, 500)).toEqual({ counts: { order: 3, 'error: no answer (TimeoutError)': 1 }, longestWithout: 290 })
  expect(between(100, 2000).longestWithout).toBe(1550)
})
