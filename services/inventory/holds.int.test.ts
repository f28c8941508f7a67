import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '#kit/testing/service.ts'
import { reserveAll } from './holds.ts'
import { expectInvariants, levelOf, outcomes, outOfTime, reserve, startInventory, stockUp } from './testing.ts'

let service: TestService
beforeAll(async () => {
  service = await startInventory()
})
afterAll(async () => {
  await expectInvariants(service)
  await service.close()
})

const commit = (orderId: string) => service.call<{ outcome: string }>('commit', { orderId })
const release = (orderId: string) => service.call<{ outcome: string }>('release', { orderId, reason: 'test' })

describe('a hold', () => {
  it('sums two lines of the same SKU before it looks at the shelf', async () => {
    const sku = await stockUp(service, 3)
    expect(
      await reserve(service, [
        { sku, quantity: 2 },
        { sku, quantity: 2 },
      ]),
    ).toMatchObject({ outcome: 'out-of-stock', skus: [{ sku, available: 3 }] })
    expect(
      await reserve(service, [
        { sku, quantity: 1 },
        { sku, quantity: 2 },
      ]),
    ).toMatchObject({ outcome: 'reserved' })
    expect(await levelOf(service, sku)).toMatchObject({ reserved: 3 })
  })

  it('takes all lines or none', async () => {
    const [plenty, scarce] = [await stockUp(service, 10), await stockUp(service, 1)]
    expect(
      (
        await reserve(service, [
          { sku: plenty, quantity: 5 },
          { sku: scarce, quantity: 2 },
        ])
      ).outcome,
    ).toBe('out-of-stock')
    expect(await levelOf(service, plenty)).toMatchObject({ reserved: 0 })
  })

  it('is the same hold however often it is asked for', async () => {
    const sku = await stockUp(service, 10)
    const first = await reserve(service, [{ sku, quantity: 4 }])
    const again = await Promise.all(
      Array.from({ length: 20 }, () => reserve(service, [{ sku, quantity: 4 }], { orderId: first.orderId })),
    )
    expect(new Set(again.map((answer) => answer.expiresAt))).toEqual(new Set([first.expiresAt]))
    expect(await levelOf(service, sku)).toMatchObject({ reserved: 4 })
  })

  it('is granted once when the same order asks many times at once', async () => {
    const sku = await stockUp(service, 10)
    const orderId = randomUUID()
    await Promise.all(
      Array.from({ length: 30 }, () =>
        reserveAll(service.db.sql, [{ order: orderId, ttl: 60, warehouses: null, lines: [{ sku, quantity: 4 }] }]),
      ),
    )
    expect(await levelOf(service, sku)).toMatchObject({ reserved: 4 })
  })

  it('becomes a sale once, and a sale cannot be let go', async () => {
    const sku = await stockUp(service, 10)
    const { orderId } = await reserve(service, [{ sku, quantity: 4 }])
    expect(outcomes(await Promise.all(Array.from({ length: 10 }, () => commit(orderId))))).toEqual({ committed: 10 })
    expect(await levelOf(service, sku)).toEqual({ onHand: 6, reserved: 0, owed: 0 })
    expect(await release(orderId)).toEqual({ outcome: 'committed' })
    expect(await levelOf(service, sku)).toMatchObject({ onHand: 6 })
  })

  it('goes back to the shelf once', async () => {
    const sku = await stockUp(service, 10)
    const { orderId } = await reserve(service, [{ sku, quantity: 4 }])
    expect(outcomes(await Promise.all(Array.from({ length: 10 }, () => release(orderId))))).toEqual({ released: 10 })
    expect(await levelOf(service, sku)).toMatchObject({ reserved: 0 })
    expect(await reserve(service, [{ sku, quantity: 4 }], { orderId })).toMatchObject({ outcome: 'ended' })
    expect(await commit(orderId)).toEqual({ outcome: 'expired' })
  })

  it('is not given to an order that was let go before it asked', async () => {
    const sku = await stockUp(service, 10)
    const orderId = randomUUID()
    expect(await release(orderId)).toEqual({ outcome: 'nothing-held' })
    expect(await reserve(service, [{ sku, quantity: 1 }], { orderId })).toMatchObject({ outcome: 'ended' })
    expect(await commit(randomUUID())).toEqual({ outcome: 'unknown' })
  })

  it('lasts longer when the payment waits for the customer', async () => {
    const sku = await stockUp(service, 1)
    const hold = await reserve(service, [{ sku, quantity: 1 }], { ttlSeconds: 5 })
    expect(await service.call('extend', { orderId: hold.orderId, ttlSeconds: 3600 })).toEqual({ extended: true })
    const again = await reserve(service, [{ sku, quantity: 1 }], { orderId: hold.orderId })
    expect(Date.parse(again.expiresAt!) - Date.parse(hold.expiresAt!)).toBeGreaterThan(3_000_000)
    expect(await service.call('extend', { orderId: randomUUID(), ttlSeconds: 60 })).toEqual({ extended: false })
  })
})

