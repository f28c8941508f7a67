import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderCreated } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Event } from '#kit/messaging/event.ts'
import { saveMethod } from './commands/payment-methods.ts'
import { preauthorize } from './jobs/preauthorize.ts'
import { onOrderCancelled } from './reactions/on-order-cancelled.ts'
import { onOrderCreated } from './reactions/on-order-created.ts'
import { payments } from './service.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments({ settings: { preauthorizeOrders: true, preauthorizeAfterMs: 0, gatewayTimeoutMs: 5000 } })
})
afterAll(() => shop.close())

const order = (orderId: string, customerId: string | null, imported = false) => ({
  orderId,
  number: 'ORD-0000000001',
  channel: 'web',
  customerId,
  locale: 'en',
  imported,
  placedAt: new Date().toISOString(),
  total: { amount: 5000, currency: 'EUR' },
  lines: [],
})
const deliver = async (event: object, reaction: { handle: unknown }) => {
  const handle = reaction.handle as (event: Event, context: { tx: unknown }) => Promise<void>
  await shop.db.tx((tx) => handle(event as Event, { tx }))
}
const created = (orderId: string, customerId: string | null, imported = false) =>
  deliver({ ...OrderCreated(order(orderId, customerId, imported)) }, onOrderCreated(shop.deps))
const look = () => preauthorize(shop.deps, new AbortController().signal)
const paymentsOf = (orderId: string) =>
  shop.db.sql`select p.state, p.token, p.amount from payments p where p.order_id = ${orderId}`
const pay = (orderId: string, paymentMethodId: string) =>
  shop.rpc.authorize({
    orderId,
    attempt: 1,
    amount: { amount: 5000, currency: 'EUR' },
    paymentMethodId,
    capture: true,
    customerId: null,
  })

async function customer({ merchantInitiated = true, token = `pm_card_${uuidv7()}` } = {}): Promise<string> {
  const userId = uuidv7()
  const method = {
    kind: 'card',
    gateway: 'simulated',
    label: 'card',
    brand: null,
    last4: null,
    expMonth: null,
    expYear: null,
  } as const
  await shop.db.tx((tx) => saveMethod(tx, userId, { ...method, token, isDefault: true, merchantInitiated }))
  return userId
}

describe('an order of a customer with a default method that the shop may charge', () => {
  it('has its money set aside once, however often the event comes and the job looks', async () => {
    const [orderId, customerId] = [uuidv7(), await customer()]
    for (let times = 0; times < 2; times += 1) await created(orderId, customerId)
    await Promise.all([look(), look()])
    await created(orderId, customerId)
    await look()
    expect(await paymentsOf(orderId)).toMatchObject([{ state: 'authorized', amount: 5000n }])
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1'])
    expect(await shop.ledger(orderId)).toEqual({})
  })

  it('is left alone where the checkout asked for the money itself', async () => {
    const [orderId, customerId] = [uuidv7(), await customer()]
    await created(orderId, customerId)
    await pay(orderId, 'tok_approve')
    await look()
    expect(await paymentsOf(orderId)).toMatchObject([{ state: 'captured', token: 'tok_approve' }])
  })

  it('is charged by one of the two when both ask in the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [orderId, customerId] = [uuidv7(), await customer()]
      await created(orderId, customerId)
      await Promise.allSettled([look(), pay(orderId, 'tok_approve')])
      const held = await paymentsOf(orderId)
      expect(held).toHaveLength(1)
      const [{ count }] = (await shop.db.sql`
        select count(*)::integer as count from sim_payments s where s.key like ${`${orderId}:%`}`) as unknown as [
        { count: number },
      ]
      expect(count).toBe(1)
    }
  })

  it('is left alone once it was cancelled', async () => {
    const [orderId, customerId] = [uuidv7(), await customer()]
    await created(orderId, customerId)
    const { placedAt: _, total: __, ...fields } = order(orderId, customerId)
    await deliver({ ...OrderCancelled({ ...fields, reason: 'customer' }) }, onOrderCancelled)
    await look()
    expect(await paymentsOf(orderId)).toEqual([])
  })
})

describe('nothing is set aside', () => {
  it.each<[string, () => Promise<[string | null, boolean]>]>([
    ['of a guest', async () => [null, false]],
    ['of an imported order', async () => [await customer(), true]],
    ['of a customer who did not agree to it', async () => [await customer({ merchantInitiated: false }), false]],
    ['of a customer without a method', async () => [uuidv7(), false]],
  ])('%s', async (_, who) => {
    const orderId = uuidv7()
    await created(orderId, ...(await who()))
    await look()
    expect(await paymentsOf(orderId)).toEqual([])
  })

  it('where the shop did not switch it on: it does not even listen', () => {
    const listens = (preauthorizeOrders: boolean) =>
      payments.reactions!({ ...shop.deps, settings: { ...shop.deps.settings, preauthorizeOrders } }).some(
        ({ event }) => event.type === OrderCreated.type,
      )
    expect([listens(false), listens(true)]).toEqual([false, true])
  })
})
