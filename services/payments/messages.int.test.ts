import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { testUser } from '#kit/testing/service.ts'
import { openShop, staff, type TestShop } from './testing/shop.ts'

const OLD_SECRET = 'the secret of last month'
const NEW_SECRET = 'the secret of this month'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop({ simulatedWebhookSecret: NEW_SECRET, simulatedWebhookSecretBefore: OLD_SECRET })
})
afterAll(() => shop.close())

/** A message as the simulated gateway would send it about a payment of ours. */
async function aMessage(orderId: string, changes: Record<string, unknown> = {}) {
  const [sim] = await shop.db.sql<
    { reference: string; key: string }[]
  >`select reference, key from sim_payments where key = ${`${orderId}:1`}`
  return {
    id: `evt_${uuidv7()}`,
    type: 'payment.captured',
    key: sim?.key ?? '',
    reference: sim?.reference ?? 'sim_none',
    amount: 1000,
    currency: 'EUR',
    ...changes,
  }
}
function send(
  message: { id: string },
  how: { secret?: string; at?: Date; body?: string; headers?: Record<string, string> } = {},
) {
  const raw = Buffer.from(how.body ?? JSON.stringify(message))
  const headers = how.headers ?? {
    ...signWebhook([Buffer.from(how.secret ?? NEW_SECRET)], message.id, raw, how.at ?? new Date()),
  }
  return shop.request('POST', '/api/payments/webhooks/simulated', {
    raw,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

describe('S21: messages of a gateway', () => {
  it('have their effect once, however often they come', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId)
    const message = await aMessage(orderId)
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(message)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    // twins that arrive in the same moment as a new message: neither may stumble over the other
    for (let round = 0; round < 40; round += 1) {
      const stale = { ...message, id: `evt_twin_${round}` }
      const twins = await Promise.all(Array.from({ length: 4 }, () => send(stale)))
      expect(twins.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    }
  })

  it('and the answer to the shopper at the same moment make one payment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const orderId = uuidv7()
      await Promise.all([
        shop.pay('tok_approve', orderId),
        aMessage(orderId, { key: `${orderId}:1`, reference: `sim_${orderId}` }).then((message) => send(message)),
      ])
      await shop.runJob('reconcile')
      expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    }
  })

  it('are refused when they are forged, changed, too old or from the future', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId)
    const message = await aMessage(orderId)
    const genuine = { ...signWebhook([Buffer.from(NEW_SECRET)], message.id, Buffer.from(JSON.stringify(message)), new Date()) }
    const minutes = (n: number) => new Date(Date.now() + n * 60_000)
    const refused = [
      send(message, { secret: 'guessed' }),
      send(message, { headers: {} }),
      send(message, { at: minutes(-6) }),
      send(message, { at: minutes(6) }),
      send(message, { headers: genuine, body: JSON.stringify({ ...message, amount: 1 }) }),
      send(message, { headers: genuine, body: JSON.stringify(message, null, 1) }),
      send(message, { headers: { ...genuine, 'webhook-id': 'evt_other' } }),
    ]
    for (const answer of await Promise.all(refused))
      expect(answer).toMatchObject({ status: 401, body: { code: 'payments/bad-signature' } })
    expect(await shop.eventTypes(orderId)).toEqual([])
  })

  it('are accepted under the secret before while secrets are rotated', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId)
    expect(await send(await aMessage(orderId), { secret: OLD_SECRET })).toMatchObject({ status: 200, body: { state: 'applied' } })
  })

  it('S29: keep no card number that a gateway told by mistake, while they wait for their payment', async () => {
    const message = await aMessage(uuidv7(), { type: 'payment.declined', reason: 'card 4111 1111 1111 1111' })
    expect(await send(message)).toMatchObject({ status: 200, body: { state: 'parked' } })
    const [kept] = await shop.db.sql<{ body: string }[]>`select body from webhook_events where event_id = ${message.id}`
    expect(JSON.parse(kept!.body)).toEqual({ ...message, reason: 'card 9999 9999 9999 1111' })
    expect(await send(message), 'the same message again').toMatchObject({ status: 200, body: { state: 'parked' } })
  })

  it('with a known id but another content are refused', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId)
    const message = await aMessage(orderId)
    await send(message)
    expect(await send({ ...message, type: 'payment.declined' } as typeof message)).toMatchObject({ status: 409 })
  })

  it('that are nonsense, too large, or of a gateway we do not have are refused', async () => {
    expect(await send(await aMessage(uuidv7(), { amount: -1 }))).toMatchObject({ status: 400 })
    expect(await send(await aMessage(uuidv7(), { extra: 'x'.repeat(300_000) }))).toMatchObject({ status: 413 })
    expect(await shop.request('POST', '/api/payments/webhooks/nobody', { raw: Buffer.from('{}') })).toMatchObject({ status: 404 })
  })

  it('about a payment we do not know yet wait for it; about other money than ours, for staff', async () => {
    const orderId = uuidv7()
    const early = await aMessage(orderId, { key: `${orderId}:1`, reference: 'sim_early' })
    expect(await send(early)).toMatchObject({ status: 200, body: { state: 'parked' } })
    await shop.pay('tok_async', orderId)
    await shop.runJob('reconcile')
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    const other = uuidv7()
    await shop.pay('tok_async', other)
    expect(await send(await aMessage(other, { amount: 999_999 }))).toMatchObject({ body: { state: 'parked' } })
    expect(await send(await aMessage(other, { currency: 'USD' }))).toMatchObject({ body: { state: 'parked' } })
    expect(await shop.eventTypes(other)).toEqual([])
  })

  it('S17: about a part of the money pay no order; what staff took in part at the company counts', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId)
    expect(await send(await aMessage(orderId, { amount: 1 }))).toMatchObject({ body: { state: 'parked' } })
    expect(await shop.eventTypes(orderId)).toEqual([])
    const more = await aMessage(orderId, { type: 'payment.authorized', amount: 999_999 })
    expect(await send(more)).toMatchObject({ body: { state: 'parked' } })
    expect(await shop.eventTypes(orderId)).toEqual([])
    await send(await aMessage(orderId, { type: 'payment.authorized' }))
    expect(await send(await aMessage(orderId, { amount: 400 }))).toMatchObject({ body: { state: 'applied' } })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1', 'PaymentProcessed.v1'])
    // the same news once more, in other words
    expect(await send(await aMessage(orderId, { amount: 400 }))).toMatchObject({ body: { state: 'applied' } })
    expect(await shop.eventTypes(orderId)).toHaveLength(2)
  })

  it('S17: about a part of the money set nothing aside for an order, and let nothing go of what is set aside', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId, null, false)
    for (const type of ['payment.authorized', 'payment.voided'])
      expect(await send(await aMessage(orderId, { type, amount: 1 })), type).toMatchObject({ body: { state: 'parked' } })
    expect(await shop.eventTypes(orderId)).toEqual([])
    await send(await aMessage(orderId, { type: 'payment.authorized' }))
    expect(await send(await aMessage(orderId, { type: 'payment.voided', amount: 400 }))).toMatchObject({
      body: { state: 'parked' },
    })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1'])
    expect(await send(await aMessage(orderId, { type: 'payment.voided' }))).toMatchObject({ body: { state: 'applied' } })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentAuthorized.v1', 'PaymentVoided.v1'])
  })

  it.each([
    ['less', { amount: 999 }, 'amount-differs'],
    ['more', { amount: 1001 }, 'amount-differs'],
    ['more that was refused', { type: 'payment.declined', amount: 1001 }, 'amount-differs'],
    ['other money', { currency: 'USD' }, 'currency-differs'],
  ])('S17: about %s wait for staff with the word for it', async (_what, changes, note) => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId)
    const message = await aMessage(orderId, changes)
    expect(await send(message)).toMatchObject({ body: { state: 'parked' } })
    expect(await shop.db.sql`select note from webhook_events where event_id = ${message.id}`).toEqual([{ note }])
  })

  it('S17: that tell once more of money that the bank is disputing win no dispute', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_approve', orderId)
    await send(await aMessage(orderId, { type: 'chargeback.opened', chargeback: `cb_${orderId}` }))
    const told = await shop.eventTypes(orderId)
    expect(await send(await aMessage(orderId))).toMatchObject({ status: 200, body: { state: 'applied' } })
    expect(await shop.eventTypes(orderId)).toEqual(told)
    const [payment] = await shop.db.sql`select state from payments where order_id = ${orderId}`
    expect(payment!['state']).toBe('chargeback')
  })

  it('S17: that call a payment by another name change nothing of how it is called', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_async', orderId)
    const nameOf = async () =>
      (await shop.db.sql`select gateway_reference as name from payments where order_id = ${orderId}`)[0]!['name']
    const before = await nameOf()
    await send(await aMessage(orderId, { reference: 'sim_of_somebody_else' }))
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    expect(await nameOf()).toBe(before)
  })
})

