import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createEurekaClient, type FoundInstance, readApplications } from './eureka-client.ts'
import { followRegistry } from './live-peers.ts'
import { joinRegistry } from './membership.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'

const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
  vi.useRealTimers()
})

const at = (service: string, port: number, version?: string): FoundInstance => ({
  app: service,
  instanceId: `${service}:${port}`,
  url: `http://127.0.0.1:${port}`,
  metadata: version === undefined ? {} : { version },
})

describe('where services are', () => {
  const follow = (named: ReadonlyMap<string, { url: string; version: string }[]> = new Map(), doubtMs = 100) => {
    const registry = { answer: [] as FoundInstance[] | undefined, away: false, asked: 0 }
    const client = {
      instances: async () => {
        registry.asked += 1
        if (registry.away) throw new Error('away')
        return registry.answer
      },
    }
    const usual = new Map(
      ['orders', 'carts', 'users'].map((name, index) => [name, [{ url: `http://127.0.0.1:${8086 + index}`, version: 'main' }]]),
    )
    const live = followRegistry({ usual, named, client, everyMs: 5, doubtMs, log: silentLogger })
    opened.push(() => live.close())
    const urls = () => live.peers.get('orders')!.map(({ url }) => Number(new URL(url).port))
    const turn = async () => {
      const { asked } = registry
      await eventually(() => expect(registry.asked).toBeGreaterThan(asked + 1))
    }
    return { registry, live, urls, turn }
  }

  it('is what the registry says; their usual address only while it knows nobody', async () => {
    const { registry, live, urls, turn } = follow()
    expect(urls()).toEqual([8086])
    registry.answer = [at('orders', 1, 'v1'), at('orders', 2), at('stranger', 3)]
    await live.open(1_000)
    expect(live.peers.get('orders')).toEqual([
      { url: 'http://127.0.0.1:1', version: 'v1' },
      { url: 'http://127.0.0.1:2', version: 'main' },
    ])
    expect(live.peers.has('stranger')).toBe(false)
    const before = live.peers.get('orders')
    await turn()
    expect(live.peers.get('orders')).toBe(before)
    registry.answer = undefined
    await turn()
    expect(live.peers.get('orders')).toBe(before)
  })

  it('stays as it was while the registry is away', async () => {
    const { registry, live, urls, turn } = follow()
    registry.answer = [at('orders', 1), at('orders', 2)]
    await live.open(1_000)
    registry.away = true
    await turn()
    expect(urls()).toEqual([1, 2])
  })

  it('is not forgotten because a registry lost its memory: most of it gone is believed after a while', async () => {
    const { registry, live, urls, turn } = follow()
    registry.answer = [at('orders', 1), at('orders', 2), at('orders', 3)]
    await live.open(1_000)
    registry.answer = []
    await turn()
    expect(urls()).toEqual([1, 2, 3])
    registry.answer = [at('orders', 1), at('orders', 2)]
    await eventually(() => expect(urls()).toEqual([1, 2]))
    registry.answer = []
    await eventually(() => expect(urls()).toEqual([8086]))
  })

  it.each([
    ['where it was, as long as that is doubted', 60_000, 1],
    ['nowhere but at its usual address, once that is believed', 20, 8086],
  ])('is for a service whose only instance renews no more %s', async (_, doubtMs, port) => {
    const { registry, live, urls, turn } = follow(new Map(), doubtMs)
    const others = [at('carts', 2), at('users', 3)]
    registry.answer = [at('orders', 1), ...others]
    await live.open(1_000)
    registry.answer = others
    await turn()
    // nothing has changed since
    registry.answer = undefined
    await turn()
    await eventually(() => expect(urls()).toEqual([port]))
    registry.answer = [at('orders', 4), ...others]
    await eventually(() => expect(urls()).toEqual([4]))
  })

  it.each([
    ['after one doubt, not two, when it went with most of all', 0, 8086],
    ['only after a doubt of its own when it went later than most of all', 600, 1],
  ])('is for a service without its only instance nowhere %s', async (_, laterMs, port) => {
    vi.useFakeTimers()
    const { registry, live, urls } = follow(new Map(), 1_000)
    const orders = at('orders', 1)
    registry.answer = [orders, ...[2, 3, 4, 5].map((each) => at('users', each))]
    await live.open(1_000)
    registry.answer = [orders, at('users', 2)]
    await vi.advanceTimersByTimeAsync(laterMs)
    registry.answer = [at('users', 2)]
    await vi.advanceTimersByTimeAsync(900 - laterMs)
    expect([urls(), live.peers.get('users')!.length]).toEqual([[1], 4])
    await vi.advanceTimersByTimeAsync(200)
    expect([urls(), live.peers.get('users')!.length]).toEqual([[port], 1])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(urls()).toEqual([8086])
  })

  it('is heard of as soon as it changes, where the registry waits for that, and nobody waits for it at the end', async () => {
    const waiting: { wait?: boolean; signal?: AbortSignal; answer(now: FoundInstance[]): void }[] = []
    const client = {
      instances: (how: { wait?: boolean; signal?: AbortSignal } = {}) =>
        new Promise<FoundInstance[]>((answer) => void waiting.push({ ...how, answer })),
    }
    const usual = new Map([['orders', [{ url: 'http://127.0.0.1:8086', version: 'main' }]]])
    const live = followRegistry({ usual, named: new Map(), client, everyMs: 1_000, log: silentLogger })
    opened.push(() => live.close())
    vi.useFakeTimers()
    const first = live.open(10_000)
    waiting[0]!.answer([at('orders', 1)])
    await first
    await vi.advanceTimersByTimeAsync(1_000)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(waiting.map(({ wait }) => wait)).toEqual([true, true])
    waiting[1]!.answer([at('orders', 2)])
    await vi.advanceTimersByTimeAsync(0)
    expect(live.peers.get('orders')).toMatchObject([{ url: 'http://127.0.0.1:2' }])
    expect(waiting).toHaveLength(3)
    live.close()
    expect(waiting[2]!.signal?.aborted).toBe(true)
  })

  it('is also where the settings say, and that may change', async () => {
    const { registry, live, urls } = follow(new Map([['orders', [{ url: 'http://127.0.0.1:9', version: 'v9' }]]]))
    registry.answer = [at('orders', 1), at('orders', 9)]
    await live.open(1_000)
    expect(urls()).toEqual([9, 1])
    expect(live.peers.get('orders')![0]!.version).toBe('v9')
    live.name(new Map())
    expect(urls()).toEqual([1, 9])
  })
})

