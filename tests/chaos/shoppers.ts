import { Agent, request as send } from 'undici'
import { address } from '../e2e/stock-the-shop.ts'
import type { History, Invocation, Outcome } from './history.ts'
import type { Random } from './random.ts'

/** A caller that never keeps a broken connection and never waits for ever. Undici does not retry by itself. */
const agent = new Agent({ connections: 64, pipelining: 1, connectTimeout: 2000, headersTimeout: 15_000, bodyTimeout: 15_000 })

export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the shop answers
  readonly body: any
}

/** One request; throws when no whole answer came. */
export async function ask(
  url: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const answer = await send(`${url}${path}`, {
    method,
    dispatcher: agent,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.body.text()
  return { status: answer.statusCode, body: text.startsWith('{') ? JSON.parse(text) : text }
}

/** One answer as a shopper saw it, at checkout, at the cart or when paying; or what came instead of one. */
export interface Seen {
  /** by performance.now() */
  readonly begun: number
  readonly ended: number
  readonly path: string
  readonly reply?: Reply
  readonly error?: unknown
}

export interface Shoppers {
  /** how many answers of each kind so far */
  readonly counts: Readonly<Record<'ok' | 'fail' | 'unknown', number>>
  /** milliseconds of every definite answer */
  readonly times: readonly number[]
  /** No new work; waits for what is under way. */
  leave(): Promise<void>
}

export interface ShoppersOptions {
  readonly url: string
  readonly history: History
  readonly random: Random
  readonly skus: readonly string[]
  /** shoppers at the same time */
  readonly crowd: number
  readonly staffToken: () => string
  /** does nothing while true: so that work and fault can be told apart */
  readonly paused?: () => boolean
  /** means of payment to choose from */
  readonly tokens?: readonly string[]
  /** is told of every answer to a shopper, and of every question without one */
  readonly onSeen?: (seen: Seen) => void
}

const usualTokens = [
  ...Array.from({ length: 12 }, () => 'tok_approve'),
  'tok_decline',
  'tok_insufficient_funds',
  'tok_async',
  'tok_async_decline',
  'tok_timeout_after_capture',
  'tok_timeout',
]

/** Buys, cancels and asks for money back until told to leave; half of the shoppers press the button again when no answer came. */
export function sendShoppers(options: ShoppersOptions): Shoppers {
  const { url, history, random, skus, tokens = usualTokens } = options
  const run = random.between(0, 2 ** 31).toString(36)
  const counts = { ok: 0, fail: 0, unknown: 0 }
  const times: number[] = []
  const bought: { orderId: string; amount: number }[] = []
  let leaving = false
  let number = 0

  /** As `ask`, and tells `onSeen` what came of it. */
  const askSeen: typeof ask = async (base, method, path, more) => {
    const begun = performance.now()
    try {
      const reply = await ask(base, method, path, more)
      options.onSeen?.({ begun, ended: performance.now(), path, reply })
      return reply
    } catch (error) {
      options.onSeen?.({ begun, ended: performance.now(), path, error })
      throw error
    }
  }

  const perform = async (invocation: Invocation, work: () => Promise<Outcome>, stubborn: boolean): Promise<Outcome> => {
    history.invoked(invocation)
    let outcome: Outcome = { result: 'unknown' }
    for (let tries = stubborn ? 12 : 1; tries > 0; tries -= 1) {
      const begun = performance.now()
      outcome = await work().catch((): Outcome => ({ result: 'unknown' }))
      history.answered(invocation.key, outcome)
      if (outcome.result !== 'unknown') {
        times.push(performance.now() - begun)
        break
      }
      await new Promise((resolve) => setTimeout(resolve, 200 + random.next() * 400))
    }
    counts[outcome.result] += 1
    return outcome
  }

  const buy = async (): Promise<void> => {
    number += 1
    const key = `chaos-${run}-${number}`
    const wanted = new Set(Array.from({ length: random.between(1, 3) }, () => random.pick(skus)))
    const lines = [...wanted].map((sku) => ({ sku, quantity: random.between(1, 2) }))
    // one article twice in one basket: its lines count together
    if (random.chance(0.15)) lines.push({ sku: lines[0]!.sku, quantity: 1 })
    const token = random.pick(tokens)
    const stubborn = random.chance(0.5)
    const common = { email: `${key}@example.com`, shippingAddress: address }
    const cart = random.chance(0.2) ? await fillCart(key, lines) : undefined
    const payLater = random.chance(0.1)
    const body = {
      ...common,
      ...(cart ? { cartId: cart.cartId } : { items: lines }),
      ...(payLater ? {} : { paymentMethodId: token }),
    }
    const headers = { 'idempotency-key': key, ...(cart ? { 'x-guest-token': cart.token } : {}) }
    let order: { id: string; guestToken: string } | undefined
    const work = async (): Promise<Outcome> => {
      const { status, body: answer } = await askSeen(url, 'POST', '/api/orders', { body, headers })
      if (status === 201) {
        order = answer
        bought.push({ orderId: answer.id, amount: answer.total.amount })
        return { result: 'ok', status, orderId: answer.id, state: answer.status }
      }
      const refused = status === 402 || answer.code === 'orders/out-of-stock' || answer.code === 'orders/payment-declined'
      return { result: refused ? 'fail' : 'unknown', status }
    }
    await perform({ op: 'checkout', key, lines, token }, work, stubborn || payLater)
    if (payLater && order) await pay(order)
  }

  /** What lies in a cart is asked for line by line, each under a key of its own. Nobody gets a cart: then there is no order. */
  const fillCart = async (key: string, lines: readonly { sku: string; quantity: number }[]) => {
    let cart: { cartId: string; token: string } | undefined
    for (const [index, line] of lines.entries()) {
      const headers = { 'idempotency-key': `${key}-${index}`, ...(cart ? { 'x-guest-token': cart.token } : {}) }
      const answer = await askSeen(url, 'POST', '/api/cart/items', { body: line, headers }).catch(() => undefined)
      if (answer?.status !== 200 && answer?.status !== 201) return undefined
      cart ??= answer.body
    }
    return cart
  }

  /** An order without a means of payment must not be left waiting: it is paid, however often that takes. */
  const pay = async ({ id, guestToken }: { id: string; guestToken: string }): Promise<void> => {
    for (let tries = 0; tries < 100; tries += 1) {
      const path = `/api/orders/${id}/confirm?paymentMethodId=tok_approve`
      const answer = await askSeen(url, 'PUT', path, { body: {}, headers: { 'x-guest-token': guestToken } }).catch(
        () => undefined,
      )
      if (answer?.status === 200 && answer.body.status !== 'PENDING') return
      if (answer?.status === 402 || answer?.body.code === 'orders/out-of-stock') return
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  }

  const cancel = async (): Promise<void> => {
    const order = bought.splice(random.between(0, bought.length - 1), 1)[0]!
    const headers = { authorization: `Bearer ${options.staffToken()}` }
    const invocation = { op: 'cancel', key: `cancel-${order.orderId}`, orderId: order.orderId } as const
    const work = async (): Promise<Outcome> => {
      const { status, body } = await ask(url, 'PUT', `/api/orders/${order.orderId}/cancel`, { body: {}, headers })
      if (status === 200) return { result: body.status === 'CANCELLED' ? 'ok' : 'unknown', status }
      return { result: 'unknown', status }
    }
    await perform(invocation, work, random.chance(0.5))
  }

  const refund = async (): Promise<void> => {
    const order = bought.splice(random.between(0, bought.length - 1), 1)[0]!
    const amount = Math.max(1, Math.floor(order.amount / 10))
    const refundId = refundIdOf(order.orderId)
    const body = { orderId: order.orderId, refundId, amount: { amount, currency: 'EUR' }, reason: 'chaos' }
    const headers = { authorization: `Bearer ${options.staffToken()}` }
    const work = async (): Promise<Outcome> => {
      const { status } = await ask(url, 'POST', '/api/payments/refund', { body, headers })
      if (status === 404 || status === 422) return { result: 'fail', status }
      return { result: status === 200 || status === 201 ? 'ok' : 'unknown', status }
    }
    await perform({ op: 'refund', key: refundId, orderId: order.orderId, amount }, work, random.chance(0.5))
  }

  const shopper = async (): Promise<void> => {
    while (!leaving) {
      if (options.paused?.()) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        continue
      }
      const what = random.next()
      if (what < 0.12 && bought.length > 20) await cancel()
      else if (what < 0.2 && bought.length > 20) await refund()
      else await buy()
    }
  }
  const all = Promise.all(Array.from({ length: options.crowd }, shopper))
  return {
    counts,
    times,
    async leave() {
      leaving = true
      await all
    },
  }
}

/** The same order is asked for one refund only, under an id that the order gives. */
function refundIdOf(orderId: string): string {
  return `${orderId.slice(0, 24)}${[...orderId.slice(24)].reverse().join('')}`
}