describe('messages that wait for staff', () => {
  const money = testUser(uuidv7(), ['payments:read-any', 'payments:reconcile'], ['FINANCE'])
  const reader = testUser(uuidv7(), ['payments:read-any'], ['SUPPORT'])
  const look = (path: string, as = money) => shop.request('GET', `/api/payments/messages${path}`, { as })
  const decide = (id: string, what: string, body?: object, as = money) =>
    shop.request('POST', `/api/payments/messages/simulated/${id}/${what}`, { as, ...(body ? { body } : {}) })

  it('are a chargeback over more than is left, seen, tried again and settled in another way for a reason', async () => {
    const orderId = uuidv7()
    await shop.pay('tok_approve', orderId)
    const refund = { orderId, amount: { amount: 600, currency: 'EUR' }, reason: 'broken' }
    expect((await shop.request('POST', '/api/payments/refund', { as: staff, body: refund })).status).toBe(200)
    const chargeback = await aMessage(orderId, { type: 'chargeback.opened', amount: 1000, chargeback: `cb_${orderId}` })
    expect((await send(chargeback)).body).toEqual({ state: 'parked' })

    const { body: first } = await look('?limit=1')
    expect(first.items).toMatchObject([
      { gateway: 'simulated', messageId: chargeback.id, state: 'parked', note: expect.any(String) },
    ])
    expect((await look(`?limit=1&cursor=${first.next}`)).body.items[0]?.messageId).not.toBe(chargeback.id)
    expect(JSON.parse((await look(`/simulated/${chargeback.id}`)).body.body)).toEqual(chargeback)
    expect((await decide(chargeback.id, 'redrive')).body).toEqual({ state: 'parked' })
    expect((await decide(chargeback.id, 'discard', { reason: 'x' })).status).toBe(400)
    const gone = await decide(chargeback.id, 'discard', { reason: 'the bank took back its mistake' })
    const actor = `staff:${money.kind === 'user' ? money.id : ''}`
    expect(gone.body).toMatchObject({
      state: 'discarded',
      body: null,
      decisions: [
        { decision: 'redriven', actor, note: 'parked' },
        { decision: 'discarded', actor, note: 'the bank took back its mistake' },
      ],
    })
    expect(await decide(chargeback.id, 'redrive')).toMatchObject({ status: 409, body: { code: 'payments/message-settled' } })
    expect((await send(chargeback)).body).toEqual({ state: 'ignored' })
    await shop.runJob('reconcile')
    expect(await shop.eventTypes(orderId)).not.toContain('ChargebackOpened.v1')
    expect((await look('?state=discarded')).body.items).toMatchObject([{ messageId: chargeback.id }])
  })

  it('are applied when they fit by now, once', async () => {
    const orderId = uuidv7()
    const early = await aMessage(orderId, { key: `${orderId}:1`, reference: 'sim_earlier' })
    await send(early)
    await shop.pay('tok_async', orderId)
    const answers = await Promise.all([decide(early.id, 'redrive'), decide(early.id, 'redrive')])
    expect(answers.some(({ body }) => body.state === 'applied')).toBe(true)
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
    expect(await decide(early.id, 'discard', { reason: 'too late for that' })).toMatchObject({ status: 409 })
  })

  it('are decided about only by those who may', async () => {
    const message = await aMessage(uuidv7(), { key: 'nobody', reference: 'sim_nobody' })
    await send(message)
    expect((await look('', testUser(uuidv7()))).status).toBe(403)
    expect((await look(`/simulated/${message.id}`, reader)).status).toBe(200)
    for (const what of ['redrive', 'discard'])
      expect((await decide(message.id, what, what === 'discard' ? { reason: 'because' } : undefined, reader)).status).toBe(403)
    expect((await look('/simulated/no-such-message')).body.code).toBe('payments/message-not-found')
  })
})