describe('a hold that runs out of time', () => {
  it('goes back to the shelf exactly once, and the shop is told once', async () => {
    const sku = await stockUp(service, 10)
    const holds = await Promise.all(Array.from({ length: 5 }, () => reserve(service, [{ sku, quantity: 2 }])))
    for (const { orderId } of holds) await outOfTime(service, orderId)
    await Promise.all(Array.from({ length: 4 }, () => service.runJob('expire-holds')))
    expect(await levelOf(service, sku)).toMatchObject({ onHand: 10, reserved: 0 })
    const told = (await service.events('ReservationExpired.v1')).map((event) => event.subject)
    for (const { orderId } of holds) expect(told.filter((subject) => subject === orderId)).toHaveLength(1)
  })

  it('is sold all the same when the payment comes and the stock is still there', async () => {
    const sku = await stockUp(service, 3)
    const { orderId } = await reserve(service, [{ sku, quantity: 3 }])
    await outOfTime(service, orderId)
    await service.runJob('expire-holds')
    expect(await commit(orderId)).toEqual({ outcome: 'committed' })
    expect(await levelOf(service, sku)).toEqual({ onHand: 0, reserved: 0, owed: 0 })
  })

  it('is not sold when somebody else has the stock by then', async () => {
    const sku = await stockUp(service, 3)
    const late = await reserve(service, [{ sku, quantity: 3 }])
    await outOfTime(service, late.orderId)
    await service.runJob('expire-holds')
    const quick = await reserve(service, [{ sku, quantity: 1 }])
    expect(await commit(late.orderId)).toEqual({ outcome: 'expired' })
    await release(quick.orderId)
    expect(await commit(late.orderId)).toEqual({ outcome: 'committed' })
  })

  it('is not revived after the order was cancelled', async () => {
    const sku = await stockUp(service, 3)
    const { orderId } = await reserve(service, [{ sku, quantity: 3 }])
    await outOfTime(service, orderId)
    await service.runJob('expire-holds')
    expect(await release(orderId)).toEqual({ outcome: 'nothing-held' })
    expect(await commit(orderId)).toEqual({ outcome: 'expired' })
    expect(await levelOf(service, sku)).toEqual({ onHand: 3, reserved: 0, owed: 0 })
  })

  it('ends in one way only when payment and clock meet', async () => {
    const sku = await stockUp(service, 40)
    const holds = await Promise.all(Array.from({ length: 40 }, () => reserve(service, [{ sku, quantity: 1 }])))
    for (const { orderId } of holds) await outOfTime(service, orderId)
    const [answers] = await Promise.all([
      Promise.all(holds.map(({ orderId }) => commit(orderId))),
      service.runJob('expire-holds'),
      service.runJob('expire-holds'),
    ])
    expect(outcomes(answers)).toEqual({ committed: 40 })
    expect(await levelOf(service, sku)).toEqual({ onHand: 0, reserved: 0, owed: 0 })
  })
})

