// topology: its own
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from './client.ts'
import { type Apart, openApart } from './shop-apart.ts'

const PROGRAM = 'interop:a-password-of-a-program'
const SPRING = { accept: 'application/json, application/*+json', 'accept-encoding': 'gzip, x-gzip, deflate' }
const registration = (app: string) => ({
  instance: {
    instanceId: 'interop-client:41895',
    app,
    hostName: '127.0.0.1',
    ipAddr: '127.0.0.1',
    status: 'UP',
    port: { $: 41895, '@enabled': 'true' },
    vipAddress: app.toLowerCase(),
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    lastDirtyTimestamp: 1795243101088,
  },
})
const basic = { authorization: `Basic ${Buffer.from(PROGRAM).toString('base64')}` }

let folder: string
let database: EmbeddedPostgres
let shop: Apart
let guest: Client
let staff: Client
let registry: Client
let shown: { authorization: string }

/** Nobody is told where anybody is, but for the registry. */
beforeAll(async () => {
  const apart = ['registry', 'gateway', 'products']
  const names = (await readdir(new URL('../../services/', import.meta.url))).filter((name) => !apart.includes(name))
  folder = await mkdtemp(join(tmpdir(), 'souk-registry-'))
  database = await startPostgres({ dir: join(folder, 'postgres'), disposable: true })
  const environment = {
    DATABASE_URL: database.adminUrl,
    DATABASE_CONNECTIONS: '16',
    SOUK_SECRET: randomBytes(36).toString('base64'),
    REGISTRY_RENEW_SECONDS: '2',
    REGISTRY_FETCH_SECONDS: '1',
    REGISTRY_EVICT_MS: '200',
    REGISTRY_REFRESH_MS: '200',
    PROGRAMS: PROGRAM,
  }
  shop = await openApart(
    { registry: ['registry'], front: ['gateway'], rest: names, one: ['products'], two: ['products'] },
    { environment, ownFolders: true, registry: 'registry', versions: { two: 'v2' }, later: ['two'] },
  )
  guest = client(shop.url('front'))
  registry = client(shop.url('registry'), { accept: 'application/json' })
  const { email, password } = shop.administrator
  const answer = await eventually(async () => expectStatus(await guest.post('/api/auth/login', { email, password }), 200), {
    timeoutMs: 30_000,
  })
  shown = { authorization: `Bearer ${answer.body.accessToken}` }
  staff = guest.with(shown)
  const variants = [{ sku: 'found', price: { amount: 1995, currency: 'EUR' } }]
  await eventually(
    async () =>
      expectStatus(await staff.post('/api/products', { texts: { en: { title: 'found' } }, status: 'ACTIVE', variants }), 201),
    { timeoutMs: 20_000, everyMs: 300 },
  )
}, 150_000)
afterAll(async () => {
  await shop?.remove()
  await database?.stop()
  await rm(folder, { recursive: true, force: true })
})

const soon = { timeoutMs: 30_000, everyMs: 100 }
const upstreams = async (): Promise<string[]> =>
  expectStatus(await staff.get('/actuator/gateway/upstreams'), 200)
    .body.instances.filter(({ service }: { service: string }) => service === 'products')
    .map(({ url }: { url: string }) => url)

/** Asks for products, again and again, while `work` is done; returns how often each status came. */
async function whileReading(work: () => Promise<void>): Promise<Map<string, number>> {
  const statuses = new Map<string, number>()
  let going = true
  const reader = async () => {
    while (going) {
      const { status, text } = await guest.get('/api/products')
      const said = status === 200 ? '200' : `${status} ${text}`
      statuses.set(said, (statuses.get(said) ?? 0) + 1)
    }
  }
  const readers = Array.from({ length: 4 }, reader)
  try {
    await work()
  } finally {
    going = false
    await Promise.all(readers)
  }
  return statuses
}

