import { expect, test } from 'vitest'
import { operationRoutes } from '#kit/http/health.ts'
import { createMetrics } from '#kit/http/metrics.ts'
import { anyone, get } from '#kit/http/route.ts'
import { testApp } from '#kit/http/testing.ts'
import { openCaches, registerCacheGauges } from './caches.ts'

const SHARED = { hits: 1, misses: 3, waits: 0, failures: 0 }

/** A shop of two services with a memory that processes share; only one of them keeps answers. */
async function shop() {
  const routes = [
    get('/api/things', { access: anyone, summary: 'All', cached: { tags: ['lists'], seconds: 60 } }, async () => ['a thing']),
  ]
  const service = (name: string, kept: typeof routes) => ({
    name,
    routes: kept,
    service: {},
    changes: async () => ({ snapshot: '1', tags: [], everything: false }),
  })
  const second = {
    snapshot: async () => undefined,
    tell: () => undefined,
    ask: async () => ({ since: undefined, answer: undefined, madeElsewhere: false }),
    keep: async () => undefined,
    stats: () => SHARED,
  }
  const platform = {
    host: { services: [service('things', routes), service('others', [])] },
    bus: { onNews: async () => () => undefined },
    memory: {
      driver: 'redis',
      secondLevel: () => second,
      describe: async () => ({ keys: 7 }),
      stats: () => ({ up: true, hits: 3, misses: 1, failures: 0 }),
    },
  } as unknown as Parameters<typeof openCaches>[0]
  const metrics = createMetrics({ process: false })
  const caches = await openCaches(platform)
  registerCacheGauges(metrics, caches, platform)
  const operations = operationRoutes({ health: [caches.health], metrics, info: () => ({}), details: 'everyone' })
  const app = testApp(routes, { name: 'things', operations, services: [{ name: 'things', routes, cache: caches.of('things') }] })
  const series = async (name: string) => {
    const lines = (await app.inject('/actuator/prometheus')).body.split('\n')
    return Object.fromEntries(
      lines
        .filter((line) => line.startsWith(`${name}{`))
        .map((line) => [/service="(.*?)"/.exec(line)![1], Number(line.split(' ').at(-1))]),
    )
  }
  return { app, series, details: async () => (await app.inject('/actuator/health/cache')).json().details }
}

test('a cache that nobody has asked yet has no hit rate', async () => {
  const { series, details } = await shop()
  expect((await details()).things).toMatchObject({ entries: 0, bytes: 0, hitRate: null })
  expect(await series('cache_hit_rate')).toEqual({})
})

test('health and metrics tell of every cache how often it helped and how much memory it takes', async () => {
  const { app, series, details } = await shop()
  for (let asked = 0; asked < 4; asked += 1) expect((await app.inject('/api/things')).json()).toEqual(['a thing'])
  const { things, others, memory } = await details()
  expect(things).toMatchObject({ entries: 1, hits: 3, misses: 1, hitRate: 0.75, shared: { ...SHARED, hitRate: 0.25 } })
  expect(things.bytes).toBeGreaterThan(JSON.stringify(['a thing']).length)
  expect([others, memory]).toEqual([undefined, { keys: 7 }])
  expect(await series('cache_bytes')).toEqual({ things: things.bytes })
  expect(await series('cache_hit_rate')).toEqual({ things: 0.75 })
  expect([await series('cache_hits'), await series('cache_misses')]).toEqual([{ things: 3 }, { things: 1 }])
  expect(await series('cache_shared_hit_rate')).toEqual({ things: 0.25 })
})
