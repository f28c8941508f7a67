import { expect, test } from 'vitest'
import { operationRoutes } from './health.ts'
import { createMetrics } from './metrics.ts'
import { anyone, get } from './route.ts'
import { rememberingLogger, testApp } from './testing.ts'

const shop = (
  parts: Record<string, () => Promise<Record<string, unknown>>>,
  options: { ready?: () => boolean; details?: 'everyone' } = {},
) => {
  const metrics = createMetrics({ process: false })
  const log = rememberingLogger()
  const health = Object.entries(parts).map(([name, check]) => ({ name, check }))
  const operations = operationRoutes({ health, metrics, info: () => ({ app: 'souk' }), timeoutMs: 50, ...options })
  const app = testApp([get('/api/things/:id', { access: anyone, summary: 'One' }, async () => undefined)], {
    operations,
    onRequestEnd: metrics.observe,
    log,
    edge: { rateLimit: { max: 1 } },
  })
  const staff = { 'x-test-principal': 'ops monitoring:read' }
  return { app, metrics, log, staff }
}

test('the platform is up when every part is, and only staff see the details', async () => {
  const { app, staff } = shop({ database: async () => ({ ms: 1 }), bus: async () => ({ lag: 0 }) })
  const [anybody, ops] = [await app.inject('/actuator/health'), await app.inject({ url: '/actuator/health', headers: staff })]
  expect([anybody.statusCode, anybody.json()]).toEqual([
    200,
    { status: 'UP', components: { database: { status: 'UP' }, bus: { status: 'UP' } } },
  ])
  expect(ops.json().components.database).toEqual({ status: 'UP', details: { ms: 1 } })
  expect((await app.inject('/api/v1/health/bus')).json()).toEqual({ status: 'UP' })
  expect((await app.inject('/actuator/health/nothing')).statusCode).toBe(404)
})

test('one part down, or silent, takes the platform down', async () => {
  const { app, staff } = shop({
    database: async () => ({}),
    bus: () => Promise.reject(new Error('no connection')),
    cache: () => new Promise(() => {}),
  })
  const answer = await app.inject({ url: '/actuator/health', headers: staff })
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({
    status: 'DOWN',
    components: {
      database: { status: 'UP' },
      bus: { status: 'DOWN', details: { error: 'no connection' } },
      cache: { status: 'DOWN', details: { error: 'no answer within 50 ms' } },
    },
  })
  expect((await app.inject('/actuator/health/liveness')).statusCode).toBe(200)
})

test('whoever asks for one part does not wait for the others, and many ask it once', async () => {
  const asked: string[] = []
  const part = (name: string) => async () => {
    asked.push(name)
    return {}
  }
  const { app } = shop({ database: part('database'), cache: part('cache') })
  const answers = await Promise.all(Array.from({ length: 3 }, () => app.inject('/actuator/health/database')))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
  await app.inject('/actuator/health/database')
  expect(asked).toEqual(['database'])
})

test('a process that drains is alive but not ready', async () => {
  const { app } = shop({}, { ready: () => false })
  expect([
    (await app.inject('/actuator/health/liveness')).statusCode,
    (await app.inject('/actuator/health/readiness')).statusCode,
  ]).toEqual([200, 503])
})

test('probes are neither limited nor logged, and many ask the parts once', async () => {
  let asked = 0
  const { app, log } = shop({
    database: async () => {
      asked += 1
      return {}
    },
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.inject('/actuator/health')))
  expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true)
  expect([asked, log.lines]).toEqual([1, []])
})

test('requests are measured by route, never by address', async () => {
  const { app, metrics } = shop({})
  metrics.gauge('outbox_lag', 'Events waiting', () => [{ value: 3, labels: { service: 'orders' } }], ['service'])
  await app.inject('/api/things/mug')
  await app.inject('/api/things/cup')
  const text = (await app.inject('/actuator/prometheus')).body
  expect(text).toContain('# TYPE http_server_requests_seconds histogram')
  expect(text).toMatch(
    /http_server_requests_seconds_count\{service="things",method="GET",route="\/api\/things\/:id",status="204"\} 1/,
  )
  expect(text).toMatch(/route="\/api\/things\/:id",status="429"\} 1/)
  expect(text).toMatch(/http_server_requests_seconds_bucket\{[^}]*status="204",le="\+Inf"\} 1/)
  expect(text).toContain('outbox_lag{service="orders"} 3')
  expect(text).not.toContain('mug')
  expect((await app.inject('/actuator/metrics')).json().names).toContain('outbox_lag')
  expect((await app.inject('/actuator/metrics/outbox_lag')).json().values).toEqual([{ value: 3, labels: { service: 'orders' } }])
})