describe('a process in the registry', () => {
  const instance = { app: 'orders', instanceId: 'orders:1', host: '127.0.0.1', port: 1, metadata: {} }

  it('gets no requests before it is ready, comes back when it was forgotten or the registry was away, and leaves', async () => {
    const said: string[] = []
    const state = { known: true, away: false, ready: false }
    const say = (text: string) => {
      if (state.away) throw new Error('away')
      said.push(text)
    }
    const client = {
      register: async (_: unknown, status: string) => {
        say(status)
        state.known = true
      },
      renew: async () => {
        say('renew')
        return state.known
      },
      cancel: async () => say('gone'),
    }
    const member = joinRegistry({ client, instances: [instance], renewMs: 5, ready: () => state.ready, log: silentLogger })
    await eventually(() => expect(said.slice(0, 2)).toEqual(['STARTING', 'renew']))
    state.ready = true
    await eventually(() => expect(said).toContain('UP'))
    expect(said.filter((one) => one === 'UP')).toHaveLength(1)
    state.known = false
    await eventually(() => expect(said.filter((one) => one === 'UP')).toHaveLength(2))
    state.away = true
    state.away = false
    await member.leave()
    expect(said.at(-1)).toBe('gone')
    const { length } = said
    await member.leave()
    expect(said.slice(length)).toEqual(['gone'])
  })
})

describe('the words of the protocol', () => {
  it('are understood as real servers say them: one or many, numbers as texts, only who is UP', () => {
    const instance = (change: object) => ({
      app: 'ORDERS',
      instanceId: 'a',
      hostName: '10.0.0.7',
      status: 'UP',
      port: { $: '8086', '@enabled': 'true' },
      securePort: { $: 443, '@enabled': 'false' },
      ...change,
    })
    const applications = (application: unknown) => readApplications({ applications: { application } })
    expect(applications({ name: 'ORDERS', instance: instance({}) })).toEqual([
      { app: 'orders', instanceId: 'a', url: 'http://10.0.0.7:8086', metadata: {} },
    ])
    const secure = instance({
      port: { $: 80, '@enabled': 'false' },
      securePort: { $: 443, '@enabled': 'true' },
      metadata: { version: 2 },
    })
    expect(applications([{ instance: [instance({ status: 'DOWN' }), secure, instance({ hostName: 'not a host' })] }])).toEqual([
      { app: 'orders', instanceId: 'a', url: 'https://10.0.0.7', metadata: { version: '2' } },
    ])
    expect(applications([])).toEqual([])
    expect(() => readApplications({})).toThrow(/Eureka/)
  })

  it.each([
    ['one question that a registry of ours answers when something changes', 200, ['changes', 'changes']],
    ['questions as to any other where a registry knows no waiting', 404, ['changes', 'apps/', 'apps/']],
  ])('are %s', async (_, status, asked) => {
    const seen: string[] = []
    const server = createServer((request, answer) => {
      seen.push(request.url!.replace('/eureka/', ''))
      answer
        .writeHead(request.url === '/eureka/changes' ? status : 200, { etag: '"1"' })
        .end('{"applications":{"application":[]}}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    opened.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const client = createEurekaClient({
      urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/eureka`],
      authorization: async () => undefined,
      leaseSeconds: 15,
      renewSeconds: 5,
    })
    expect(await client.instances({ wait: true })).toEqual([])
    expect(await client.instances({ wait: true })).toEqual([])
    expect(seen).toEqual(asked)
  })

  it('go to the next registry when one is away, with the name and password of its URL', async () => {
    const seen: string[] = []
    const server = createServer((request, answer) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${request.headers['if-none-match'] ?? ''}`)
      const same = request.headers['if-none-match'] === '"1"'
      answer.writeHead(same ? 304 : 200, { etag: '"1"' }).end(same ? undefined : '{"applications":{"application":[]}}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    opened.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const client = createEurekaClient({
      urls: ['http://127.0.0.1:1/eureka', `http://me:p%40ss@127.0.0.1:${port}/eureka`],
      authorization: async () => 'Bearer mine',
      leaseSeconds: 15,
      renewSeconds: 5,
    })
    expect(await client.instances()).toEqual([])
    expect(await client.instances()).toBeUndefined()
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`
    expect(seen).toEqual([`GET /eureka/apps/ ${basic} `, `GET /eureka/apps/ ${basic} "1"`])
  })
})
