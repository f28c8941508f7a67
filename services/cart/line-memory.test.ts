import { describe, expect, it } from 'vitest'
import { createLineMemory } from './line-memory.ts'

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ sku: `sku-${index}`, productId: 'p', quantity: 1 }))

describe('lines of carts that were shown', () => {
  it('are the last ones that were read', () => {
    const memory = createLineMemory()
    memory.set('ann', { cartId: 'a', version: 2, lines: lines(1) })
    memory.set('ann', { cartId: 'a', version: 3, lines: lines(2) })
    expect(memory.get('ann')).toMatchObject({ version: 3, lines: lines(2) })
    expect(memory.get('bob')).toBeUndefined()
  })

  it('take a bounded room, however many carts there are', () => {
    const memory = createLineMemory(100)
    for (let cart = 0; cart < 1000; cart += 1)
      memory.set(`guest ${cart % 500}`, { cartId: 'c', version: cart, lines: lines(cart % 10) })
    const kept = Array.from({ length: 500 }, (_, cart) => memory.get(`guest ${cart}`)).filter((known) => known !== undefined)
    expect(kept.reduce((sum, known) => sum + known.lines.length + 1, 0)).toBeLessThanOrEqual(100)
    expect(kept.length).toBeGreaterThan(5)
    expect(memory.get('guest 499')).toBeDefined()
  })
})
