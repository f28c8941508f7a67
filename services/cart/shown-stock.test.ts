import { describe, expect, it } from 'vitest'
import { deadlineOf, until } from '#kit/core/context.ts'
import { createShownStock } from './shown-stock.ts'

function shop(memoryMs = 2000) {
  const asked: string[] = []
  const left: (number | undefined)[] = []
  const world = { now: 0, available: 5, hold: undefined as Promise<void> | undefined, down: false }
  const stock = createShownStock({
    memoryMs,
    now: () => world.now,
    inventory: {
      availability: async ({ skus }) => {
        asked.push(skus.join('+'))
        left.push(deadlineOf())
        const levels = skus.map((sku) => ({ sku, available: world.available, backorder: false }))
        await world.hold
        if (world.down) throw new Error('the database is away')
        return { levels }
      },
    },
  })
  const show = async (...skus: string[]) => (await stock('web', skus)).map(({ available }) => available)
  return { stock, show, asked, left, world }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('stock that carts show', () => {
  it('is asked once while it is young, in whatever order and cart', async () => {
    const { show, asked, world } = shop()
    expect(await show('mug', 'tea')).toEqual([5, 5])
    world.now = 250
    expect(await show('tea', 'mug')).toEqual([5, 5])
    expect(await show('tea')).toEqual([5])
    expect(asked).toEqual(['mug+tea'])
  })

  it('is renewed for whoever comes next, not in the time of who found it no longer young', async () => {
    const { show, left, world } = shop()
    await show('mug')
    world.now = 300
    await until(Date.now() + 5, () => show('mug'))
    expect(left).toEqual([undefined, undefined])
  })

  it('is never older than half a second', async () => {
    const { show, world } = shop()
    await show('mug')
    world.available = 4
    world.now = 500
    expect(await show('mug')).toEqual([4])
  })

  it('is asked for anew by whoever looks, once and without waiting, before it is too old', async () => {
    const { show, asked, world } = shop()
    await show('mug')
    world.available = 4
    world.now = 251
    expect(await Promise.all([show('mug'), show('mug')])).toEqual([[5], [5]])
    await turn()
    expect(await show('mug')).toEqual([4])
    expect(asked).toEqual(['mug', 'mug'])
  })

  it('is not counted as young from when the answer came, but from when it was asked', async () => {
    const { show, world } = shop()
    let go = (): void => undefined
    world.hold = new Promise((resolve) => (go = resolve))
    const early = show('mug')
    world.now = 400
    world.available = 4
    go()
    expect(await early).toEqual([5])
    world.now = 500
    expect(await show('mug')).toEqual([4])
  })

  it('is not made older by an answer that was asked for before', async () => {
    const { show, world } = shop()
    let go = (): void => undefined
    world.hold = new Promise((resolve) => (go = resolve))
    const early = show('mug')
    world.now = 10
    world.available = 4
    world.hold = undefined
    expect(await show('mug')).toEqual([4])
    go()
    expect(await early).toEqual([4])
    expect(await show('mug')).toEqual([4])
  })

  it('of one SKU does not wait in an answer for that of another until it is too old', async () => {
    const { show, asked, world } = shop()
    await show('mug')
    world.now = 300
    world.available = 4
    expect(await show('mug', 'tea')).toEqual([4, 4])
    expect(asked).toEqual(['mug', 'mug+tea'])
  })

  it('is refused rather than too old while the database is away, and there again afterwards', async () => {
    const { show, world } = shop()
    await show('mug')
    world.down = true
    world.now = 300
    expect(await show('mug')).toEqual([5])
    await turn()
    world.now = 500
    await expect(show('mug')).rejects.toThrow('the database is away')
    world.down = false
    world.available = 4
    expect(await show('mug')).toEqual([4])
  })

  it('is the same object until it changes, so that a cart can see that nothing has', async () => {
    const { stock, world } = shop()
    const [first] = await stock('web', ['mug'])
    world.now = 500
    const [again] = await stock('web', ['mug'])
    expect(again).toBe(first)
    world.now = 1000
    world.available = 4
    const [changed] = await stock('web', ['mug'])
    expect(changed).not.toBe(first)
    expect(first).toMatchObject({ available: 5 })
  })

  it('is asked each time where nothing may be remembered', async () => {
    const { show, asked, world } = shop(0)
    await show('mug')
    world.available = 4
    expect(await show('mug')).toEqual([4])
    expect(asked).toHaveLength(2)
  })

  it('of two channels is not mixed up', async () => {
    const { stock, world } = shop()
    await stock('web', ['mug'])
    world.available = 4
    expect(await stock('outlet', ['mug'])).toMatchObject([{ available: 4 }])
    expect(await stock('web', ['mug'])).toMatchObject([{ available: 5 }])
  })
})
