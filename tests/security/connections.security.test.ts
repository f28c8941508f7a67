import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import { administrator, type Person } from './people.ts'

let behind: Shop
let admin: Person

beforeAll(async () => {
  behind = await openShop({ TRUST_PROXY: 'loopback', RATE_LIMIT_PER_MINUTE: '400' })
  // people of this shop have addresses of their own, so what they do here does not eat anybody's budget
  admin = await administrator(behind)
}, 120_000)
afterAll(() => behind?.remove())

/** Bytes as they are, on a connection of their own; what came back until the other side closed or `until` was there. */
function send(
  shop: Shop,
  bytes: string | Buffer,
  until = /\r\n\r\n/,
  patience = 12_000,
): Promise<{ text: string; socket: Socket }> {
  const { hostname, port } = new URL(shop.url)
  const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) })
  let text = ''
  return new Promise((resolve) => {
    const end = () => resolve({ text, socket })
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (part) => {
      text += part.toString('latin1')
      if (until.test(text)) end()
    })
    socket.on('error', end)
    socket.on('close', end)
  })
}
const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)
async function statusFor(shop: Shop, bytes: string | Buffer): Promise<number> {
  const { text, socket } = await send(shop, bytes)
  socket.destroy()
  return statusOf(text)
}

describe('S20: bodies and connections', () => {
  const post = (body: string | Buffer, headers = 'content-type: application/json') =>
    Buffer.concat([
      Buffer.from(
        `POST /api/orders/quote HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 198.51.100.70\r\n${headers}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`,
      ),
      Buffer.from(body),
    ])

  it('that are too large, too deep or packed are refused, and cost nothing', async () => {
    const before = performance.now()
    const chunked =
      'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
    const cases: [string, number, string | Buffer][] = [
      ['64 KiB and one byte', 413, post(`{"x":"${'a'.repeat(65_536)}"}`)],
      ['10,000 levels', 400, post('['.repeat(10_000) + ']'.repeat(10_000))],
      ['10,000 keys', 400, post(`{${Array.from({ length: 5000 }, (_, n) => `"k${n}":1`).join()}}`)],
      ['100,000 keys', 413, post(`{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join()}}`)],
      ['chunks without end', 413, `${chunked}${`1000\r\n${'a'.repeat(4096)}\r\n`.repeat(20)}`],
      [
        '50 MB packed into 50 KB',
        415,
        post(gzipSync(Buffer.alloc(50_000_000)), 'content-type: application/json\r\ncontent-encoding: gzip'),
      ],
      [
        '50 MB packed twice, of a type that is not looked at',
        415,
        post(gzipSync(gzipSync(Buffer.alloc(50_000_000))), 'content-type: application/gzip'),
      ],
      ['gzip', 415, post(gzipSync('a'.repeat(60_000)), 'content-type: application/json\r\ncontent-encoding: gzip')],
      ['no content type', 415, post('{}', 'accept: */*')],
      // understood, so the rules of the body hold: a field that is none is refused
      ...[
        'application/json;',
        'application/json;charset=utf-8',
        'APPLICATION/JSON',
        'application/json\t',
        'application/json ; x=y',
        'application/json;;',
      ].map((type): [string, number, Buffer] => [
        `looked at: ${JSON.stringify(type)}`,
        400,
        post('{"x":1}', `content-type: ${type}`),
      ]),
      ...[
        'application/jsonx',
        'xapplication/json',
        'application/vnd.souk+json',
        'application/json+xml',
        'text/json',
        'application/x-json',
        'application//json',
        '*/*',
        'application',
        ';',
      ].map((type): [string, number, Buffer] => [`not looked at: ${type}`, 415, post('{}', `content-type: ${type}`)]),
      ['a tab in the type', 415, post('{}', 'content-type: \tapplication/xml')],
      ['another JSON', 415, post('{}', 'content-type: application/vnd.api+json')],
      ['two lengths', 400, 'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
      [
        'length and chunks',
        400,
        'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
      ['a line folded into a header', 400, 'GET /api/products HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\n\r\n'],
      ['20 KB of headers', 431, `GET /api/products HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`],
      ['no HTTP', 400, 'HELLO\r\n\r\n'],
    ]
    const answers = await Promise.all(cases.map(async ([name, , bytes]) => [name, await statusFor(behind, bytes)]))
    expect(answers).toEqual(cases.map(([name, status]) => [name, status]))
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it('that dawdle are closed, and hundreds of idle ones keep nobody from buying', async () => {
    const idle = await Promise.all(
      Array.from({ length: 400 }, async () => {
        const { hostname, port } = new URL(behind.url)
        const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) })
        socket.on('error', () => undefined)
        await new Promise((resolve) => socket.once('connect', resolve))
        return socket
      }),
    )
    const slow = [
      send(behind, 'GET /api/products HTTP/1.1\r\nhost: x\r\nx-a: ', /\r\n\r\n/, 30_000),
      send(
        behind,
        'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"items":',
        /\r\n\r\n/,
        30_000,
      ),
      send(
        behind,
        'POST /api/orders/quote HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"ite\r\n',
        /\r\n\r\n/,
        30_000,
      ),
    ]
    const { sku } = await sell(admin.client, 'idle-mug')
    const body = {
      items: [{ sku, quantity: 1 }],
      email: 'i@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }
    expectStatus(await client(behind.url, { 'x-forwarded-for': '198.51.100.71' }).post('/api/orders', body), 201)
    const ends = await Promise.all(slow)
    // 503: the time for its handler was over first
    expect(ends.map(({ text }) => statusOf(text)).filter((status) => status !== 408 && status !== 503)).toEqual([])
    for (const socket of [...idle, ...ends.map((one) => one.socket)]) socket.destroy()
  }, 60_000)
})
