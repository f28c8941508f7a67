import { describe, expect, it } from 'vitest'
import { createSkuFacts } from './sku-facts.ts'

function shop() {
  const calls: string[] = []
  const world = { now: 0, available: 5, onSale: true }
  const facts = createSkuFacts({
    priceMemoryMs: 30_000,
    stockMemoryMs: 2_000,
    now: () => world.now,
    products: {
      price: async ({ lines }) => {
        calls.push(`price ${lines.map((line) => line.sku).join('+')}`)
        return {
          currency: 'EUR',
          pricesIncludeTax: true,
          lines: world.onSale ? lines.map((line) => ({ sku: line.sku, productId: 'p' }) as never) : [],
          refused: [],
        }
      },
    },
    inventory: {
      availability: async ({ skus }) => {
        calls.push(`stock ${skus.join('+')}`)
        return { levels: skus.map((sku) => ({ sku, available: world.available, backorder: sku === 'made-to-order' })) }
      },
    },
  })
  return { facts, calls, world }
}

describe('what is known about a SKU', () => {
  it('is asked once for many shoppers of the same moment', async () => {
    const { facts, calls } = shop()
    await Promise.all(['mug', 'tea', 'mug', 'mug'].map((sku) => facts.get('web', sku)))
    expect(calls).toEqual(['price mug+tea', 'stock mug+tea'])
  })

  it('is remembered for a short time: stock shorter than the rest', async () => {
    const { facts, calls, world } = shop()
    await facts.get('web', 'mug')
    world.now = 1_999
    await facts.get('web', 'mug')
    expect(calls).toHaveLength(2)
    world.now = 2_001
    world.available = 1
    expect(await facts.get('web', 'mug')).toMatchObject({ available: 1 })
    expect(calls).toEqual(['price mug', 'stock mug', 'stock mug'])
  })

  it('is remembered longer where there is plenty', async () => {
    const { facts, calls, world } = shop()
    world.available = 1_000
    await facts.get('web', 'mug')
    world.now = 29_999
    await facts.get('web', 'mug')
    expect(calls).toHaveLength(2)
  })

  it('is asked again when an event says that it changed, or before somebody is refused', async () => {
    const { facts, calls, world } = shop()
    await facts.get('web', 'mug')
    world.onSale = false
    facts.invalidate('mug')
    expect(await facts.get('web', 'mug')).toMatchObject({ productId: null })
    await facts.get('web', 'mug', { fresh: true })
    expect(calls).toHaveLength(6)
  })

  it('sets no limit where back-orders are taken', async () => {
    expect(await shop().facts.get('web', 'made-to-order')).toMatchObject({ available: null })
  })
})
