import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { buildApp } from '#kit/http/app.ts'
import { createVouchReader } from '#kit/http/forward/vouch.ts'
import { decodeCursor, type Page, PageQuery, page } from '#kit/http/paging.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { aUser } from '#kit/http/testing.ts'
import { closed } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { across, toAll, toOne, type Unanswered } from './across-processes.ts'
import { errors } from './errors.ts'
import { joined } from './joined.ts'
import { createOtherProcesses } from './other-processes.ts'

const secret = Buffer.alloc(32, 7)
const open: { close(): Promise<unknown> }[] = []

/** Ends every process and instance of a test. */
export const closeAll = async (): Promise<void> => void (await Promise.all(open.splice(0).map((app) => app.close())))

export interface Letter {
  readonly id: string
  readonly group: string
}
const list = 'letters'
const wait = () => new Promise<never>(() => undefined)

type Peers = Map<string, readonly { url: string; version: string }[]>

/** An instance of the service of orders that does with a request what it is told to, and knows what was sent to it. */
export async function anInstance(behaviour: RequestListener) {
  const seen: string[] = []
  const server = createServer((request, answer) => {
    seen.push(`${request.method} ${request.url}`)
    behaviour(request, answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    async close() {
      server.close()
      server.closeAllConnections()
    },
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

export const runsOrders = ({ peers }: { readonly peers: Peers }, ...urls: readonly string[]) =>
  void peers.set(
    'orders',
    urls.map((url) => ({ url, version: 'main' })),
  )
export const does: RequestListener = (_request, answer) =>
  void answer.writeHead(200, { 'content-type': 'application/json' }).end('{"by":"ida","at":"second"}')
export const hangsUp: RequestListener = (request) => void request.socket.destroy()
export const says =
  (status: number, problem: object, headers: Record<string, string> = {}): RequestListener =>
  (_request, answer) =>
    void answer.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(JSON.stringify(problem))

/** One process of a shop: letters of its services; what it knows of the others is filled in once all listen. */
export async function aProcess(
  kept: Record<string, string[]>,
  { silent = false, rights = ['events:operate'], patienceMs = 20_000, commandPatienceMs = 20_000, budget = 1 } = {},
) {
  const peers: Peers = new Map()
  const here = Object.keys(kept)
  const asked: string[] = []
  const others = createOtherProcesses({ here, peers, secret, patienceMs, commandPatienceMs })
  const groupsFor = (headers: Record<string, string | undefined>) =>
    here.filter((name) => others.about(headers)?.includes(name) ?? true)
  const routes: Route[] = [
    toAll<Page<Letter> & Unanswered>(
      others,
      {
        serviceOf: ({ query }) => (query as { group?: string }).group,
        merge: (pages, { query }) => pageOf(pages, (query as { limit: number }).limit),
      },
      get(
        '/api/letters',
        {
          access: can('events:operate'),
          summary: 'letters',
          query: closed({ ...PageQuery, group: Type.Optional(Type.String()) }),
          response: across(page(closed({ id: Type.String(), group: Type.String() }))),
        },
        async ({ headers, query: { limit, cursor } }) => {
          asked.push(groupsFor(headers).join())
          if (silent) await wait()
          const [after = ''] = cursor === undefined ? [] : decodeCursor(cursor, list, 1)
          const own = groupsFor(headers).flatMap((group) => (kept[group] ?? []).map((id) => ({ id, group })))
          return pageOf([{ items: own.filter(({ id }) => id > after) }], limit)
        },
      ),
    ),
    toOne(
      others,
      ({ params }) => (params as { group: string }).group,
      post(
        '/api/letters/:group/:id/redrive',
        {
          access: can('events:operate'),
          idempotency: 'none',
          summary: 'again',
          params: closed({ group: Type.String(), id: Type.String() }),
          response: closed({ by: Type.String(), at: Type.String() }),
        },
        async ({ params: { group, id }, principal }) => {
          if (silent) await wait()
          if (!here.includes(group)) throw errors.noSuchGroup({ group })
          if (!kept[group]?.includes(id)) throw errors.noSuchDeadLetter({ group, eventId: id })
          return { by: principal.id, at: here.join() }
        },
      ),
    ),
  ]
  const app = buildApp({
    services: [{ name: 'operations', routes }],
    log: silentLogger,
    edge: {
      rateLimit: { max: budget },
      vouchedClient: createVouchReader(secret),
      accessLog: 'off',
      authenticate: ({ authorization }) => (authorization === undefined ? undefined : aUser(authorization, rights)),
    },
  })
  open.push(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const call = async (method: 'GET' | 'POST', path: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({ method, url: path, headers: { authorization: 'ida', ...headers } })
    return { status: answer.statusCode, body: answer.json(), retryAfter: answer.headers['retry-after'] }
  }
  return { url, peers, here, asked, call, app }
}

const pageOf = (parts: readonly Page<Letter>[], limit: number) => joined(parts, { limit, keyOf: ({ id }) => [id], list })

type Process = Awaited<ReturnType<typeof aProcess>>
/** Tells every process where the others are. */
export function acquaint(...all: Process[]): void {
  for (const one of all)
    for (const other of all)
      for (const service of other.here) {
        if (one.here.includes(service)) continue
        one.peers.set(service, [...(one.peers.get(service) ?? []), { url: other.url, version: 'main' }])
      }
}
