import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Gateway } from './gateways/gateway.ts'
import { invariants } from './invariants.ts'
import { reconcile } from './jobs/reconcile.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

type Call = 'authorize' | 'capture' | 'void' | 'refund' | 'status'

/** The company does its work; what it says of it afterwards is bent. */
let bent: { call: Call; as: object } | undefined
/** a call that does not even arrive */
let silent: Call | undefined
const bending = (inner: Gateway): Gateway => {
  const call =
    <A, T>(name: Call, work: (asked: A, signal: AbortSignal) => Promise<T>) =>
    async (asked: A, signal: AbortSignal): Promise<T> => {
      if (silent === name) throw new Error('connection reset')
      const said = await work(asked, signal)
      return bent?.call === name ? ({ ...said, ...bent.as } as T) : said
    }
  return {
    ...inner,
    authorize: call('authorize', inner.authorize),
    capture: call('capture', inner.capture),
    void: call('void', inner.void),
    refund: call('refund', inner.refund),
    status: call('status', inner.status),
  }
}

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments({ gateways: (simulated) => [bending(simulated)], settings: { giveUpAfterMs: 60_000 } })
})
afterAll(() => shop.close())
afterEach(async () => {
  bent = undefined
  silent = undefined
  for (const { name, sql } of invariants) expect({ name, rows: [...(await shop.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
})

const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const pay = (orderId: string, capture: boolean) =>
  shop.rpc.authorize({ orderId, attempt: 1, amount: EUR(900), paymentMethodId: 'tok_approve', capture, customerId: null })
const heal = async () => {
  bent = undefined
  await reconcile(shop.deps, AbortSignal.timeout(5000))
}
/** An order whose money is set aside, and a company that bends what it says from now on. */
async function held(call: Call, as: object): Promise<string> {
  const orderId = uuidv7()
  expect(await pay(orderId, false)).toMatchObject({ outcome: 'authorized' })
  bent = { call, as }
  return orderId
}

const OTHER_NAME = { reference: 'sim_of_this_step' }
const OTHER_CURRENCY = { currency: 'USD' }

describe('S17: a company that speaks of other money than it was asked about', () => {
  it.each([
    ['a part of it', { amount: 100n }],
    ['nothing', { amount: 0n }],
    ['more', { amount: 901n }],
    ['another currency', OTHER_CURRENCY],
  ])('%s: an order of nine euros is not paid with it', async (_what, as) => {
    const orderId = uuidv7()
    bent = { call: 'authorize', as }
    expect(await pay(orderId, true)).toMatchObject({ outcome: 'pending' })
    bent = { call: 'status', as }
    await reconcile(shop.deps, AbortSignal.timeout(5000))
    expect(await shop.eventTypes(orderId)).toEqual([])
    await heal()
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    expect(await shop.ledger(orderId)).toEqual({ 'gateway:simulated': 900n, orders: -900n })
  })

  it.each([
    ['a part is set aside', { amount: 100n }],
    ['it is set aside in another currency', OTHER_CURRENCY],
  ])('%s where all of it was asked for: nothing is promised to the order', async (_what, as) => {
    const orderId = uuidv7()
    bent = { call: 'authorize', as }
    expect(await pay(orderId, false)).toMatchObject({ outcome: 'pending' })
    expect(await shop.eventTypes(orderId)).toEqual([])
    await heal()
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1'])
  })

  it.each([
    ['all of it', { amount: 900n }],
    ['less', { amount: 499n }],
    ['nothing', { amount: 0n }],
    ['another currency', OTHER_CURRENCY],
  ])('five of nine euros are to be taken, and it says it took %s: only the five are booked', async (_what, as) => {
    const orderId = await held('capture', as)
    expect(await shop.rpc.capture({ orderId, amount: EUR(500) })).toMatchObject({ outcome: 'authorized' })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1'])
    expect(await shop.ledger(orderId)).toEqual({})
    await heal()
    expect((await shop.events(orderId)).at(-1)).toMatchObject({ type: 'PaymentProcessed.v1', data: { amount: EUR(500) } })
    expect(await shop.ledger(orderId)).toEqual({ 'gateway:simulated': 500n, orders: -500n })
    expect(await shop.takenAtGateway(orderId)).toBe(500n)
  })

  it.each([
    ['no amount', { amount: undefined }],
    ['another name, that of this step', OTHER_NAME],
  ])('five of nine euros are to be taken, and the answer has %s: it is about the five', async (_what, as) => {
    const orderId = await held('capture', as)
    expect(await shop.rpc.capture({ orderId, amount: EUR(500) })).toMatchObject({ outcome: 'captured' })
    expect((await shop.events(orderId)).at(-1)).toMatchObject({ type: 'PaymentProcessed.v1', data: { amount: EUR(500) } })
    expect(await shop.ledger(orderId)).toEqual({ 'gateway:simulated': 500n, orders: -500n })
  })

  it('it lets go of the money under another name, that of this step: it is let go', async () => {
    const orderId = await held('void', OTHER_NAME)
    expect(await shop.rpc.undo({ orderId, reason: 'x' })).toEqual({ outcome: 'voided' })
  })

  it('the state of a payment has another name than its first answer: it is that payment', async () => {
    const orderId = uuidv7()
    bent = { call: 'authorize', as: { kind: 'pending' } }
    expect(await pay(orderId, true)).toMatchObject({ outcome: 'pending' })
    bent = { call: 'status', as: OTHER_NAME }
    await reconcile(shop.deps, AbortSignal.timeout(5000))
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
  })

  it.each([
    ['a part of the money', { amount: 300n }],
    ['another currency', OTHER_CURRENCY],
  ])('it was to let go of the money and says it let go of %s: it is asked again', async (_what, as) => {
    const orderId = await held('void', as)
    expect(await shop.rpc.undo({ orderId, reason: 'x' })).toEqual({ outcome: 'pending' })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1'])
    await heal()
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1', 'PaymentVoided.v1'])
    expect(await shop.takenAtGateway(orderId)).toBe(0n)
  })

  it.each([
    ['less', { amount: 30n }],
    ['more', { amount: 900n }],
    ['another currency', OTHER_CURRENCY],
  ])('three euros were to go back and it says %s did: they count when it says three', async (_what, as) => {
    const orderId = uuidv7()
    await pay(orderId, true)
    bent = { call: 'refund', as }
    const refund = { orderId, refundId: uuidv7(), amount: EUR(300), reason: 'x' }
    expect(await shop.rpc.refund(refund)).toMatchObject({ outcome: 'pending' })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    await heal()
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1', 'RefundIssued.v1'])
    expect(await shop.takenAtGateway(orderId)).toBe(600n)
  })

  it('money that nobody wants any more goes back as it is, also where only a part was taken', async () => {
    const orderId = await held('void', { kind: 'captured', amount: 400n })
    // as if somebody had taken a part at the company's own desk
    await shop.db.sql`update sim_payments set state = 'captured', captured = 400 where key = ${`${orderId}:1`}`
    expect(await shop.rpc.undo({ orderId, reason: 'x' })).toEqual({ outcome: 'refunded' })
    expect(await shop.takenAtGateway(orderId)).toBe(0n)
  })

  it.each([
    ['by what it says of the payment', undefined, ['PaymentAuthorized.v1', 'PaymentVoided.v1']],
    ['without believing what it says', OTHER_CURRENCY, ['PaymentFailed.v1']],
  ])(
    'only a part was set aside for an order that is undone, and the company is silent once: it is let go %s',
    async (_how, as, told) => {
      const orderId = uuidv7()
      bent = { call: 'authorize', as: { amount: 100n } }
      expect(await pay(orderId, false)).toMatchObject({ outcome: 'pending' })
      await shop.db.sql`update sim_payments set amount = 100, authorized = 100 where key = ${`${orderId}:1`}`
      silent = 'void'
      expect(await shop.rpc.undo({ orderId, reason: 'x' })).toEqual({ outcome: 'pending' })
      silent = undefined
      bent = as && { call: 'status', as }
      await reconcile(shop.deps, AbortSignal.timeout(5000))
      expect(await shop.eventTypes(orderId)).toEqual(told)
      const [company] = await shop.db.sql<{ state: string }[]>`select state from sim_payments where key = ${`${orderId}:1`}`
      expect(company?.state).toBe('voided')
      for (const { data } of await shop.events(orderId)) if (as === undefined) expect(data).toMatchObject({ amount: EUR(100) })
    },
  )

  it('a payment keeps the name that the company gave it first', async () => {
    const orderId = uuidv7()
    await pay(orderId, false)
    const [before] = await shop.db.sql<{ reference: string }[]>`
      select gateway_reference as reference from payments where order_id = ${orderId}`
    bent = { call: 'capture', as: OTHER_NAME }
    expect(await shop.rpc.capture({ orderId })).toMatchObject({ outcome: 'captured' })
    const [after] = await shop.db.sql<{ reference: string }[]>`
      select gateway_reference as reference from payments where order_id = ${orderId}`
    expect(after).toEqual(before)
  })
})