describe('processes that find each other', () => {
  it('are all registered, ready, with their release and the port of their calls', async () => {
    const { applications } = await eventually(async () => {
      const { body } = expectStatus(await registry.with(basic).get('/eureka/apps/'), 200)
      expect(body.applications.apps__hashcode).toMatch(/^UP_\d+_$/)
      expect(body.applications.application.length).toBeGreaterThan(10)
      return body
    }, soon)
    const products = applications.application.find(({ name }: { name: string }) => name === 'PRODUCTS').instance
    expect(products).toHaveLength(1)
    expect(products[0]).toMatchObject({
      port: { '@enabled': 'true' },
      healthCheckUrl: `${shop.url('one')}/actuator/health`,
      metadata: { version: 'main', 'grpc.port': new URL(shop.grpc('one')).port },
    })
    expectStatus(await registry.get('/eureka/apps/'), 401)
    expectStatus(await registry.with({ authorization: `Basic ${btoa('interop:wrong-password')}` }).get('/eureka/apps/'), 401)
  })

  it('send requests to an instance that came later, and none to one that an operator took out', async () => {
    expect(await upstreams()).toEqual([shop.url('one')])
    await shop.start('two')
    await eventually(async () => expect((await upstreams()).sort()).toEqual([shop.url('one'), shop.url('two')].sort()), soon)
    const { services } = expectStatus(await staff.get('/api/gateway/traffic'), 200).body
    expect(services.find(({ service }: { service: string }) => service === 'products').versions).toContainEqual({
      version: 'v2',
      instances: 1,
    })

    const host = new URL(shop.url('two'))
    const id = `${host.hostname}:products:${host.port}`
    const operator = registry.with(shown)
    expectStatus(await operator.put(`/eureka/apps/PRODUCTS/${id}/status?value=OUT_OF_SERVICE`), 200)
    await eventually(async () => expect(await upstreams()).toEqual([shop.url('one')]), soon)
    expectStatus(await operator.delete(`/eureka/apps/PRODUCTS/${id}/status?value=UP`), 200)
    await eventually(async () => expect(await upstreams()).toHaveLength(2), soon)
  }, 120_000)

  it('lose no read when one stops in order, nor when one is killed', async () => {
    const stopped = await whileReading(async () => {
      await shop.stop('two')
      await eventually(async () => expect(await upstreams()).toEqual([shop.url('one')]), soon)
    })
    expect([...stopped.keys()]).toEqual(['200'])
    await shop.start('two')
    await eventually(async () => expect(await upstreams()).toHaveLength(2), soon)
    const killed = await whileReading(async () => {
      await shop.kill('two')
      await eventually(async () => expect(await upstreams()).toEqual([shop.url('one')]), soon)
    })
    expect([...killed.keys()]).toEqual(['200'])
  }, 120_000)

  it('go on while the registry is away, and it knows them all when it is back', async () => {
    const hash = async () => (await registry.with(basic).get('/eureka/apps/')).body.applications.apps__hashcode
    const before = await hash()
    await shop.kill('registry')
    expectStatus(await guest.get('/api/products'), 200)
    await shop.start('registry')
    expect(await hash()).toMatch(/^UP_\d+_$/)
    await eventually(async () => expect(await hash()).toBe(before), soon)
    expectStatus(await guest.get('/api/products'), 200)
  }, 120_000)
})

describe('programs of others', () => {
  it('register and look up with name and password, at the registry and through the gateway, and stand for nobody of ours', async () => {
    const spring = { ...SPRING, ...basic }
    expectStatus(await registry.with(spring).post('/eureka/apps/INTEROP-CLIENT', registration('INTEROP-CLIENT')), 204)
    const through = guest.with(spring)
    await eventually(async () => expectStatus(await through.get('/eureka/apps/'), 200), soon)
    const id = '/eureka/apps/INTEROP-CLIENT/interop-client:41895'
    expectStatus(await through.put(`${id}?status=UP&lastDirtyTimestamp=1795243101088`), 200)
    expect((await through.get('/eureka/apps/delta')).body.applications.apps__hashcode).toMatch(/UP_\d+_/)
    expectStatus(await registry.with(spring).post('/eureka/apps/PRODUCTS', registration('products')), 403)
    expectStatus(await through.delete(id), 200)
    // name and password are for these addresses only
    expectStatus(await through.get('/api/orders'), 401)
  })
})
