import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { buildApp } from '#kit/http/app.ts'
import { createVouchReader } from '#kit/http/forward/vouch.ts'
import { aUser } from '#kit/http/testing.ts'
import type { FoundLine, LineFilter } from '#kit/service/recent-lines.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { KeptSpan } from '#kit/tracing/recent-spans.ts'
import { createOtherProcesses } from './other-processes.ts'
import { traceRoutes } from './trace-routes.ts'

const secret = Buffer.alloc(32, 7)
const STORY = 'story-of-an-order'
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const open: FastifyInstance[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()))
})

interface Kept {
  readonly lines?: readonly FoundLine[]
  readonly spans?: readonly KeptSpan[]
}

/** A process that remembers this much, and is told where others are. */
async function aProcess(name: string, { lines = [], spans = [] }: Kept, peers: Record<string, string> = {}) {
  const found = ({ stories, level }: LineFilter) => {
    const fits = (of: { traceId: string | null; correlationId?: string | null }) =>
      !stories || stories.some((story) => story === of.traceId || story === of.correlationId)
    return {
      process: 'http',
      lines: lines.filter((line) => fits(line) && (level === undefined || line.level === level)),
      spans: stories ? spans.filter(fits) : [],
    }
  }
  const others = createOtherProcesses({
    here: [name],
    peers: new Map(Object.entries(peers).map(([service, url]) => [service, url === '' ? [] : [{ url, version: 'main' }]])),
    secret,
    patienceMs: 20_000,
    commandPatienceMs: 20_000,
  })
  const app = buildApp({
    services: [{ name: 'operations', routes: traceRoutes({ recent: async (filter) => [found(filter)], others }) }],
    log: silentLogger,
    edge: {
      rateLimit: false,
      vouchedClient: createVouchReader(secret),
      accessLog: 'off',
      authenticate: ({ authorization }) => (authorization === undefined ? undefined : aUser(authorization, ['monitoring:read'])),
    },
  })
  open.push(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    host: new URL(url).host,
    get: async (path: string) => (await app.inject({ url: path, headers: { authorization: 'ida' } })).json(),
  }
}

const line = (at: number, message: string, more: Partial<FoundLine> = {}): FoundLine => ({
  at,
  level: 'info',
  message,
  service: null,
  traceId: null,
  correlationId: null,
  details: {},
  ...more,
})
const span = (at: number, name: string): KeptSpan => ({
  at,
  milliseconds: 5,
  traceId: TRACE,
  spanId: name.padEnd(16, '0'),
  parentId: null,
  service: 'orders',
  name,
  kind: 'server',
  error: null,
  attributes: {},
})

describe('the log of a shop whose services run apart', () => {
  it('is read over all processes, newest first, each line with the process it is from', async () => {
    const orders = await aProcess('orders', { lines: [line(2, 'placed'), line(4, 'paid')] })
    const stock = await aProcess('inventory', { lines: [line(3, 'held'), line(5, 'gone', { level: 'warn' })] })
    const gateway = await aProcess(
      'gateway',
      { lines: [line(1, 'asked')] },
      { orders: orders.url, inventory: stock.url, search: '' },
    )
    const { items, unanswered } = await gateway.get('/api/admin/log')
    expect(items.map(({ message }: { message: string }) => message)).toEqual(['gone', 'paid', 'held', 'placed', 'asked'])
    expect(items[0].process).toBe(`inventory (${stock.host}) http`)
    expect(items[4].process).toBe('gateway http')
    expect(unanswered).toEqual(['search'])
    expect((await gateway.get('/api/admin/log?level=warn')).items).toMatchObject([{ message: 'gone' }])
  })

  it('tells one story where a process knows the correlation id and another one only the trace', async () => {
    const orders = await aProcess('orders', { lines: [line(1, 'placed', { correlationId: STORY, traceId: TRACE })] })
    const stock = await aProcess('inventory', {
      spans: [span(1_000_020.5, 'reserve')],
      lines: [line(3, 'held', { traceId: TRACE })],
    })
    const peers = { orders: orders.url, inventory: stock.url }
    const gateway = await aProcess('gateway', { spans: [span(1_000_000, 'post')] }, peers)
    const { spans, lines, unanswered } = await gateway.get(`/api/admin/traces/${STORY}`)
    expect(spans).toMatchObject([
      { name: 'post', startMs: 0, process: 'gateway http' },
      { name: 'reserve', startMs: 20.5, process: `inventory (${stock.host}) http` },
    ])
    expect(lines.map(({ message }: { message: string }) => message)).toEqual(['placed', 'held'])
    expect(unanswered).toEqual([])
  })
})
