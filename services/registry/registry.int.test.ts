import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { service } from './service.ts'
import { javascriptRegistration, SPRING, springRegistration, xmlRegistration } from './spring.fixture.ts'
import type { Principal } from '#kit/core/principal.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'
import { eventually } from '#kit/testing/eventually.ts'

const staff = testUser('018f0000-0000-7000-8000-000000000001', ['registry:read', 'registry:write'])
const program: Principal = { kind: 'program', id: 'interop', permissions: new Set(['registry:read', 'registry:write']) }
const ours: Principal = { kind: 'service', id: 'orders' }
const fast = { evictMs: 50, refreshMs: 50, maxInstances: 50, selfPreservation: true, preservePercent: 15, preserveCount: 2 }

let registry: TestService
beforeAll(async () => {
  registry = await startService(service, { settings: fast })
})
afterAll(() => registry?.close())
beforeEach(async () => {
  for (const one of await everybody()) await send('DELETE', `/eureka/apps/${one.app}/${one.instanceId}`)
})

const send = (method: string, url: string, body?: unknown, headers: Record<string, string> = SPRING, as: Principal = program) =>
  registry.request(method, url, { as, headers, ...(body === undefined ? {} : { body }) })
const get = async (url: string) => await send('GET', url, undefined, { accept: 'application/json' })
// biome-ignore lint/suspicious/noExplicitAny: documents of the protocol
type Document = any
const instancesIn = (answer: { body: Document }): Document[] =>
  answer.body.applications.application.flatMap((one: Document) => one.instance)
const everybody = async (): Promise<Document[]> => instancesIn(await get('/eureka/apps/'))

describe('who wants to know of changes', () => {
  const path = '/eureka/apps/INTEROP-CLIENT'
  const ask = (etag?: string, at = registry) =>
    at.request('GET', '/eureka/changes', {
      as: ours,
      headers: { accept: 'application/json', ...(etag === undefined ? {} : { 'if-none-match': etag }) },
    })

  it('is told who is there at once, and of each change as soon as it happens, without asking again', async () => {
    const first = await ask()
    expect(first.body).toEqual((await get('/eureka/apps/')).body)
    const waits = ask(first.headers['etag'] as string)
    expect(await Promise.race([waits, send('PUT', `${path}/nobody?status=UP`)])).toMatchObject({ status: 404 })
    await send('POST', path, springRegistration())
    const second = await waits
    expect(instancesIn(second)).toMatchObject([{ app: 'INTEROP-CLIENT', status: 'UP' }])
    expect(await ask(first.headers['etag'] as string)).toMatchObject({ status: 200, headers: { etag: second.headers['etag'] } })
  })

  it('does not hold up a registry that stops: the answer is that nothing has changed', async () => {
    const other = await startService(service, { settings: fast })
    const begun = performance.now()
    const waits = ask((await ask(undefined, other)).headers['etag'] as string, other)
    await other.close()
    expect((await waits).status).toBe(304)
    expect(performance.now() - begun).toBeLessThan(5_000)
  })
})

