import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ReservationExpired } from '#contracts/events/inventory.ts'
import { PaymentFailed, PaymentProcessed } from '#contracts/events/payments.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { delivered, dispatched, movesIn, STATUSES, WAYS } from './moves.fixture.ts'
import { brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const { patchStatus, statusOf, timeline, typesOf, recover, orderIn } = movesIn(() => shop)
const payment = (orderId: string) => ({
  paymentId: uuidv7(),
  orderId,
  amount: { amount: 1740, currency: 'EUR' },
  method: 'card' as const,
  gateway: 'test',
  imported: false,
})

describe('the status', () => {
  it.each(STATUSES)('of an order that is %s moves only where the rules lead', async (from) => {
    for (const to of STATUSES) {
      const id = await orderIn(from)
      const answer = await patchStatus(id, to)
      if (to === from || WAYS[from].includes(to))
        expect(answer, `${from} → ${to}`).toMatchObject({ status: 200, body: { status: to } })
      else
        expect(answer, `${from} → ${to}`).toMatchObject({
          status: 409,
          body: { code: to === 'CANCELLED' ? 'orders/too-late' : 'orders/illegal-move' },
        })
    }
  })

  it('S12: cannot skip paying: nobody confirms, ships or completes what is not paid', async () => {
    for (const to of ['CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED'])
      expect((await patchStatus(await orderIn('PENDING'), to)).status).toBe(409)
  })

  it('is moved by its owner only to say that all is well', async () => {
    const ann = somebody()
    const { body } = await shop.order({}, { as: ann })
    expect(await patchStatus(body.id, 'SHIPPED', { as: ann })).toMatchObject({ status: 403, body: { code: 'orders/staff-only' } })
    expect((await patchStatus(body.id, 'COMPLETED', { as: ann })).status).toBe(409)
    await shop.service.deliver(dispatched(body.id))
    await shop.service.deliver(delivered(body.id))
    expect((await patchStatus(body.id, 'COMPLETED', { as: ann })).body.status).toBe('COMPLETED')
    expect((await timeline(body.id)).at(-1)).toMatchObject({ to: 'COMPLETED', actor: 'customer' })
    expect((await patchStatus((await shop.order({}, { as: ann })).body.id, 'CANCELLED', { as: ann })).body).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'customer',
    })
  })

  it('follows the parcels: shipped with the last one, delivered with the last one', async () => {
    const { body } = await shop.order()
    await shop.service.deliver(dispatched(body.id, 1))
    expect(await statusOf(body.id)).toBe('CONFIRMED')
    await shop.service.deliver(dispatched(body.id))
    await shop.service.deliver(dispatched(body.id))
    await shop.service.deliver(delivered(body.id, 1))
    expect(await statusOf(body.id)).toBe('SHIPPED')
    await shop.service.deliver(delivered(body.id))
    await shop.service.deliver(delivered(body.id))
    expect((await timeline(body.id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED'])
  })

  it('is moved by one of many who move it at once, and never along a way that does not exist', async () => {
    for (let time = 0; time < 5; time += 1) {
      const id = await orderIn('DELIVERED')
      const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => patchStatus(id, n % 2 ? 'COMPLETED' : 'RETURNED')))
      expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([])
      const history = (await timeline(id)).map(({ to }) => to).slice(4)
      expect([['RETURNED'], ['COMPLETED', 'RETURNED']]).toContainEqual(history)
    }
  })

  it('is completed some days after delivery', async () => {
    const [old, fresh] = [await orderIn('DELIVERED'), await orderIn('DELIVERED')]
    await shop.service.database.admin.unsafe(
      `update orders.order_history set at = now() - interval '15 days' where order_id = '${old}'`,
    )
    await shop.service.runJob('orders.complete-delivered')
    expect([await statusOf(old), await statusOf(fresh)]).toEqual(['COMPLETED', 'DELIVERED'])
    expect(await typesOf(old)).toContain('OrderCompleted.v1')
  })
})

describe('what other services tell', () => {
  it('a payment that comes in late confirms the order that waited for it', async () => {
    const { body } = await shop.order({ paymentMethodId: 'tok_pending' })
    expect(body.status).toBe('PENDING')
    await shop.service.deliver(PaymentProcessed(payment(body.id)))
    await recover()
    expect(await statusOf(body.id)).toBe('CONFIRMED')
    await shop.service.deliver(PaymentProcessed(payment(body.id)))
    await recover()
    expect((await timeline(body.id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED'])
  })

  it('a payment that fails ends the order that waited for it', async () => {
    const { body } = await shop.order({ paymentMethodId: 'tok_pending' })
    shop.world.money.get(body.id)!.state = 'declined'
    await shop.service.deliver(PaymentFailed({ ...payment(body.id), reason: 'refused by the bank' }))
    await recover()
    expect((await shop.service.request('GET', `/api/orders/${body.id}`, { as: staff })).body).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'payment-failed',
    })
  })

  it('a hold that ran out ends the order nobody paid, and leaves a paid one alone', async () => {
    const open = await shop.order({ paymentMethodId: undefined })
    const paid = await shop.order()
    for (const { body } of [open, paid]) await shop.service.deliver(ReservationExpired({ orderId: body.id }))
    await recover()
    expect([await statusOf(open.body.id), await statusOf(paid.body.id)]).toEqual(['CANCELLED', 'CONFIRMED'])
  })
})
