import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { invariants } from './invariants.ts'
import { reconcile } from './jobs/reconcile.ts'
import { onOrderCancelled } from './reactions/on-order-cancelled.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments()
})
afterAll(() => shop.close())
afterEach(async () => {
  for (const { name, sql } of invariants) expect({ name, rows: [...(await shop.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
})

const pay = (token: string, orderId: string, more: { capture?: boolean; amount?: number; attempt?: number } = {}) =>
  shop.rpc.authorize({
    orderId, attempt: more.attempt ?? 1, amount: { amount: more.amount ?? 1000, currency: 'EUR' }, paymentMethodId: token, capture: more.capture ?? true, customerId: null,
  }) // biome-ignore format: one call
const refund = (orderId: string, amount: number, refundId = uuidv7()) =>
  shop.rpc.refund({ orderId, refundId, amount: { amount, currency: 'EUR' }, reason: 'broken' })
const heal = () => reconcile(shop.deps, AbortSignal.timeout(5000))

describe('refunds', () => {
  it('S13: of ten per cent, fifty at once: exactly ten are made', async () => {
    const orderId = uuidv7()
    await pay('tok_approve', orderId)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => refund(orderId, 100)))
    expect(outcomes.filter(({ outcome }) => outcome === 'refunded')).toHaveLength(10)
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toHaveLength(40)
    expect(await shop.takenAtGateway(orderId)).toBe(0n)
    expect((await shop.eventTypes(orderId)).filter((type) => type === 'RefundIssued.v1')).toHaveLength(10)
  })

  it('happen once however often the same one is asked for', async () => {
    const orderId = uuidv7()
    await pay('tok_approve', orderId)
    const id = uuidv7()
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => refund(orderId, 300, id)))
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['refunded']))
    await heal()
    expect(await shop.takenAtGateway(orderId)).toBe(700n)
    expect((await shop.eventTypes(orderId)).filter((type) => type === 'RefundIssued.v1')).toHaveLength(1)
  })

  it('of money that is only set aside, or in another currency, are refused', async () => {
    const orderId = uuidv7()
    await pay('tok_approve', orderId, { capture: false })
    expect(await refund(orderId, 1)).toMatchObject({ outcome: 'refused' })
    const other = uuidv7()
    await pay('tok_approve', other)
    expect(
      await shop.rpc.refund({ orderId: other, refundId: uuidv7(), amount: { amount: 1, currency: 'USD' }, reason: 'x' }),
    ).toMatchObject({ outcome: 'refused' })
  })
})