describe('a Spring Cloud application', () => {
  const id = '/eureka/apps/INTEROP-CLIENT/interop-client:41895'

  it('registers, renews, is found as the real server would show it, and goes', async () => {
    expect((await get('/eureka/apps/')).body).toEqual({
      applications: { versions__delta: '1', apps__hashcode: '', application: [] },
    })
    const registered = await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration())
    expect([registered.status, registered.raw.length]).toEqual([204, 0])
    const renewed = await send('PUT', `${id}?status=UP&lastDirtyTimestamp=1795243101088`)
    expect([renewed.status, renewed.raw.length]).toEqual([200, 0])

    const all = await send('GET', '/eureka/apps/')
    expect(all.headers).toMatchObject({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
    const { applications } = JSON.parse(gunzipSync(all.raw).toString())
    expect(applications).toMatchObject({ versions__delta: '1', apps__hashcode: 'UP_1_' })
    const [shown] = applications.application[0].instance
    expect(applications.application[0].name).toBe('INTEROP-CLIENT')
    expect(shown).toMatchObject({
      instanceId: 'interop-client:41895',
      app: 'INTEROP-CLIENT',
      status: 'UP',
      overriddenStatus: 'UNKNOWN',
      port: { $: 41895, '@enabled': 'true' },
      securePort: { $: 443, '@enabled': 'false' },
      leaseInfo: { renewalIntervalInSecs: 2, durationInSecs: 6, evictionTimestamp: 0 },
      metadata: { zone: 'interop', 'management.port': '41895' },
      vipAddress: 'interop-client',
      isCoordinatingDiscoveryServer: 'false',
      lastDirtyTimestamp: '1795243101088',
      actionType: 'ADDED',
    })
    expect(shown.lastUpdatedTimestamp).toMatch(/^\d+$/)
    expect((await get('/eureka/vips/INTEROP-client')).body.applications.application).toHaveLength(1)
    expect((await get('/eureka/svips/interop-client')).body.applications.application).toHaveLength(1)
    expect((await get('/eureka/vips/nobody')).body.applications.application).toEqual([])
    expect((await get('/eureka/instances/interop-client%3A41895')).body.instance.instanceId).toBe('interop-client:41895')
    expect((await get('/eureka/apps/interop-client')).body.application.instance).toHaveLength(1)

    expect((await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration('DOWN'))).status).toBe(204)
    expect((await get(id)).body.instance.status).toBe('DOWN')
    expect((await send('DELETE', id)).status).toBe(200)
    expect((await send('DELETE', id)).status).toBe(404)
    expect((await get('/eureka/apps/interop-client')).status).toBe(404)
    const [left] = instancesIn(await get('/eureka/apps/delta'))
    expect(left).toMatchObject({ instanceId: 'interop-client:41895', actionType: 'DELETED' })
  })

  it('is told to register again when it is unknown, has changed since, or its status is unknown', async () => {
    expect((await send('PUT', `${id}?status=UP&lastDirtyTimestamp=1`)).status).toBe(404)
    await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration('UP', 100))
    const renew = async (dirty: number) => (await send('PUT', `${id}?status=UP&lastDirtyTimestamp=${dirty}`)).status
    expect([await renew(101), await renew(100), await renew(99)]).toEqual([404, 200, 200])
    expect((await send('DELETE', `${id}/status`)).status).toBe(200)
    expect(await renew(100)).toBe(404)
  })

  it('stays out of service for as long as an operator says, whatever it sends', async () => {
    await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration())
    expect((await send('PUT', `${id}/status?value=OUT_OF_SERVICE`, undefined, SPRING, staff)).status).toBe(200)
    await send('PUT', `${id}?status=UP&lastDirtyTimestamp=1`)
    await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration())
    expect((await get(id)).body.instance).toMatchObject({ status: 'OUT_OF_SERVICE', overriddenStatus: 'OUT_OF_SERVICE' })
    expect((await get('/eureka/apps/')).body.applications.apps__hashcode).toBe('OUT_OF_SERVICE_1_')
    expect((await send('PUT', `${id}/status?value=SLEEPING`)).status).toBe(400)
    expect((await send('DELETE', `${id}/status?value=UP`)).status).toBe(200)
    expect((await get(id)).body.instance).toMatchObject({ status: 'UP', overriddenStatus: 'UNKNOWN', actionType: 'MODIFIED' })
    expect((await send('PUT', `${id}/metadata?version=v2&weight=7`)).status).toBe(200)
    expect((await get(id)).body.instance.metadata).toEqual({
      zone: 'interop',
      'management.port': '41895',
      version: 'v2',
      weight: '7',
    })
  })

  it('hears of others by delta: the hash is that of everybody', async () => {
    await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration())
    await send('POST', '/eureka/apps/JS-CLIENT', javascriptRegistration())
    await send('PUT', `${id}/status?value=OUT_OF_SERVICE`)
    await registry.db.sql`update instances set changed_ms = changed_ms - 600000 where instance_id = 'js:3000'`
    const { applications } = (await get('/eureka/apps/delta')).body
    expect(applications.apps__hashcode).toBe('OUT_OF_SERVICE_1_UP_1_')
    expect(instancesIn({ body: { applications } }).map((one) => [one.instanceId, one.actionType])).toContainEqual([
      'interop-client:41895',
      'MODIFIED',
    ])
  })
})

