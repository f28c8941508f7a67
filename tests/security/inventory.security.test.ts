import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPolicies } from '#kit/http/policy.ts'
import { retiredVersions } from '#kit/http/retired.ts'
import { assemble } from '../../apps/souk/reference/assemble.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { lookInside } from './inside.ts'

const root = new URL('../../', import.meta.url)
const FAULTS = { GATEWAY_FAULTS_KEY: 'k'.repeat(40) }
const PRODUCTION = { SOUK_ENV: 'production', PUBLIC_URL: 'https://shop.example', ...FAULTS }

interface Line {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly access: string
}

/** Every route that the code has for these settings. */
async function codeFor(environment: Record<string, string>): Promise<Line[]> {
  const { app, close } = await assemble(root, environment)
  const lines = listPolicies(app).map((line) => ({ ...line, access: line.access.kind }))
  await close()
  return lines
}
const labels = (lines: readonly Pick<Line, 'method' | 'path'>[]) => lines.map(({ method, path }) => `${method} ${path}`).sort()
/** As the API documentation writes parameters. */
const documented = ({ path, ...line }: Line) => ({ ...line, path: path.replace(/:(\w+)/g, '{$1}') })

/** What nobody finds in a shop that is open: other shops have been entered by such doors. */
const NEVER = [
  '/debug',
  '/api/debug',
  '/debug/pprof/',
  '/actuator/env',
  '/actuator/heapdump',
  '/actuator/threaddump',
  '/actuator/loggers',
  '/actuator/shutdown',
  '/graphql',
  '/.env',
  '/.git/config',
  '/server-status',
  '/node_modules/fastify/package.json',
]

let shop: Shop
let anybody: Client
let table: Line[]
let code: Line[]
let homeOnly: Line[]
beforeAll(async () => {
  const [production, home] = await Promise.all([codeFor(PRODUCTION), codeFor(FAULTS)])
  code = production
  const inProduction = new Set(labels(production))
  homeOnly = home.filter((line) => !inProduction.has(labels([line])[0]!))
  shop = await openShop({ ...PRODUCTION, WEB_PAGES: 'false' })
  anybody = client(shop.url)
  const inside = await lookInside(shop)
  // an open shop does not print it
  expect(shop.administrator).toBeUndefined()
  const admin = await signIn(shop.url, 'admin@example.com', inside.password('first administrator').slice(0, 20))
  await inside.end()
  table = expectStatus(await admin.get('/actuator/gateway/routes'), 200).body.routes
}, 120_000)
afterAll(async () => await shop?.remove())

describe('S30: a shop that is open', () => {
  it('answers at the addresses that are in the code, and at no others', ({ task }) => {
    expect(code.length).toBeGreaterThan(300)
    expect(labels(table)).toEqual(labels(code))
    Object.assign(task.meta, { figures: { routes: table.length } })
  })

  it('describes every one of them in its documentation but its own desk, and nothing that is not there', async () => {
    const { paths } = expectStatus(await anybody.get('/v3/api-docs'), 200).body as { paths: Record<string, object> }
    const told = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    )
    const open = table.filter(({ service, access }) => service !== 'platform' && access !== 'internal')
    expect(labels(told)).toEqual(labels(open.map(documented)))
    // the desk: health, metrics, this list, the documentation itself
    const desk = table.filter(({ service }) => service === 'platform').map(({ path }) => path)
    const other =
      /^\/(actuator|docs|swagger-ui|v3|health|metrics|api\/v1\/health|api\/health)\b|^\/api\/[a-z-]+\/((v3|swagger-ui)\/.*)?$/
    expect(desk.filter((path) => !other.test(path))).toEqual([])
  })

  it('has none of the doors that tests and previews use at home', async ({ task }) => {
    expect(labels(homeOnly)).toContain('PUT /api/gateway/faults')
    expect(labels(homeOnly)).toContain('GET /api/payments/simulated/challenges/:id')
    const asked = [
      ...homeOnly.map(({ method, path }) => [method, path.replace(/:(\w+)/g, '01890000-0000-7000-8000-00000000dead')] as const),
      ...NEVER.map((path) => ['GET', path] as const),
    ]
    const open: string[] = []
    for (const [method, path] of asked) {
      const answer = await fetch(`${shop.url}${path}`, {
        method,
        ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }),
      })
      const body = await answer.text()
      if (answer.status !== 404 || !body.includes('http/no-such-route')) open.push(`${method} ${path}: ${answer.status} ${body}`)
    }
    expect(open).toEqual([])
    expectStatus(await anybody.get('/internal/orders'), 404)
    Object.assign(task.meta, { figures: { 'doors that are shut': asked.length } })
  })

  it('says of a version of the API that is gone that it is gone, and where to go on', async () => {
    expect(retiredVersions.length).toBeGreaterThan(0)
    for (const { name, until } of retiredVersions) {
      expect(table.filter(({ path }) => path.startsWith(`/api/${name}/`))).toEqual([])
      const answer = expectStatus(await anybody.get(`/api/${name}/products`), 410)
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      expect(answer.body).toMatchObject({ status: 410, code: 'http/retired-version', details: { version: name, until } })
      expect(Date.parse(answer.headers.get('sunset') as string)).toBeLessThan(Date.now())
      const [, successor] = /^<([^>]+)>; rel="successor-version"$/.exec(answer.headers.get('link') as string) ?? []
      expectStatus(await anybody.get(successor as string), 200)
    }
    expectStatus(await anybody.get('/api/v1/products'), 200)
  })
})
