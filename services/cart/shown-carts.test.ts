import { describe, expect, it } from 'vitest'
import type { CartRow } from './queries/show-cart.ts'
import { createShownCarts, isAsBefore, type Priced, type ShownCart } from './shown-carts.ts'

const line = { sku: 'mug', productId: 'p', quantity: 2 }
const mug = { sku: 'mug', unitPrice: 995 } as Priced['lines'][number]
const level = { sku: 'mug', available: 5, backorder: false }
const row: CartRow = {
  id: 'c',
  user_id: null,
  channel: 'web',
  locale: 'en',
  version: 3,
  changed: false,
  coupon_codes: [],
  expires_at: new Date(1_000_000),
  lines: [line],
}
const priced: Priced = { currency: 'EUR', pricesIncludeTax: true, lines: [mug], refused: [] }
const shown = (bytes: number): ShownCart => ({
  row,
  priced,
  levels: [level],
  skus: ['mug'],
  basket: [{ sku: 'mug', quantity: 2 }],
  bytes: { json: Buffer.alloc(bytes), etag: '"3"' },
})

describe('a cart that was shown before', () => {
  it('is the same while its row, its lines, their prices and their stock are', () => {
    expect(isAsBefore(shown(1), { ...row, expires_at: new Date(1_000_000) }, { ...priced, lines: [mug] }, [level])).toBe(true)
  })

  const changes: readonly [what: string, row: Partial<CartRow>, priced?: Partial<Priced>, levels?: object[]][] = [
    ['its version', { version: 4 }],
    ['its lines', { lines: [line] }],
    ['that something in it changed', { changed: true }],
    ['how long it lives', { expires_at: new Date(1_060_000) }],
    ['a coupon', { coupon_codes: ['TEN'] }],
    ['a price', {}, { lines: [{ ...mug }] }],
    ['that something is not on sale any more', {}, { lines: [] }],
    ['the currency', {}, { currency: 'SEK' }],
    ['stock', {}, {}, [{ ...level }]],
  ]
  it.each(changes)('is another one when %s is another one', (_, changed, prices = {}, levels = [level]) => {
    expect(isAsBefore(shown(1), { ...row, ...changed }, { ...priced, ...prices }, levels as (typeof level)[])).toBe(false)
  })

  it('takes a bounded room, however many carts are looked at', () => {
    const memory = createShownCarts(100_000)
    for (let cart = 0; cart < 1000; cart += 1) memory.set(`cart ${cart}`, shown(5000))
    const kept = Array.from({ length: 1000 }, (_, cart) => memory.get(`cart ${cart}`)).filter((one) => one !== undefined)
    expect(kept.length).toBeGreaterThan(10)
    expect(kept.length).toBeLessThanOrEqual(20)
    expect(memory.get('cart 999')).toBeDefined()
  })
})