describe('other clients', () => {
  it('may say very little, as eureka-js does', async () => {
    const registered = await send('POST', '/eureka/v2/apps/js-client', javascriptRegistration(), { accept: 'application/json' })
    expect(registered.status).toBe(204)
    expect((await send('PUT', '/eureka/v2/apps/js-client/js:3000', undefined, {})).status).toBe(200)
    expect((await get('/eureka/apps/JS-CLIENT/js:3000')).body.instance).toMatchObject({
      status: 'UP',
      port: { $: 3000, '@enabled': 'true' },
      leaseInfo: { renewalIntervalInSecs: 30, durationInSecs: 90 },
    })
  })

  it('may speak XML both ways', async () => {
    const sent = await registry.request('POST', '/eureka/apps/OLD', {
      as: program,
      headers: { 'content-type': 'application/xml' },
      raw: Buffer.from(xmlRegistration),
    })
    expect(sent.status).toBe(204)
    expect((await get('/eureka/apps/OLD/old:8080')).body.instance).toMatchObject({
      port: { $: 8080, '@enabled': 'true' },
      metadata: { zone: 'a & b' },
    })
    const answer = await send('GET', '/eureka/apps/OLD', undefined, { accept: '*/*' })
    expect(answer.headers['content-type']).toBe('application/xml')
    const text = answer.raw.toString()
    expect(text).toMatch(/^<application><name>OLD<\/name><instance><instanceId>old:8080<\/instanceId>/)
    expect(text).toContain('<port enabled="true">8080</port>')
    expect(text).toContain('<overriddenstatus>UNKNOWN</overriddenstatus>')
    expect(text).toContain('<metadata><zone>a &amp; b</zone></metadata>')
    const empty = await send('GET', '/eureka/vips/nobody', undefined, {})
    expect(empty.raw.toString()).toBe(
      '<applications><versions__delta>1</versions__delta><apps__hashcode></apps__hashcode></applications>',
    )
  })

  it.each([
    ['no hostName', { hostName: undefined }, 400],
    ['no data centre', { dataCenterInfo: undefined }, 400],
    ['another application than in the address', { app: 'OTHER' }, 400],
    ['a port that is none', { port: { $: 70_000, '@enabled': 'true' } }, 400],
    ['markup for an id', { instanceId: '<script>' }, 400],
    ['a status that is none', { status: 'FINE' }, 400],
  ])('are refused with %s', async (_what, change, status) => {
    const { instance } = springRegistration()
    expect((await send('POST', '/eureka/apps/INTEROP-CLIENT', { instance: { ...instance, ...change } })).status).toBe(status)
    expect(await everybody()).toEqual([])
  })

  it('are refused with what is no JSON, no XML, or XML with entities of its own', async () => {
    const raw = async (type: string, text: string) =>
      (
        await registry.request('POST', '/eureka/apps/X', {
          as: program,
          headers: { 'content-type': type },
          raw: Buffer.from(text),
        })
      ).status
    const bomb = '<!DOCTYPE i [<!ENTITY a "aaaa">]><instance><hostName>&a;</hostName></instance>'
    expect([
      await raw('application/json', '{'),
      await raw('application/xml', '<instance>'),
      await raw('application/xml', bomb),
      await raw('text/plain', 'x'),
    ]).toEqual([400, 400, 400, 415])
  })
})

