import { connect, type Socket } from 'node:net'
import { quantile } from '../../bench/measure.ts'
import { address } from '../e2e/stock-the-shop.ts'
import type { Finding } from './scenario.ts'
import type { Reply } from './shoppers.ts'

export interface BurstRequest {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly body: unknown
  readonly headers?: Record<string, string>
}

export interface BurstReply extends Reply {
  /** from the last byte sent to the whole answer */
  readonly milliseconds: number
  /** The shop hung up before the last byte was sent: so many connections took longer to open than it waits for a request. */
  readonly cutOff: boolean
}

/**
 * Sends requests so that they arrive together: a connection each, everything but the last byte first, and when all are there the last
 * bytes in one turn of the event loop. Many callers who each do `fetch` arrive one after the other; these do not. Answers in the order of the
 * requests; a broken connection is status 0. `sent` is called when the last bytes are on their way.
 */
export async function burst(url: string, requests: readonly BurstRequest[], sent = () => {}): Promise<BurstReply[]> {
  const { hostname, port } = new URL(url)
  const waiting = await Promise.all(requests.map((request) => prepare(hostname, Number(port), request)))
  // The server must have read what there is before the last bytes come.
  await new Promise((resolve) => setTimeout(resolve, 100 + requests.length / 10))
  const begun = performance.now()
  const cutOff = waiting.map(({ socket }) => socket.destroyed)
  for (const { socket, last } of waiting) socket.write(last)
  sent()
  return await Promise.all(
    waiting.map(({ answer }, index) =>
      answer.then((reply) => ({ ...reply, milliseconds: reply.at - begun, cutOff: cutOff[index]! })),
    ),
  )
}

interface Prepared {
  readonly socket: Socket
  readonly last: Buffer
  readonly answer: Promise<Reply & { at: number }>
}

async function prepare(host: string, port: number, { method, path, body, headers = {} }: BurstRequest): Promise<Prepared> {
  const content = Buffer.from(JSON.stringify(body))
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}:${port}`,
    'content-type: application/json',
    `content-length: ${content.length}`,
    'connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const whole = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content])
  const socket = connect({ host, port, noDelay: true })
  const answer = read(socket)
  await new Promise((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', resolve)
  })
  socket.write(whole.subarray(0, -1))
  return { socket, last: whole.subarray(-1), answer }
}

function read(socket: Socket): Promise<Reply & { at: number }> {
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  socket.on('error', () => undefined)
  socket.setTimeout(60_000, () => socket.destroy())
  return new Promise((resolve) => {
    socket.once('close', () => {
      const text = Buffer.concat(parts).toString()
      const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s)
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0)
      const plain = /transfer-encoding: chunked/i.test(head) ? body.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/gi, '') : body
      resolve({ status, body: plain.startsWith('{') ? JSON.parse(plain) : plain, at: performance.now() })
    })
  })
}

/** A request may be turned away on purpose (503, 429, 409); any other answer of 500 and more is a fault. */
export const crashes = (replies: readonly BurstReply[]) =>
  replies.filter(({ status }) => status === 0 || (status >= 500 && status !== 503)).length
export const ok = (replies: readonly BurstReply[]) => replies.filter(({ status }) => status >= 200 && status < 300)

export function finding(id: string, what: string, replies: readonly BurstReply[], broken: readonly (string | false)[]): Finding {
  const examples = broken.filter((one): one is string => one !== false)
  const times = replies.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const codes = Object.entries(Object.groupBy(replies, ({ status }) => String(status))).map(
    ([code, all]) => `${all!.length} × ${code}`,
  )
  return {
    id,
    fault: 'F10',
    trials: replies.length,
    violations: examples.length,
    ...(examples.length > 0 ? { examples } : {}),
    p50: Math.round(quantile(times, 0.5)),
    p99: Math.round(quantile(times, 0.99)),
    note: `${what}: ${codes.join(', ')}`,
  }
}

export const order = (sku: string, more: object = {}, headers: Record<string, string> = {}): BurstRequest => ({
  method: 'POST',
  path: '/api/orders',
  body: {
    items: [{ sku, quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
    ...more,
  },
  headers,
})
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
