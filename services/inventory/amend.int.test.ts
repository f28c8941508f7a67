import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '#kit/testing/service.ts'
import { expectInvariants, levelOf, reserve, startInventory, stockUp } from './testing.ts'

let service: TestService
beforeAll(async () => {
  service = await startInventory()
})
afterAll(() => service.close())
afterEach(() => expectInvariants(service))

const amend = (orderId: string, lines: { sku: string; quantity: number }[]) =>
  service.call<{ outcome: string; skus?: object[] }>('amend', { orderId, lines })
const commit = (orderId: string) => service.call('commit', { orderId })

describe.each(['held', 'sold'])('an order whose goods are %s', (state) => {
  const holding = async (lines: { sku: string; quantity: number }[]) => {
    const { orderId } = await reserve(service, lines)
    if (state === 'sold') await commit(orderId)
    return orderId
  }
  /** units on the shelf and promised, when `mine` of `all` are the order's */
  const left = (all: number, mine: number) =>
    state === 'sold' ? { onHand: all - mine, reserved: 0, owed: 0 } : { onHand: all, reserved: mine, owed: 0 }

  it('gets more, less and other goods, and asking again changes nothing', async () => {
    const [mug, tea] = [await stockUp(service, 10), await stockUp(service, 10)]
    const orderId = await holding([{ sku: mug, quantity: 3 }])
    for (let time = 0; time < 2; time += 1) {
      expect(await amend(orderId, [{ sku: mug, quantity: 1 }, { sku: tea, quantity: 4 }])).toEqual({ outcome: 'amended' }) // biome-ignore format: one line an order
      expect([await levelOf(service, mug), await levelOf(service, tea)]).toEqual([left(10, 1), left(10, 4)])
    }
    await amend(orderId, [{ sku: mug, quantity: 10 }])
    expect([await levelOf(service, mug), await levelOf(service, tea)]).toEqual([left(10, 10), left(10, 0)])
  })

  it('gets all of the change or nothing of it', async () => {
    const [mug, tea] = [await stockUp(service, 10), await stockUp(service, 1)]
    const orderId = await holding([{ sku: mug, quantity: 3 }])
    expect(
      await amend(orderId, [
        { sku: mug, quantity: 5 },
        { sku: tea, quantity: 2 },
      ]),
    ).toEqual({
      outcome: 'out-of-stock',
      skus: [{ sku: tea, available: 1 }],
    })
    expect([await levelOf(service, mug), await levelOf(service, tea)]).toEqual([left(10, 3), left(1, 0)])
  })

  it('never gets what somebody else has: 20 orders want one more of the last 5', async () => {
    const sku = await stockUp(service, 25)
    const orders = await Promise.all(Array.from({ length: 20 }, () => holding([{ sku, quantity: 1 }])))
    const answers = await Promise.all(orders.map((orderId) => amend(orderId, [{ sku, quantity: 2 }])))
    expect(answers.filter(({ outcome }) => outcome === 'amended')).toHaveLength(5)
    expect(await levelOf(service, sku)).toEqual(left(25, 25))
  })

  it('is served from several shelves, and gives back to them', async () => {
    const sku = await stockUp(service, 2)
    await stockUp(service, 5, { sku, warehouse: 'west' })
    const orderId = await holding([{ sku, quantity: 1 }])
    await amend(orderId, [{ sku, quantity: 7 }])
    expect(await levelOf(service, sku)).toEqual(left(7, 7))
    await amend(orderId, [{ sku, quantity: 1 }])
    expect(await levelOf(service, sku)).toEqual(left(7, 1))
  })

  it('may owe goods that can be ordered back, and gives those up first', async () => {
    const sku = await stockUp(service, 2)
    await service.db.sql`update items set allow_backorder = true where sku = ${sku}`
    const orderId = await holding([{ sku, quantity: 1 }])
    await amend(orderId, [{ sku, quantity: 5 }])
    expect(await levelOf(service, sku)).toEqual({ ...left(2, 2), owed: 3 })
    await amend(orderId, [{ sku, quantity: 2 }])
    expect(await levelOf(service, sku)).toEqual(left(2, 2))
  })
})

describe('an order that holds nothing', () => {
  it('gets nothing', async () => {
    const sku = await stockUp(service, 3)
    const { orderId } = await reserve(service, [{ sku, quantity: 1 }])
    await service.call('release', { orderId, reason: 'test' })
    expect(await amend(orderId, [{ sku, quantity: 2 }])).toEqual({ outcome: 'ended' })
    expect(await levelOf(service, sku)).toEqual({ onHand: 3, reserved: 0, owed: 0 })
  })
})

describe('an order that is given up', () => {
  it('gives back what it held or was sold, once', async () => {
    const sku = await stockUp(service, 5)
    for (const sold of [false, true]) {
      const lines = [{ sku, quantity: 2 }]
      const { orderId } = await reserve(service, lines)
      if (sold) await commit(orderId)
      for (let time = 0; time < 2; time += 1) await service.call('giveBack', { orderId, lines, reason: 'test' })
      expect(await levelOf(service, sku)).toEqual({ onHand: 5, reserved: 0, owed: 0 })
    }
  })
})
