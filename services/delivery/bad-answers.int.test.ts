import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { sendOutward } from '#kit/http/outward.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { TestService } from '#kit/testing/service.ts'
import { careful } from './carriers/careful.ts'
import type { Carrier, CarrierMessage } from './carriers/carrier.ts'
import { createReturn } from './commands/create-return.ts'
import { expectInvariants, type Lines, parcelsIn, startDelivery } from './delivery.fixture.ts'
import type { Deps } from './deps.ts'
import { bookParcels } from './jobs/book-parcels.ts'
import { anAddress } from './testing/address.ts'

/** How long a carrier has: one that is well is not hurried on a busy machine, for one that is not a test need not wait long. */
const [PATIENT_MS, HASTY_MS] = [10_000, 250]
const settings = { carrierTimeoutMs: PATIENT_MS }

/** The carrier's server on the wire; a test says how it answers. */
let answer: RequestListener
let server: Server
let shop: TestService
let deps: Deps

/** A driver as somebody in a hurry writes one: what comes over the wire is passed on as if it were right, for as long as it takes. */
const hasty = (url: string): Carrier => {
  const ask = async () => {
    const { body } = await sendOutward({ url, method: 'GET', timeoutMs: 60_000, maxBytes: 64 * 1024, allowPrivate: true })
    return JSON.parse(body.toString()) as never
  }
  return {
    name: 'dhl',
    title: 'DHL',
    trackingUrl: () => null,
    book: ask,
    stop: ask,
    verify: () => undefined,
    parse: () => undefined as never,
  }
}

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  shop = await startDelivery()
  const carrier = careful(hasty(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
  deps = {
    db: shop.db,
    outbox: createOutbox({ source: 'delivery', wakeUp: { ring() {} } }),
    log: silentLogger,
    settings,
    carriers: new Map([['dhl', carrier]]),
  } as unknown as Deps
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await expectInvariants(shop)
  await shop.close()
})

const { plan, see, act } = parcelsIn(() => shop)
const mug: Lines = [{ sku: 'mug', quantity: 1 }]
const aReturn = () => ({ orderId: uuidv7(), returnId: uuidv7(), address: anAddress(), lines: mug })
const work = () => bookParcels(deps, AbortSignal.timeout(15_000))
/** What is done while the carrier answers with `listener`; afterwards it is well. */
async function whileItSays<T>(listener: RequestListener, done: () => Promise<T>): Promise<T> {
  answer = listener
  settings.carrierTimeoutMs = HASTY_MS
  try {
    return await done()
  } finally {
    answer = honest
    settings.carrierTimeoutMs = PATIENT_MS
  }
}