describe('several warehouses', () => {
  it('serves a channel from its first warehouse that has the whole line, and splits only when none has', async () => {
    const sku = await stockUp(service, 5)
    await stockUp(service, 3, { sku, warehouse: 'west' })
    const lines = async (orderId: string) =>
      await service.db
        .sql`select l.warehouse, l.quantity from reservation_lines l where l.order_id = ${orderId} order by l.warehouse`
    const small = await reserve(service, [{ sku, quantity: 2 }], { channel: 'west-first' })
    expect(await lines(small.orderId)).toEqual([{ warehouse: 'west', quantity: 2 }])
    const large = await reserve(service, [{ sku, quantity: 4 }], { channel: 'west-first' })
    expect(await lines(large.orderId)).toEqual([{ warehouse: 'main', quantity: 4 }])
    const split = await reserve(service, [{ sku, quantity: 2 }], { channel: 'west-first' })
    expect(await lines(split.orderId)).toEqual([
      { warehouse: 'main', quantity: 1 },
      { warehouse: 'west', quantity: 1 },
    ])
  })
})

describe('back-orders', () => {
  it('promises what is not there yet, serves the promise first when goods come, and writes it off when the order is cancelled', async () => {
    const sku = await stockUp(service, 2)
    await service.db.sql`update items i set allow_backorder = true where i.sku = ${sku}`
    const sold = await reserve(service, [{ sku, quantity: 5 }])
    const held = await reserve(service, [{ sku, quantity: 2 }])
    expect(await levelOf(service, sku)).toEqual({ onHand: 2, reserved: 2, owed: 5 })
    expect(await commit(sold.orderId)).toEqual({ outcome: 'committed' })
    await stockUp(service, 4, { sku })
    await service.runJob('serve-back-orders')
    expect(await levelOf(service, sku)).toEqual({ onHand: 1, reserved: 1, owed: 1 })
    await release(held.orderId)
    expect(await levelOf(service, sku)).toEqual({ onHand: 1, reserved: 0, owed: 0 })
  })
})

describe('returned goods', () => {
  it('go back to the shelf once per return', async () => {
    const sku = await stockUp(service, 5)
    const { orderId } = await reserve(service, [{ sku, quantity: 3 }])
    await commit(orderId)
    const back = { reference: randomUUID(), orderId, lines: [{ sku, quantity: 2 }], reason: 'return' }
    await Promise.all([service.call('restock', back), service.call('restock', back), service.call('restock', back)])
    expect(await levelOf(service, sku)).toEqual({ onHand: 4, reserved: 0, owed: 0 })
  })
})

describe('the ledger', () => {
  it('cannot be changed or shortened by the service itself', async () => {
    const { sql } = service.db
    for (const attempt of [sql`update movements set delta = 1`, sql`delete from movements`, sql`truncate movements`]) {
      await expect(attempt).rejects.toMatchObject({ code: '42501' })
    }
  })

  it('takes over history once, however often the import runs', async () => {
    const sku = `sku-${randomUUID()}`
    const movements = [
      { reference: 'old-1', sku, delta: 100, reason: 'delivery', at: '2011-01-04T10:00:00Z' },
      { reference: 'old-2', sku, delta: -30, reason: 'sale', at: '2011-02-04T10:00:00Z' },
    ]
    expect(await service.call('importMovements', { movements })).toEqual({ applied: 2 })
    expect(
      await service.call('importMovements', { movements: [...movements, { ...movements[1]!, reference: 'old-3' }] }),
    ).toEqual({ applied: 1 })
    expect(await levelOf(service, sku)).toMatchObject({ onHand: 40 })
    await expect(
      service.call('importMovements', { movements: [{ ...movements[1]!, reference: 'old-4', delta: -41 }] }),
    ).rejects.toMatchObject({ code: 'inventory/balance-below-zero' })
  })
})