describe('undoing the payment of an order', () => {
  it('lets money go that was set aside, gives back money that was taken, and does neither twice', async () => {
    const held = uuidv7()
    await pay('tok_approve', held, { capture: false })
    expect(await shop.rpc.undo({ orderId: held, reason: 'customer' })).toEqual({ outcome: 'voided' })
    const taken = uuidv7()
    await pay('tok_approve', taken)
    await refund(taken, 400)
    const undone = await Promise.all(Array.from({ length: 5 }, () => shop.rpc.undo({ orderId: taken, reason: 'customer' })))
    expect(undone.every(({ outcome }) => outcome === 'refunded' || outcome === 'pending')).toBe(true)
    expect(await shop.rpc.undo({ orderId: taken, reason: 'customer' })).toEqual({ outcome: 'refunded' })
    expect(await shop.takenAtGateway(taken)).toBe(0n)
    expect(await shop.eventTypes(held)).toEqual(['PaymentAuthorized.v1', 'PaymentVoided.v1'])
    expect(await shop.eventTypes(taken)).toEqual(['PaymentProcessed.v1', 'RefundIssued.v1', 'RefundIssued.v1'])
  })

  it('finds nothing to do where nothing was paid, and keeps a late request from taking money', async () => {
    const orderId = uuidv7()
    expect(await shop.rpc.undo({ orderId, reason: 'customer' })).toEqual({ outcome: 'nothing' })
    expect(await pay('tok_approve', orderId)).toMatchObject({ outcome: 'declined', reason: 'customer' })
    expect(await shop.takenAtGateway(orderId)).toBe(0n)
  })

  it('at the very moment the money is taken leaves no money behind', async () => {
    for (let round = 0; round < 20; round += 1) {
      const orderId = uuidv7()
      await Promise.all([pay('tok_approve', orderId), shop.rpc.undo({ orderId, reason: 'customer' })])
      await heal()
      expect(await shop.takenAtGateway(orderId)).toBe(0n)
    }
  })

  it('is seen by a payment that was being stored unseen while the order was undone', async () => {
    const orderId = uuidv7()
    await shop.db.tx(async (tx) => {
      await tx`
        insert into payments (id, order_id, attempt, method, token, gateway, gateway_key, state, currency, amount, capture_now)
        values (${uuidv7()}, ${orderId}, 1, 'card', 'tok_approve', 'simulated', ${`${orderId}:1`}, 'created', 'EUR', 1000, true)`
      expect(await shop.rpc.undo({ orderId, reason: 'payment-timeout' })).toEqual({ outcome: 'nothing' })
    })
    expect(await pay('tok_approve', orderId)).toMatchObject({ outcome: 'declined', reason: 'payment-timeout' })
    expect(await shop.takenAtGateway(orderId)).toBe(0n)
  })

  it('stops a challenge and an open decision', async () => {
    const challenged = uuidv7()
    expect(await pay('tok_challenge', challenged)).toMatchObject({ outcome: 'challenge' })
    expect(await shop.rpc.undo({ orderId: challenged, reason: 'payment-timeout' })).toEqual({ outcome: 'voided' })
    const open = uuidv7()
    expect(await pay('tok_async', open)).toMatchObject({ outcome: 'pending' })
    expect(await shop.rpc.undo({ orderId: open, reason: 'payment-timeout' })).toEqual({ outcome: 'voided' })
  })

  it('happens when the order is cancelled, once, in the background', async () => {
    const orderId = uuidv7()
    await pay('tok_approve', orderId)
    const event = OrderCancelled({
      orderId,
      number: 'ORD-1',
      channel: 'web',
      customerId: null,
      locale: 'en',
      imported: false,
      reason: 'staff',
      lines: [],
    })
    const delivered = { data: event.data } as never
    for (let times = 0; times < 2; times += 1) await shop.db.tx((tx) => onOrderCancelled.handle(delivered, { tx }))
    await heal()
    await heal()
    expect(await shop.takenAtGateway(orderId)).toBe(0n)
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1', 'RefundIssued.v1'])
  })
})

describe('the ledger', () => {
  it('balances after any sequence of payments, captures, refunds and undos', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('pay' as const),
        token: fc.constantFrom('tok_approve', 'tok_decline', 'tok_async', 'invoice'),
        capture: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('capture' as const) }),
      fc.record({ kind: fc.constant('refund' as const), amount: fc.integer({ min: 1, max: 600 }) }),
      fc.record({ kind: fc.constant('undo' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const orderId = uuidv7()
        let attempt = 0
        for (const action of steps) {
          if (action.kind === 'pay') await pay(action.token, orderId, { capture: action.capture, attempt: ++attempt })
          if (action.kind === 'capture') await shop.rpc.capture({ orderId }).catch(() => undefined)
          if (action.kind === 'refund') await refund(orderId, action.amount)
          if (action.kind === 'undo') await shop.rpc.undo({ orderId, reason: 'test' })
        }
        const balances = await shop.ledger(orderId)
        expect(Object.values(balances).reduce((sum, amount) => sum + amount, 0n)).toBe(0n)
        expect(-(balances.orders ?? 0n)).toBeGreaterThanOrEqual(0n)
        if (!('gateway:offline' in balances)) expect(await shop.takenAtGateway(orderId)).toBe(balances['gateway:simulated'] ?? 0n)
      }),
      { numRuns: 60 },
    )
  })

  it('S32: refuses entries that do not balance, and changes to entries', async () => {
    const book = shop.db
      .sql`insert into ledger_entries (tx_id, payment_id, kind, account, amount, currency) values (${uuidv7()}, ${uuidv7()}, 'capture', 'orders', 5, 'EUR')`
    await expect(book).rejects.toMatchObject({ code: '23514' })
    await pay('tok_approve', uuidv7())
    await expect(shop.db.sql`update ledger_entries set amount = amount + 1`).rejects.toMatchObject({ code: '42501' })
    await expect(shop.db.sql`delete from ledger_entries`).rejects.toMatchObject({ code: '42501' })
    await expect(shop.database.admin`delete from payments.ledger_entries`).rejects.toMatchObject({ code: '23514' })
  })
})