const says =
  (body: string, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
const json = (body: unknown) => says(JSON.stringify(body))
let numbers = 1000
const honest: RequestListener = (request, response) => {
  numbers += 1
  json({ trackingNumber: `JD-${numbers}` })(request, response)
}

const ANSWERS: readonly (readonly [string, RequestListener])[] = [
  ['ten megabytes', says(`{"trackingNumber":"${'x'.repeat(10 * 1024 * 1024)}"}`)],
  ['a number of fifty thousand letters', json({ trackingNumber: 'x'.repeat(50_000) })],
  ['one byte at a time, without end', (_request, response) => {
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }],
  ['headers and nothing behind them', (_request, response) => void response.writeHead(200, { 'content-length': '100' }).flushHeaders()],
  ['a connection that breaks in the middle', (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"track')
    setTimeout(() => response.destroy(), 20)
  }],
  ['nothing at all', says('')],
  ['a page of HTML', says('<!doctype html><h1>It works!</h1>', 200, { 'content-type': 'text/html' })],
  ['a number that is HTML', json({ trackingNumber: '<img src=x onerror=alert(1)>' })],
  ['a redirect to somebody who has a number', (request, response) =>
    request.url === '/there' ? json({ trackingNumber: 'JD-THERE' })(request, response) : says('', 302, { location: '/there' })(request, response)],
  ['200 with an error in it', json({ error: { message: 'no such service' } })],
  ['an error page with 500', says('{"message":"oops"}', 500)],
  ['NaN for a number', says('{"trackingNumber":NaN}')],
  ['a number for a number', json({ trackingNumber: 42 })],
  ['an empty number', json({ trackingNumber: '' })],
  ['a number with a line break in it', json({ trackingNumber: 'JD1\r\nX-Evil: 1' })],
  ['a number with a zero in it', json({ trackingNumber: 'JD\u00001' })],
  ['a list of numbers', json({ trackingNumber: ['JD1'] })],
  ['a number too short to be secret', json({ trackingNumber: 'JD1' })],
  ['a number that is no part of an address', json({ trackingNumber: 'JD 1/2_3' })],
  ['null', says('null')],
  ['a list', says('[]')],
] // biome-ignore format: a table reads better in rows

describe('S17: a carrier that answers', () => {
  it.each(ANSWERS)(
    '%s: no parcel has a number of it, it ends in time, and the parcel leaves once the carrier is well',
    async (_what, listener) => {
      const id = await plan(uuidv7(), mug)
      const back = aReturn()
      await whileItSays(listener, async () => {
        const begun = performance.now()
        await work()
        expect(performance.now() - begun).toBeLessThan(HASTY_MS + 2000)
        expect(await see(id)).toMatchObject({ state: 'planned', trackingNumber: null })
        await expect(createReturn(deps, back)).rejects.toThrow()
        expect(await shop.db.sql`select 1 from shipments where return_id = ${back.returnId}`).toEqual([])
      })
      await work()
      expect(await see(id)).toMatchObject({ state: 'labelled', trackingNumber: expect.stringMatching(/^JD-\d+$/) })
      expect(await createReturn(deps, back)).toMatchObject({ trackingNumber: expect.stringMatching(/^JD-\d+$/) })
    },
  )

  it('the number of another parcel: that one keeps it, and the parcels beside it leave', async () => {
    answer = honest
    const first = await plan(uuidv7(), mug)
    await work()
    const { trackingNumber } = await see(first)
    const [twin, other] = [await plan(uuidv7(), mug), await plan(uuidv7(), mug)]
    answer = (request, response) => {
      answer = honest
      json({ trackingNumber })(request, response)
    }
    await work()
    const seen = await Promise.all([first, twin, other].map(see))
    expect(seen[0]).toMatchObject({ trackingNumber })
    expect(seen.filter(({ state }) => state === 'labelled')).toHaveLength(2)
    answer = honest
    await work()
    expect((await Promise.all([twin, other].map(see))).map(({ state }) => state)).toEqual(['labelled', 'labelled'])
  })

  it('the number of another parcel for a return: nobody waits for another one, and the process is told why there is no label', async () => {
    answer = honest
    const first = await plan(uuidv7(), mug)
    await work()
    const { trackingNumber } = await see(first)
    const back = aReturn()
    answer = json({ trackingNumber })
    await expect(createReturn(deps, back)).rejects.toMatchObject({ code: 'delivery/number-taken', kind: 'conflict' })
    expect(await shop.db.sql`select 1 from shipments where return_id = ${back.returnId}`).toEqual([])
    expect(await see(first)).toMatchObject({ trackingNumber })
  })

  it('nothing when it is told that a parcel will not come: it is told again', async () => {
    answer = honest
    const id = await plan(uuidv7(), mug)
    await work()
    expect((await act(id, 'cancel')).status).toBeLessThan(300)
    const told = async () => (await shop.db.sql`select carrier_stopped as told from shipments where id = ${id}`)[0]!['told']
    await whileItSays((_request, response) => void response.writeHead(200, { 'content-length': '100' }).flushHeaders(), work)
    expect(await told()).toBe(false)
    answer = says('{}')
    await work()
    expect(await told()).toBe(true)
  })
})

describe('S17: a message of a carrier', () => {
  const good: CarrierMessage = { id: 'm1', trackingNumber: 'JD-1', status: 'delivered', reason: null, happenedAt: new Date() }
  const parsed = (message: unknown) =>
    careful({ ...hasty(''), parse: () => message as CarrierMessage }).parse('m1', Buffer.from(''))
  it('counts only when all of it can be true', () => {
    expect(parsed(good)).toEqual(good)
    const refusal = expect.objectContaining({ code: 'delivery/bad-message' })
    const bent: object[] = [
      { id: 'm2' },
      { trackingNumber: '' },
      { trackingNumber: 'JD1' },
      { trackingNumber: 1042 },
      { trackingNumber: ['JD-1'] },
      { trackingNumber: null },
      { trackingNumber: '<b>1</b>' },
      { trackingNumber: 'x'.repeat(61) },
      { status: 'PAID' },
      { status: 'cancelled' },
      { reason: 'x'.repeat(201) },
      { reason: { toString: 'x' } },
      { happenedAt: new Date(Number.NaN) },
      { happenedAt: '2026-01-01' },
      { happenedAt: new Date(Date.now() + 90_000_000) },
      { happenedAt: new Date(0) },
    ]
    for (const change of bent) expect(() => parsed({ ...good, ...change }), JSON.stringify(change)).toThrow(refusal)
    for (const nothing of [null, undefined, [], 'JD-1', 42]) expect(() => parsed(nothing), String(nothing)).toThrow(refusal)
  })

  it('and a page about a parcel leads shoppers to pages only', () => {
    const page = (url: string | null) => careful({ ...hasty(''), trackingUrl: () => url }).trackingUrl('JD1')
    expect(page('https://carrier.example/JD1')).toBe('https://carrier.example/JD1')
    for (const url of [
      'javascript:alert(1)',
      'data:text/html,x',
      '//',
      'https://',
      `https://x.example/${'x'.repeat(2000)}`,
      null,
    ])
      expect(page(url), String(url)).toBeNull()
  })
})
