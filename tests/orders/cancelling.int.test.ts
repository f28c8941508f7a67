import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { asGuest, dispatched, movesIn } from './moves.fixture.ts'
import { brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const { cancel, patchStatus, statusOf, timeline, typesOf, recover, orderIn } = movesIn(() => shop)
/** Goes on with what was begun for the order, without waiting until it is due or its lease ends. */
const goOn = async (id: string) => {
  await shop.service.db.sql`update processes set due_at = now(), lease_until = now() where id = ${id} and status = 'running'`
  await recover()
}

describe('cancelling', () => {
  it('a confirmed order gives back money, stock and stops the parcel, once', async () => {
    const before = shop.world.goods.get('mug')!.stock
    const placed = await shop.order()
    const { id } = placed.body
    expect(await cancel(id, asGuest(placed))).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', cancelReason: 'customer', version: 3 },
    })
    expect((await cancel(id, asGuest(placed))).body.version).toBe(3)
    expect(shop.world.money.get(id)!.givenBack).toBe(1740)
    expect(shop.world.parcels.get(id)!.state).toBe('stopped')
    expect(shop.world.goods.get('mug')!.stock).toBe(before)
    expect(await typesOf(id)).toEqual([
      'OrderCreated.v1',
      'OrderConfirmed.v1',
      'OrderStatusUpdated.v1',
      'OrderCancelled.v1',
      'OrderStatusUpdated.v1',
    ])
  })

  it('an order that waits for its payment gives the stock back', async () => {
    const before = shop.world.goods.get('mug')!.stock
    const ann = somebody()
    const { body } = await shop.order({ paymentMethodId: undefined }, { as: ann })
    expect(shop.world.goods.get('mug')!.stock).toBe(before - 1)
    const answer = await shop.service.request('POST', `/api/orders/${body.id}/cancel`, {
      as: ann,
      body: { reason: 'found it cheaper' },
    })
    expect(answer.body.status).toBe('CANCELLED')
    expect(shop.world.goods.get('mug')!.stock).toBe(before)
    expect((await shop.service.request('GET', `/api/orders/${body.id}/notes`, { as: staff })).body.items).toMatchObject([
      { author: 'customer', text: 'found it cheaper' },
    ])
    expect(
      await shop.service.request('PUT', `/api/orders/${body.id}/confirm?paymentMethodId=tok_approve`, { as: ann }),
    ).toMatchObject({ status: 409, body: { code: 'orders/not-open' } })
  })

  it('needs no body', async () => {
    const placed = await shop.order()
    expect((await shop.service.request('PUT', `/api/orders/${placed.body.id}/cancel`, asGuest(placed))).body.status).toBe(
      'CANCELLED',
    )
  })

  it('is too late once the parcel has left, even if nobody has told the order yet', async () => {
    for (const status of ['SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED']) {
      const id = await orderIn(status)
      expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'orders/too-late' } })
      expect(shop.world.money.get(id)!.givenBack).toBe(0)
    }
    const { body } = await shop.order()
    shop.world.parcels.get(body.id)!.state = 'gone'
    expect((await cancel(body.id)).status).toBe(409)
    expect(await statusOf(body.id)).toBe('CONFIRMED')
  })

  it('S13: ten times at once ends in one cancellation', async () => {
    const { body } = await shop.order()
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(body.id)))
    expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true)
    await recover()
    expect(await statusOf(body.id)).toBe('CANCELLED')
    expect((await timeline(body.id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'CANCELLED'])
    expect(shop.world.money.get(body.id)!.givenBack).toBe(1740)
  })

  it('goes on after a step of it failed', async () => {
    const { body } = await shop.order()
    shop.world.failOnce.add('inventory.release')
    expect((await cancel(body.id)).status).toBe(503)
    await goOn(body.id)
    expect(await statusOf(body.id)).toBe('CANCELLED')
    expect((await cancel(body.id)).status).toBe(200)
  })

  it('is too late when the parcel left before its checkout could confirm the order: it is confirmed, then shipped', async () => {
    const id = await orderIn('PENDING')
    await shop.service.deliver(dispatched(id))
    expect((await timeline(id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED'])
    expect((await typesOf(id)).filter((type) => type === 'OrderConfirmed.v1' || type === 'OrderShipped.v1')).toHaveLength(2)
    expect((await cancel(id)).status).toBe(409)
  })

  it('races with shipping, and one of the two wins', async () => {
    for (let time = 0; time < 10; time += 1) {
      const { body } = await shop.order()
      await Promise.all([cancel(body.id), shop.service.deliver(dispatched(body.id))])
      await recover()
      const history = (await timeline(body.id)).map(({ to }) => to)
      expect([
        ['PENDING', 'CONFIRMED', 'CANCELLED'],
        ['PENDING', 'CONFIRMED', 'SHIPPED'],
      ]).toContainEqual(history)
    }
  })
})

describe('an order that is cancelled and said to have left at the same moment', () => {
  /** Both have seen the order CONFIRMED before either may lock it; who came first is let in first. */
  async function inThisOrder(id: string, ...asks: (() => ReturnType<typeof cancel>)[]) {
    const { admin } = shop.service.database
    const answers: ReturnType<typeof cancel>[] = []
    await admin.begin(async (tx) => {
      await tx`select 1 from orders.orders o where o.id = ${id} for update`
      for (const ask of asks) {
        answers.push(ask())
        await eventually(async () => {
          const waiting =
            await admin`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
          expect(waiting).toHaveLength(answers.length)
        })
      }
    })
    return await Promise.all(answers)
  }

  it('is not said to be shipped while its cancellation is under way', async () => {
    const { body } = await shop.order()
    shop.world.failOnce.add('delivery.cancelShipments')
    expect((await cancel(body.id)).status).toBe(503)
    expect(await statusOf(body.id)).toBe('CONFIRMED')
    expect(await patchStatus(body.id, 'SHIPPED')).toMatchObject({ status: 409, body: { code: 'orders/illegal-move' } })
    await goOn(body.id)
    expect((await timeline(body.id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'CANCELLED'])
    expect(shop.world.money.get(body.id)!.givenBack).toBe(1740)
  })

  it('is cancelled and not shipped when the cancellation comes first', async () => {
    const { id } = (await shop.order()).body
    const [cancelled, shipped] = await inThisOrder(
      id,
      () => cancel(id),
      () => patchStatus(id, 'SHIPPED'),
    )
    expect(shipped).toMatchObject({ status: 409, body: { code: 'orders/illegal-move' } })
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'CANCELLED' } })
    expect((await timeline(id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'CANCELLED'])
    expect(shop.world.money.get(id)!.givenBack).toBe(1740)
  })

  it('is shipped and not cancelled when it leaves first, and no money goes back', async () => {
    const { id } = (await shop.order()).body
    const [shipped, cancelled] = await inThisOrder(
      id,
      () => patchStatus(id, 'SHIPPED'),
      () => cancel(id),
    )
    expect(shipped).toMatchObject({ status: 200, body: { status: 'SHIPPED' } })
    expect(cancelled).toMatchObject({ status: 409, body: { code: 'orders/too-late' } })
    await goOn(id)
    expect((await timeline(id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED'])
    expect(shop.world.money.get(id)!.givenBack).toBe(0)
    expect(shop.world.parcels.get(id)!.state).toBe('planned')
  })
})