describe('who stops renewing', () => {
  const short = (port: number) => {
    const { instance } = javascriptRegistration(port)
    return { instance: { ...instance, leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 1 } } }
  }
  const register = async (...ports: number[]) => {
    for (const port of ports) await send('POST', '/eureka/apps/JS-CLIENT', short(port))
  }
  const silence = async (...ports: number[]) =>
    await registry.db.sql`
      update instances set renewed_at = now() - interval '1 minute', lease_seconds = 30 where instance_id = any(${ports.map((port) => `js:${port}`)})`

  it('is removed, and those who read changes hear of it', async () => {
    await register(1)
    await eventually(async () => expect(await everybody()).toEqual([]), { timeoutMs: 10_000 })
    const changes = instancesIn(await get('/eureka/apps/delta'))
    expect(changes.find(({ instanceId }) => instanceId === 'js:1')).toMatchObject({ actionType: 'DELETED' })
    expect((await send('PUT', '/eureka/apps/JS-CLIENT/js:1')).status).toBe(404)
  })

  it('is kept while too many are silent at once: then it is the network', async () => {
    for (let port = 1; port <= 20; port += 1) await send('POST', '/eureka/apps/JS-CLIENT', javascriptRegistration(port))
    await silence(1, 2, 3, 4)
    await eventually(async () => {
      const health = await registry.running.health()
      expect(health).toMatchObject({ preserving: true, instances: 20 })
    })
    expect((await send('GET', '/eureka', undefined, {}, staff)).raw.toString()).toContain('4 of 20 instances are silent at once')
    for (const port of [1, 2]) await send('PUT', `/eureka/apps/JS-CLIENT/js:${port}`)
    await eventually(async () => expect(await everybody()).toHaveLength(18))
    expect(await registry.running.health()).not.toHaveProperty('preserving')
  })
})

describe('the registry', () => {
  it('knows the fleet again after a restart, and gives everybody time to renew', async () => {
    await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration())
    await send('PUT', '/eureka/apps/INTEROP-CLIENT/interop-client:41895/status?value=OUT_OF_SERVICE')
    const deps = service.create({
      db: registry.db,
      settings: { ...fast, evictMs: 50 },
      log: { debug() {}, info() {}, warn() {}, error() {} },
      installation: [],
    } as never)
    const again = await service.open!(deps)
    try {
      expect(await service.health!(deps)).toMatchObject({ instances: 1, up: 0 })
    } finally {
      await again.close()
    }
  })

  it('shows who is there on a page that runs no script', async () => {
    await send('POST', '/eureka/apps/INTEROP-CLIENT', springRegistration())
    await send('PUT', '/eureka/apps/INTEROP-CLIENT/interop-client:41895/metadata?version=%3Cscript%3E')
    const page = await send('GET', '/eureka', undefined, {}, staff)
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.headers['content-security-policy']).not.toContain('script-src')
    expect(page.raw.toString()).toContain('INTEROP-CLIENT')
    expect(page.raw.toString()).toContain('&lt;script&gt;')
    expect(page.raw.toString()).not.toContain('<script')
  })

  it('lets nobody in without a name, and no program stand where our own services do', async () => {
    expect((await registry.request('GET', '/eureka/apps/')).status).toBe(401)
    expect((await registry.request('GET', '/eureka/apps/', { as: testUser('x') })).status).toBe(403)
    const { instance } = javascriptRegistration()
    const impostor = { instance: { ...instance, app: 'registry' } }
    expect((await send('POST', '/eureka/apps/REGISTRY', impostor)).status).toBe(403)
    expect((await send('POST', '/eureka/apps/REGISTRY', impostor, SPRING, ours)).status).toBe(204)
    expect((await send('PUT', '/eureka/apps/REGISTRY/js:3000')).status).toBe(403)
    expect((await send('DELETE', '/eureka/apps/REGISTRY/js:3000')).status).toBe(403)
    expect((await send('DELETE', '/eureka/apps/REGISTRY/js:3000', undefined, SPRING, ours)).status).toBe(200)
  })

  it('holds no more than it may', async () => {
    for (let port = 1; port <= 50; port += 1) await send('POST', '/eureka/apps/JS-CLIENT', javascriptRegistration(port))
    expect((await send('POST', '/eureka/apps/JS-CLIENT', javascriptRegistration(51))).status).toBe(422)
    expect((await send('POST', '/eureka/apps/JS-CLIENT', javascriptRegistration(50))).status).toBe(204)
  })
})
