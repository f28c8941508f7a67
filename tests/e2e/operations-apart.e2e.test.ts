// topology: its own
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { type Apart, openApart } from './shop-apart.ts'
import { orderOf, sell } from './stock-the-shop.ts'

const program = 'interop:a-password-of-a-program'

let shop: Apart
let guest: Client
let staff: Client

beforeAll(async () => {
  const names = (await readdir(new URL('../../services/', import.meta.url))).filter(
    (name) => name !== 'orders' && name !== 'inventory',
  )
  shop = await openApart(
    { front: names, orders: ['orders'], stock: ['inventory'] },
    { environment: { TRACES_KEPT: '2000' }, own: { stock: { PROGRAMS: program, LOG_KEPT: '777' } } },
  )
  guest = client(shop.url('front'))
  const { email, password } = shop.administrator
  staff = await eventually(() => signIn(shop.url('front'), email, password), { timeoutMs: 20_000 })
  for (const part of ['orders', 'stock'])
    await eventually(async () => expectStatus(await client(shop.url(part)).get('/actuator/health/readiness'), 200), {
      timeoutMs: 20_000,
    })
}, 120_000)
afterAll(async () => await shop?.remove())

describe('staff of a shop whose services run apart, at its one door', () => {
  it('see a flow that another process keeps, and have it tried again', async () => {
    await sell(staff, 'ops-flow', { units: 3 })
    await shop.kill('stock')
    const key = { 'idempotency-key': 'ordered-while-operations-look' }
    const away = await guest.post('/api/orders', orderOf('ops-flow'), key)
    expect([201, 202, 503], away.text).toContain(away.status)
    const flow = await eventually(
      async () => {
        const { body } = expectStatus(await staff.get('/api/processes?status=running'), 200)
        expect(body).toMatchObject({ items: [{ name: 'checkout', home: 'orders' }], unanswered: [] })
        return body.items[0] as { name: string; id: string }
      },
      { timeoutMs: 15_000 },
    )
    expect(expectStatus(await staff.get('/api/admin'), 200).body).toMatchObject({ unfinishedFlows: 1, unanswered: ['inventory'] })
    await shop.start('stock')
    const at = `/api/processes/${flow.name}/${flow.id}`
    expect(expectStatus(await staff.get(at), 200).body).toMatchObject({ id: flow.id, status: 'running' })
    const again = expectStatus(await staff.post(`${at}/retry`), 202)
    expect(again.body).toEqual({ name: flow.name, id: flow.id, status: 'running' })
    await eventually(async () => expect(expectStatus(await staff.get(at), 200).body.status).toBe('done'), { timeoutMs: 30_000 })
    const ended = await staff.post(`${at}/retry`)
    expect(ended).toMatchObject({ status: 409, body: { code: 'operations/flow-ended' } })
  }, 90_000)

  it('see what every service does by the clock, have a job run, and see how far each group has read', async () => {
    const { body } = expectStatus(await staff.get('/api/admin/jobs'), 200)
    const jobs = body.items as { service: string; name: string }[]
    expect(body.unanswered).toEqual([])
    expect(jobs.map(({ service }) => service)).toEqual(expect.arrayContaining(['auth', 'inventory', 'orders']))
    const { name } = jobs.find(({ service }) => service === 'orders')!
    expectStatus(await staff.post(`/api/admin/jobs/orders/${name}/run`), 202, 409)
    expectStatus(await staff.post('/api/admin/jobs/orders/rob-the-bank/run'), 404)
    const topics = expectStatus(await staff.get('/api/events/topics'), 200).body.items as { groups: { group: string }[] }[]
    const groups = topics.flatMap(({ groups }) => groups.map(({ group }) => group))
    expect(groups).toEqual(expect.arrayContaining(['inventory', 'notifications', 'orders']))
  })

  it('follow one order through all processes by its correlation id', async () => {
    await sell(staff, 'ops-traced', { units: 1 })
    const story = `story-${crypto.randomUUID()}`
    expectStatus(await guest.post('/api/orders', orderOf('ops-traced'), { 'x-correlation-id': story }), 201)
    const { body } = expectStatus(await staff.get(`/api/admin/traces/${story}`), 200)
    expect(body.unanswered).toEqual([])
    const by = Map.groupBy(body.spans as { process: string; service: string }[], ({ process }) => process.split(' ')[0])
    expect([...by.keys()].sort()).toEqual(expect.arrayContaining(['auth', 'inventory', 'orders']))
  }, 30_000)

  it('see how each process is set up, and which of them differ, but no secret', async () => {
    const { text, body } = expectStatus(await staff.get('/api/admin/settings'), 200)
    const lines = body.items as { name: string; value: string; processes?: string[] }[]
    const valuesOf = (wanted: string) => lines.filter(({ name }) => name === wanted)
    expect(body.unanswered).toEqual([])
    const stock = [expect.stringMatching(/^inventory /)]
    const others = [expect.stringMatching(/^auth and \d+ more$/), expect.stringMatching(/^orders /)]
    expect(valuesOf('LOG_KEPT')).toMatchObject([{ processes: others }, { value: '777', processes: stock }])
    expect(valuesOf('RATE_LIMIT_PER_MINUTE')).toMatchObject([{ value: '0' }])
    expect(valuesOf('RATE_LIMIT_PER_MINUTE')[0]).not.toHaveProperty('processes')
    expect(valuesOf('INVENTORY_SIMULATED_DAY_SECONDS')).toHaveLength(1)
    expect(valuesOf('PROGRAMS')).toMatchObject([{ source: 'default' }, { source: 'environment', processes: stock }])
    expect(text).not.toContain('a-password-of-a-program')
  })

  it('are refused what they may not see, whatever they say of themselves', async () => {
    const shopper = { email: 'curious@example.com', password: 'teal-otter-hums-41', fullName: 'Cur Ious' }
    expectStatus(await guest.post('/api/users/register', shopper), 200, 201)
    const curious = await signIn(shop.url('front'), shopper.email, shopper.password)
    const from = { 'x-souk-about': 'orders', 'x-souk-client': `${Math.floor(Date.now() / 1000)} 127.0.0.1 forged` }
    for (const part of ['front', 'orders']) {
      const door = client(shop.url(part), from)
      expectStatus(await door.get('/api/processes'), 401)
      expectStatus(await curious.get('/api/processes', from), 403)
    }
    // the word of nobody of the house changes nothing: all are asked
    expect(expectStatus(await staff.get('/api/processes', from), 200).body.unanswered).toEqual([])
  })

  it('are told which services give no answer, instead of an empty list', async () => {
    await shop.kill('orders')
    expect(expectStatus(await staff.get('/api/processes'), 200).body).toEqual({ items: [], unanswered: ['orders'] })
    const retried = await staff.post(`/api/processes/checkout/${crypto.randomUUID()}/retry`)
    expect(retried).toMatchObject({ status: 503, body: { code: 'operations/unanswered', details: { services: ['orders'] } } })
    await shop.start('orders')
  }, 60_000)
})
