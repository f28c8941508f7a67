import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { freePort } from '../chaos/chaos-shop.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { type Apart, openApart } from '../e2e/shop-apart.ts'
import { sell } from '../e2e/stock-the-shop.ts'
import { buildSpringClient, type SpringClient, startSpringClient } from './spring-client.ts'

const PROGRAM = 'interop:a-password-of-a-program'
const basic = { authorization: `Basic ${Buffer.from(PROGRAM).toString('base64')}` }
const soon = { timeoutMs: 60_000, everyMs: 200 }

let repository: string
let shop: Apart
/** what the application asks, asked by somebody else: at the registry, and through the gateway */
let registry: Client
let gateway: Client
let spring: SpringClient
let itself: Client

const withName = (url: string) => url.replace('://', `://${PROGRAM}@`)
async function encrypt(text: string): Promise<string> {
  const answer = await fetch(`${shop.url('config')}/encrypt`, {
    method: 'POST',
    headers: { ...basic, 'content-type': 'text/plain' },
    body: text,
  })
  expect(answer.status).toBe(200)
  return await answer.text()
}
const configure = async (greeting: string, secret: string) =>
  await writeFile(
    join(repository, 'interop-client.yml'),
    `interop:\n  greeting: ${greeting}\n  secret: '{cipher}${await encrypt(secret)}'\n`,
  )

beforeAll(async () => {
  const apart = ['registry', 'config', 'products']
  const others = (await readdir(new URL('../../services/', import.meta.url))).filter((name) => !apart.includes(name))
  repository = await mkdtemp(join(tmpdir(), 'souk-repository-'))
  await buildSpringClient()
  shop = await openApart(
    { registry: ['registry'], config: ['config'], products: ['products'], rest: others },
    { environment: { PROGRAMS: PROGRAM, CONFIG_REPOSITORY: pathToFileURL(repository).href }, registry: 'registry' },
  )
  registry = client(shop.url('registry'), { accept: 'application/json', ...basic })
  gateway = client(shop.url('rest'), { accept: 'application/json', ...basic })
  const { email, password } = shop.administrator
  const staff = await eventually(() => signIn(shop.url('rest'), email, password), soon)
  await eventually(() => sell(staff, 'lamp', { title: 'A lamp' }), soon)
  await configure('hello', 'lamps are cheap')
  const port = await freePort()
  itself = client(`http://127.0.0.1:${port}`)
  spring = await startSpringClient({
    SERVER_PORT: String(port),
    CONFIG_URL: withName(shop.url('config')),
    REGISTRY_URL: `${withName(shop.url('registry'))}/eureka/`,
  })
}, 900_000)
afterAll(async () => {
  await spring?.remove()
  await shop?.remove()
  await rm(repository, { recursive: true, force: true })
})

it('a Spring application starts with what the configuration says, secrets included', () => {
  expect(spring.report.read).toEqual({ greeting: 'hello', secret: 'lamps are cheap' })
})

it('it finds our products by their name, and calls them', () => {
  expect(spring.report.found.instances).toEqual([shop.url('products')])
  expect(spring.report.found.titles).toContain('A lamp')
})

it('whoever looks it up, at the registry or through the gateway, can call it', async () => {
  for (const asked of [registry, gateway]) {
    const { application } = await eventually(
      async () => expectStatus(await asked.get('/eureka/apps/interop-client'), 200).body,
      soon,
    )
    expect(application.instance).toHaveLength(1)
    const [{ status, hostName, port, vipAddress }] = application.instance
    expect({ status, vipAddress }).toEqual({ status: 'UP', vipAddress: 'interop-client' })
    expectStatus(await client(`http://${hostName}:${port.$}`).get('/ping'), 200)
  }
})

it('asked to refresh, it goes on with the configuration as it is now, and is still registered', async () => {
  await configure('good evening', 'lamps are dear')
  const changed = expectStatus(await itself.post('/actuator/refresh'), 200).body
  expect(changed.sort()).toEqual(['config.client.version', 'interop.greeting', 'interop.secret'])
  expect((await itself.get('/ping')).body).toEqual({ greeting: 'good evening', secret: 'lamps are dear' })
  await eventually(async () => {
    const { application } = expectStatus(await registry.get('/eureka/apps/interop-client'), 200).body
    expect(application.instance.map(({ status }: { status: string }) => status)).toEqual(['UP'])
  }, soon)
  expect((await itself.get('/products')).body.titles).toContain('A lamp')
})

it('when it stops it is gone from the registry, long before its lease ends', async () => {
  await spring.stop()
  await eventually(async () => expectStatus(await registry.get('/eureka/apps/interop-client'), 404), { timeoutMs: 5_000 })
  await eventually(async () => expectStatus(await gateway.get('/eureka/apps/interop-client'), 404), { timeoutMs: 5_000 })
})
