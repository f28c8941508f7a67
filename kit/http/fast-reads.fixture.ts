import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll } from 'vitest'
import Type from 'typebox'
import { buildApp } from './app.ts'
import { errors } from './errors.ts'
import type { FaultSource } from './faults.ts'
import type { ChannelDirectory } from './negotiation.ts'
import { anyone, get, Reply, type Asker } from './route.ts'
import { aUser, rememberingLogger } from './testing.ts'
import { createResponseCache } from '#kit/cache/response-cache.ts'
import { closed } from '#kit/messaging/event.ts'
import { memoryRateStore, type RateStore } from './rate-limit.ts'

export const channels: ChannelDirectory & { version: number } = {
  version: 1,
  defaultChannel: { key: 'web', locales: ['en', 'de'] },
  byKey: (key) => (key === 'web' || key === 'trade' ? { key, locales: ['en', 'de'] } : undefined),
  byHost: (host) => (host === 'trade.example' ? { key: 'trade', locales: ['de'] } : undefined),
}
const price = (asker: Pick<Asker, 'principal' | 'headers'>) =>
  asker.headers['authorization'] === undefined ? 'everybody' : asker.principal.kind === 'user' ? asker.principal.id : 'nobody'

export interface Shop {
  readonly app: FastifyInstance
  readonly changed: string[][]
  readonly log: ReturnType<typeof rememberingLogger>
  readonly seen: unknown[]
  readonly ends: { status: number; path: string }[]
  busy: boolean
}

/** Counts where the answer takes a moment; a refused client is not counted again, as with every store. */
function storeElsewhere(): RateStore {
  const store = memoryRateStore()
  return { take: async (...request) => store.take(...request) }
}

/** The same shop each time: what it answers depends on nothing but the question. */
export function aShop(
  options: { max?: number; elsewhere?: boolean; proxies?: string[]; origins?: string[]; faults?: FaultSource } = {},
): Shop {
  const changed: string[][] = []
  const log = rememberingLogger()
  const [seen, ends]: [unknown[], Shop['ends']] = [[], []]
  const shop = { changed, log, seen, ends, busy: false }
  const cache = createResponseCache({
    read: async (since) => ({
      snapshot: String(changed.length),
      tags: changed.slice(Number(since ?? 0)).flat(),
      everything: since === undefined,
    }),
  })
  let version = 0
  const app = buildApp({
    log,
    services: [
      {
        name: 'things',
        cache,
        routes: [
          get(
            '/api/things',
            {
              access: anyone,
              summary: 'List things',
              query: closed({ limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 }) }),
              response: closed({ limit: Type.Integer(), channel: Type.String(), locale: Type.String() }),
              cached: { tags: ['lists'], seconds: 60 },
            },
            async ({ query, channel, locale }) => ({ limit: query.limit, channel, locale }),
          ),
          get(
            '/api/things/:id',
            {
              access: anyone,
              summary: 'Show a thing',
              params: closed({ id: Type.String() }),
              response: closed({ id: Type.String(), for: Type.String(), version: Type.Integer() }),
              cached: {
                tags: [],
                seconds: 60,
                variant: price,
                served: ({ principal, channel }, note) => void seen.push({ note, channel, kind: principal.kind }),
              },
            },
            async (request) => {
              const { id } = request.params
              if (id === 'gone') throw errors.noSuchRoute()
              if (request.headers['authorization'] !== undefined) void request.principal
              version += 1
              const cache = id === 'secret' ? false : { tags: [id], note: id }
              return new Reply({ id: id === 'b' ? 'Töpfe ♥ 🍵' : id, for: price(request), version }, { cache })
            },
          ),
        ],
      },
    ],
    edge: {
      channels,
      ...(options.proxies ? { trustedProxies: options.proxies } : {}),
      ...(options.origins ? { corsOrigins: options.origins } : {}),
      rateLimit:
        options.max === undefined ? false : { max: options.max, ...(options.elsewhere ? { store: storeElsewhere() } : {}) },
      authenticate: ({ authorization }) => {
        if (authorization === undefined) return undefined
        if (authorization === 'Bearer bad') throw errors.invalidToken()
        // one that has to be verified first
        if (authorization === 'Bearer expired') return Promise.reject(errors.invalidToken())
        if (authorization === 'Bearer elsewhere') return { kind: 'service', id: 'orders', audience: ['others'] }
        return aUser(authorization.slice(7))
      },
      shed: () => (shop.busy ? 3 : undefined),
    },
    ...(options.faults ? { faults: options.faults } : {}),
    onRequestEnd: ({ status, facts }) => void ends.push({ status, path: facts.path }),
  })
  return Object.assign(shop, { app })
}

export interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
  /** answered before the framework saw it: the edge then writes its headers last, not first */
  readonly fast: boolean
}

const opened: FastifyInstance[] = []
afterAll(() => Promise.all(opened.map((app) => app.close())))
export async function overTheWire(app: FastifyInstance) {
  if (!app.server.listening) {
    opened.push(app)
    await app.listen({ host: '127.0.0.1', port: 0 })
  }
  const { port } = app.server.address() as AddressInfo
  return (url: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path: url, headers, method }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          body += part
        })
        const names = response.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
        response.on('end', () =>
          resolve({
            status: response.statusCode as number,
            headers: response.headers,
            body,
            fast: names.indexOf('x-correlation-id') > names.indexOf('cache-control'),
          }),
        )
      })
        .on('error', reject)
        .end()
    })
}
