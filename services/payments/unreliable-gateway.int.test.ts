import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { type Gateway, GatewayUnreachable } from './gateways/gateway.ts'
import { takesMoneyBeforeTimeout } from './gateways/simulated-tokens.ts'
import { invariants } from './invariants.ts'
import { reconcile } from './jobs/reconcile.ts'
import { answerChallenge, simulateBank } from './jobs/simulated-bank.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

/** What happens to the next call of a kind, instead of or after the real thing. */
let fault: { at?: 'before-authorize' | 'after-authorize' | 'after-capture' | 'after-refund' | 'after-void' } = {}
const crash = () => {
  fault = {}
  throw new Error('connection reset')
}
const faulty = (inner: Gateway): Gateway => ({
  ...inner,
  async authorize(request, signal) {
    if (fault.at === 'before-authorize') crash()
    const answer = await inner.authorize(request, signal)
    return fault.at === 'after-authorize' ? crash() : answer
  },
  async capture(request, signal) {
    const answer = await inner.capture(request, signal)
    return fault.at === 'after-capture' ? crash() : answer
  },
  async refund(request, signal) {
    const answer = await inner.refund(request, signal)
    return fault.at === 'after-refund' ? crash() : answer
  },
  async void(request, signal) {
    const answer = await inner.void(request, signal)
    return fault.at === 'after-void' ? crash() : answer
  },
})
let down = false
const first = (inner: Gateway): Gateway => ({
  ...inner,
  name: 'first',
  methods: ['wallet'],
  async authorize(request, signal) {
    if (down) throw new GatewayUnreachable('refused')
    return inner.authorize(request, signal)
  },
})

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments({
    gateways: (simulated) => [first(simulated), faulty(simulated)],
    settings: { gatewayTimeoutMs: 250, giveUpAfterMs: 0, challengeTtlMs: 60_000 },
  })
})
afterAll(() => shop.close())
afterEach(async () => {
  fault = {}
  for (const { name, sql } of invariants) expect({ name, rows: [...(await shop.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
})

const pay = (token: string, orderId: string, capture = true) =>
  shop.rpc.authorize({
    orderId,
    attempt: 1,
    amount: { amount: 900, currency: 'EUR' },
    paymentMethodId: token,
    capture,
    customerId: null,
  })
const heal = () => reconcile(shop.deps, AbortSignal.timeout(5000))
const bank = () => simulateBank(shop.deps, AbortSignal.timeout(5000))

describe('S17: a gateway that does not answer', () => {
  it('after it took the money: the payment is found and counted exactly once', async () => {
    const orderId = uuidv7()
    expect(await pay('tok_timeout_after_capture', orderId)).toMatchObject({ outcome: 'pending' })
    await Promise.all([heal(), pay('tok_timeout_after_capture', orderId), heal()])
    expect(await shop.rpc.status({ orderId })).toMatchObject({ outcome: 'captured' })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    expect(await shop.takenAtGateway(orderId)).toBe(900n)
  })

  it('and may or may not have taken the money: our books end as its books are', async () => {
    for (let round = 0; round < 6; round += 1) {
      const orderId = uuidv7()
      await pay('tok_timeout', orderId)
      await heal()
      const took = takesMoneyBeforeTimeout(`${orderId}:1`)
      expect(await shop.rpc.status({ orderId })).toMatchObject(
        took ? { outcome: 'captured' } : { outcome: 'declined', reason: 'gateway-timeout' },
      )
      expect(await shop.takenAtGateway(orderId)).toBe(took ? 900n : 0n)
    }
  })

  it('before or after it worked, at every step: each ends once', async () => {
    for (const at of ['before-authorize', 'after-authorize'] as const) {
      const orderId = uuidv7()
      fault = { at }
      expect(await pay('tok_approve', orderId)).toMatchObject({ outcome: 'pending' })
      expect(await pay('tok_approve', orderId)).toMatchObject({ outcome: 'captured' })
      expect(await shop.takenAtGateway(orderId)).toBe(900n)
    }
    const captured = uuidv7()
    await pay('tok_approve', captured, false)
    fault = { at: 'after-capture' }
    expect(await shop.rpc.capture({ orderId: captured })).toMatchObject({ outcome: 'authorized' })
    await heal()
    expect(await shop.rpc.status({ orderId: captured })).toMatchObject({ outcome: 'captured' })

    fault = { at: 'after-refund' }
    const refundId = uuidv7()
    expect(
      await shop.rpc.refund({ orderId: captured, refundId, amount: { amount: 300, currency: 'EUR' }, reason: 'x' }),
    ).toMatchObject({ outcome: 'pending' })
    await heal()
    expect(await shop.takenAtGateway(captured)).toBe(600n)
    expect(await shop.eventTypes(captured)).toEqual(['PaymentAuthorized.v1', 'PaymentProcessed.v1', 'RefundIssued.v1'])

    const voided = uuidv7()
    await pay('tok_approve', voided, false)
    fault = { at: 'after-void' }
    expect(await shop.rpc.undo({ orderId: voided, reason: 'x' })).toEqual({ outcome: 'pending' })
    await heal()
    expect(await shop.eventTypes(voided)).toEqual(['PaymentAuthorized.v1', 'PaymentVoided.v1'])
  })

  it('until the order was undone: money that comes too late is given back', async () => {
    const orderId = uuidv7()
    await pay('tok_timeout_after_capture', orderId)
    await shop.rpc.undo({ orderId, reason: 'payment-timeout' })
    await heal()
    await heal()
    expect(await shop.takenAtGateway(orderId)).toBe(0n)
    expect(await shop.rpc.undo({ orderId, reason: 'payment-timeout' })).toEqual({ outcome: 'refunded' })
    expect(await shop.ledger(orderId)).toEqual({ 'gateway:simulated': 0n, orders: 0n })
  })

  it('because it cannot be reached: the next gateway is asked, and only then', async () => {
    const orderId = uuidv7()
    down = true
    expect(await pay('wallet', orderId)).toMatchObject({ outcome: 'captured' })
    down = false
    const [row] = await shop.db.sql`select gateway from payments where order_id = ${orderId}`
    expect(row?.gateway).toBe('simulated')
    const lost = uuidv7()
    expect(await pay('wallet_timeout_after_capture', lost)).toMatchObject({ outcome: 'pending' })
    const [kept] = await shop.db.sql`select gateway from payments where order_id = ${lost}`
    expect(kept?.gateway).toBe('first')
    await heal()
    expect(await shop.takenAtGateway(lost)).toBe(900n)
  })
})

describe('a decision that comes later', () => {
  it('approves or declines, and is told once', async () => {
    const good = uuidv7()
    const bad = uuidv7()
    expect(await pay('tok_async', good)).toMatchObject({ outcome: 'pending' })
    expect(await pay('tok_async_decline', bad)).toMatchObject({ outcome: 'pending' })
    await Promise.all([bank(), bank(), heal()])
    await bank()
    expect(await shop.eventTypes(good)).toEqual(['PaymentProcessed.v1'])
    expect(await shop.eventTypes(bad)).toEqual(['PaymentFailed.v1'])
  })

  it('of the shopper at the bank: yes takes the money, no does not, and one answer is enough', async () => {
    for (const approve of [true, false]) {
      const orderId = uuidv7()
      const outcome = await pay('tok_challenge', orderId)
      if (outcome.outcome !== 'challenge') throw new Error('expected a challenge')
      const reference = outcome.url.split('/').at(-1)!
      const answers = await Promise.all([
        answerChallenge(shop.deps, reference, approve),
        answerChallenge(shop.deps, reference, approve),
        heal(),
      ])
      expect(answers.filter((answer) => answer === (approve ? 'approved' : 'declined'))).toHaveLength(1)
      await bank()
      expect(await shop.eventTypes(orderId)).toEqual([approve ? 'PaymentProcessed.v1' : 'PaymentFailed.v1'])
    }
  })

  it('by the customer’s bank takes the money away again', async () => {
    const orderId = uuidv7()
    await pay('tok_chargeback', orderId)
    await bank()
    await bank()
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1', 'ChargebackOpened.v1'])
    expect(await shop.ledger(orderId)).toEqual({ chargebacks: 900n, 'gateway:simulated': 0n, orders: -900n })
    expect(
      await shop.rpc.refund({ orderId, refundId: uuidv7(), amount: { amount: 1, currency: 'EUR' }, reason: 'x' }),
    ).toMatchObject({ outcome: 'refused' })
  })
})
