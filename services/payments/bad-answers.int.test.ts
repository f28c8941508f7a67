import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { sendOutward } from '#kit/http/outward.ts'
import type { Gateway } from './gateways/gateway.ts'
import { invariants } from './invariants.ts'
import { reconcile } from './jobs/reconcile.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

const TIMEOUT_MS = 300

/** The company's server on the wire; a test says how it answers. */
let answer: RequestListener
let server: Server
let url: string
let shop: PaymentsBench
/** what of the next calls goes over the wire; the company does its work before it answers badly */
let bad: 'authorize' | 'capture' | 'refund' | 'void' | 'status' | undefined

/** A driver as somebody in a hurry writes one: what comes over the wire is passed on as if it were right. */
async function overTheWire(signal: AbortSignal): Promise<never> {
  const { body } = await sendOutward({ url, method: 'GET', timeoutMs: 60_000, maxBytes: 64 * 1024, allowPrivate: true, signal })
  return JSON.parse(body.toString()) as never
}
const wired = (inner: Gateway): Gateway => {
  const call =
    <A, T>(name: typeof bad, work: (asked: A, signal: AbortSignal) => Promise<T>) =>
    async (asked: A, signal: AbortSignal) => {
      const done = name === 'status' && bad === 'status' ? undefined : await work(asked, signal)
      return bad === name ? overTheWire(signal) : (done as T)
    }
  return {
    ...inner,
    authorize: call('authorize', (asked, signal) => inner.authorize(asked, signal)),
    capture: call('capture', (asked, signal) => inner.capture(asked, signal)),
    refund: call('refund', (asked, signal) => inner.refund(asked, signal)),
    void: call('void', (asked, signal) => inner.void(asked, signal)),
    status: call('status', (key, signal) => inner.status(key, signal)),
  }
}

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  shop = await startPayments({
    gateways: (simulated) => [wired(simulated)],
    settings: { gatewayTimeoutMs: TIMEOUT_MS, giveUpAfterMs: 60_000 },
  })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await shop.close()
})
afterEach(async () => {
  bad = undefined
  for (const { name, sql } of invariants) expect({ name, rows: [...(await shop.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
})

const says =
  (body: string, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
const json = (body: unknown) => says(JSON.stringify(body))
/** so that a driver that follows it would believe in money */
const paid = JSON.stringify({ kind: 'captured', reference: 'r' })

const ANSWERS: readonly (readonly [string, RequestListener])[] = [
  ['ten megabytes', says(`{"kind":"captured","reference":"${'x'.repeat(10 * 1024 * 1024)}"}`)],
  ['a reference of fifty thousand letters', json({ kind: 'captured', reference: 'x'.repeat(50_000) })],
  ['one byte at a time, without end', (_request, response) => {
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }],
  ['headers and nothing behind them', (_request, response) => void response.writeHead(200, { 'content-length': '100' }).flushHeaders()],
  ['a connection that breaks in the middle', (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"kind":')
    setTimeout(() => response.destroy(), 20)
  }],
  ['nothing at all', says('')],
  ['a page of HTML', says('<!doctype html><h1>It works!</h1>', 200, { 'content-type': 'text/html' })],
  ['a redirect to somebody who says it was paid', (request, response) =>
    request.url === '/paid' ? says(paid)(request, response) : says('', 302, { location: '/paid' })(request, response)],
  ['200 with an error in it', json({ error: { type: 'api_error', message: 'try again' } })],
  ['an error page with 500', says('{"message":"oops"}', 500)],
  ['NaN for an amount', says('{"kind":"captured","reference":"r","amount":NaN}')],
  ['a number for an amount', json({ kind: 'captured', reference: 'r', amount: 900 })],
  ['a text for an amount', json({ kind: 'captured', reference: 'r', amount: '900' })],
  ['null for an amount', json({ kind: 'captured', reference: 'r', amount: null })],
  ['a number for a reference', json({ kind: 'captured', reference: 7 })],
  ['an object for a reference', json({ kind: 'captured', reference: { toString: 'r' } })],
  ['a kind nobody knows', json({ kind: 'PAID', reference: 'r' })],
  ['a name of what every object has', json({ kind: 'constructor', reference: 'r' })],
  ['“failed”, which only we may say', json({ kind: 'failed', reason: 'x' })],
  ['a page for the shopper that is a script', json({ kind: 'challenge', reference: 'r', url: 'javascript:alert(1)' })],
  ['a page for the shopper that is none', json({ kind: 'challenge', reference: 'r', url: '//' })],
  ['null', says('null')],
  ['a list', says('[]')],
  ['a number', says('1e999')],
] // biome-ignore format: a table reads better in rows

const pay = (orderId: string, capture = true) =>
  shop.rpc.authorize({
    orderId,
    attempt: 1,
    amount: { amount: 900, currency: 'EUR' },
    paymentMethodId: 'tok_approve',
    capture,
    customerId: null,
  })
const heal = () => reconcile(shop.deps, AbortSignal.timeout(5000))
const giveBack = (orderId: string) =>
  shop.rpc.refund({ orderId, refundId: uuidv7(), amount: { amount: 300, currency: 'EUR' }, reason: 'x' })

describe('S17: a company that takes the money and then answers', () => {
  it.each(ANSWERS)('%s: nothing is believed, and it ends in time and once', async (_what, listener) => {
    answer = listener
    const orderId = uuidv7()
    const [begun, memory] = [performance.now(), process.memoryUsage().rss]
    bad = 'authorize'
    expect(await pay(orderId)).toMatchObject({ outcome: 'pending' })
    bad = 'status'
    await heal()
    expect(await shop.rpc.status({ orderId })).toMatchObject({ outcome: 'pending' })
    expect(await shop.eventTypes(orderId)).toEqual([])
    expect(performance.now() - begun).toBeLessThan(2 * TIMEOUT_MS + 2000)
    expect(process.memoryUsage().rss - memory).toBeLessThan(60 * 1024 * 1024)
    bad = undefined
    await heal()
    expect(await shop.rpc.status({ orderId })).toMatchObject({ outcome: 'captured' })
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])

    bad = 'refund'
    expect(await giveBack(orderId)).toMatchObject({ outcome: 'pending' })
    bad = undefined
    await heal()
    expect(await shop.takenAtGateway(orderId)).toBe(600n)
    expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1', 'RefundIssued.v1'])

    const later = uuidv7()
    await pay(later, false)
    bad = 'capture'
    expect(await shop.rpc.capture({ orderId: later })).toMatchObject({ outcome: 'authorized' })
    bad = undefined
    await heal()
    expect(await shop.rpc.status({ orderId: later })).toMatchObject({ outcome: 'captured' })
    expect(await shop.takenAtGateway(later)).toBe(900n)
  })

  it.each(['captured', 'authorized', 'unknown', 'voided', 'declined'])(
    '“%s” to a refund: it is not counted as made',
    async (kind) => {
      answer = json({ kind, reference: 'r', reason: 'x' })
      const orderId = uuidv7()
      await pay(orderId)
      bad = 'refund'
      expect(await giveBack(orderId)).toMatchObject({ outcome: 'pending' })
      expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1'])
      bad = undefined
      await heal()
      expect(await shop.eventTypes(orderId)).toEqual(['PaymentProcessed.v1', 'RefundIssued.v1'])
    },
  )
})
