import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus } from '../../e2e/client.ts'
import { openShop, type Shop } from '../../e2e/shop.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { type Inside, lookInside } from '../inside.ts'
import { administrator, apiKey, type Person, withToken } from '../people.ts'
import { proves } from '../proof.ts'
import { searchDatabase, searchFiles, searchText, type Sighting } from './search.ts'

/** Somebody whose every word can be recognised wherever it turns up. */
const person = {
  email: 'canary.quokka@canary.example',
  name: 'Quokkaline Canaryfield',
  street: 'Canarygasse 4711b',
  city: 'Quokkastadt',
  phone: '+4930555777999',
  comment: 'The quokka canary sings at dawn',
}
/** What nobody may keep readable, not even for a moment. */
const secrets = { password: 'quokka-canary-sings-8271', newPassword: 'quokka-canary-flies-5523', card: '4539578763621486' }

let shop: Shop
let inside: Inside
let admin: Person
let me: ReturnType<typeof client>
let userId: string
let orderId: string
const address = {
  name: person.name,
  line1: person.street,
  city: person.city,
  postalCode: '10115',
  country: 'DE',
  phone: person.phone,
}

beforeAll(async () => {
  shop = await openShop({
    LOG_LEVEL: 'debug',
    DELIVERY_SIMULATED_DISPATCH_MS: '100',
    DELIVERY_SIMULATED_DELIVER_MS: '100',
    PAYMENTS_RETRY_MS: '100',
  })
  inside = await lookInside(shop)
  admin = await administrator(shop)
}, 90_000)
afterAll(async () => {
  await inside?.end()
  await shop?.remove()
})

/** The same field in every body where a person may put it, and once where nobody should. */
async function liveAWholeLife(): Promise<void> {
  const anybody = client(shop.url)
  const { email, name } = person
  const register = { email, password: secrets.password, fullName: name }
  userId = expectStatus(await anybody.post('/api/users/register', register), 201).body.id
  await anybody.post('/api/users/register', { ...register, password: secrets.newPassword })
  await anybody.post('/api/auth/login', { email, password: secrets.newPassword })
  await anybody.post('/api/auth/login', { email, password: secrets.password, extra: secrets.password })
  const login = expectStatus(await anybody.post('/api/auth/login', { email, password: secrets.password }), 200).body
  me = withToken(shop, login.accessToken).client
  Object.assign(secrets, { accessToken: login.accessToken, refreshToken: login.refreshToken })
  await anybody.post('/api/auth/password/forgot', { email })
  await anybody.post('/api/auth/refresh', { refreshToken: `${login.refreshToken}x` })
  const enrolment = expectStatus(await me.post('/api/auth/mfa/enrol', { password: secrets.password }), 200).body
  Object.assign(secrets, { seed: enrolment.secret })
  await me.post('/api/auth/mfa/confirm', { code: '000000' })
  expectStatus(await me.patch('/api/users/me', { phone: person.phone }), 200)
  expectStatus(await me.post('/api/users/me/addresses', { ...address, company: person.comment }), 201)
  await useAnApiKey(anybody)
  // a query is no place for any of this, so it must not reach a log either
  await me.get(`/api/users?email=${encodeURIComponent(email)}&password=${secrets.password}`)
  await admin.client.get(`/api/users?q=${encodeURIComponent(email)}`)
  await me.get(`/api/orders/${encodeURIComponent(email)}`)

  const { sku } = await sell(admin.client, 'canary-mug')
  await typeIntoSearch(anybody)
  for (const paymentMethodId of ['tok_insufficient_funds', 'tok_timeout', 'tok_approve']) {
    const answer = await me.post('/api/orders', { items: [{ sku, quantity: 1 }], shippingAddress: address, paymentMethodId })
    if (answer.status === 201) orderId = answer.body.id
  }
  await me.post('/api/orders', { items: [{ sku, quantity: 1 }], shippingAddress: address, paymentMethodId: secrets.card })
  await me.post('/api/orders', { items: [{ sku, quantity: -1 }], shippingAddress: { ...address, card: secrets.card } })
  await eventually(async () => expect(expectStatus(await me.get(`/api/orders/${orderId}`), 200).body.status).toBe('DELIVERED'), {
    timeoutMs: 30_000,
    everyMs: 100,
  })
  const { lineId } = (await me.get(`/api/orders/${orderId}`)).body.items[0]
  const asked = await me.post(`/api/orders/${orderId}/returns`, {
    lines: [{ lineId, quantity: 1, reason: 'changed-mind' }],
    comment: person.comment,
  })
  expectStatus(asked, 201)
  expectStatus(await admin.client.post(`/api/orders/${orderId}/notes`, { text: `${person.name} called` }), 200, 201)
  await eventually(async () => expect(expectStatus(await me.get(`/api/orders/${orderId}/invoice`), 200)).toBeDefined(), {
    timeoutMs: 20_000,
  })
}

/** A program shows its key where it belongs, with a letter too many, and where it does not belong. */
async function useAnApiKey(anybody: ReturnType<typeof client>): Promise<void> {
  const { key, client: program } = await apiKey(shop, admin, ['inventory:read', 'inventory:write'])
  Object.assign(secrets, { apiKey: key, secretOfApiKey: key.slice(-43) })
  expectStatus(await program.get('/api/inventory'), 200)
  expectStatus(await program.post('/api/inventory/adjustments', { sku: key.slice(0, 60), delta: 0, reason: '' }), 400)
  expectStatus(await program.get('/api/users/me'), 403, 404)
  expectStatus(await withToken(shop, `${key}x`).client.get('/api/inventory'), 401)
  await anybody.get(`/api/orders/${key}?api_key=${key}`)
}

/** What people paste into the first field they see; with a word that finds something, so that it could become popular. */
async function typeIntoSearch(anybody: ReturnType<typeof client>): Promise<void> {
  const [product] = expectStatus(await anybody.get('/api/search?q=canary-mug'), 200).body.items
  for (const said of [person.email, person.phone, secrets.card, secrets.card.replace(/(.{4})/g, '$1 ')]) {
    const q = encodeURIComponent(`canary-mug ${said}`)
    for (const path of [`search?q=${q}`, `search/suggest?q=${q}`, `products/search?q=${q}`, `products?search=${q}`])
      expectStatus(await anybody.get(`/api/${path}`), 200)
    const click = { q: `canary-mug ${said}`, productId: product?.id ?? userId, position: 1 }
    await anybody.post('/api/search/clicks', click)
  }
}

/** Until nothing is under way any more: outboxes empty, every group of consumers at the end of the log. */
async function quiet(): Promise<void> {
  await eventually(
    async () => {
      const schemas =
        await inside.sql`select n.nspname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = 'outbox' and c.relkind = 'r'`
      for (const { name } of schemas)
        expect((await inside.sql`select 1 from ${inside.sql(name)}.outbox limit 1`).length, name).toBe(0)
      const topics = expectStatus(await admin.client.get('/api/events/topics'), 200).body
      expect(JSON.stringify(topics).match(/"lag":"?[1-9]/g)).toBeNull()
    },
    { timeoutMs: 30_000, everyMs: 200 },
  )
}

/** Searches are stored as words: an address has no @ any more, a card number may be in pieces. */
const asWords = { 'e-mail typed': 'canary quokka canary example', 'card typed': '4539 5787' }

const places = (sightings: readonly Sighting[]): string[] =>
  [...new Set(sightings.map(({ canary, place }) => `${canary} in ${place}`))].sort()

describe('a person who buys, fails to pay, forgets the password and sends something back', () => {
  it('S28, S29: leaves no secret readable anywhere, and nothing about themselves where events, searches, metrics and logs are', async ({
    task,
  }) => {
    await liveAWholeLife()
    await quiet()
    const everywhere = { ...secrets, ...asWords }
    const database = await searchDatabase(inside.sql, everywhere)
    const found = [
      ...database.sightings,
      ...searchText(shop.output.join('\n'), { ...everywhere, ...person }, 'log'),
      ...searchText((await client(shop.url).get('/actuator/prometheus')).text, { ...everywhere, ...person, userId }, 'metrics'),
      ...(await searchFiles(shop.folder, everywhere, /\/postgres\//)),
    ]
    expect(places(found)).toEqual([])
    const events = await searchDatabase(inside.sql, { ...person, 'phone typed': person.phone.slice(1) })
    const inEvents = events.sightings.filter(({ place }) =>
      /^(bus|search)\.|\.(outbox|inbox|parked|idempotency_keys)\./.test(place),
    )
    expect(places(inEvents)).toEqual([])
    expect(events.sightings.length, 'the search finds what is there').toBeGreaterThan(5)
    expect(shop.output.length, 'the log is not empty').toBeGreaterThan(10)
    Object.assign(task.meta, {
      figures: { canaries: Object.keys({ ...everywhere, ...person }).length, tables: database.tables, rows: database.rows },
    })
  }, 120_000)

  it('can take everything along, and nothing secret with it', async () => {
    const text = expectStatus(await me.get('/api/users/me/export'), 200).text
    for (const value of [person.email, person.name, person.street]) expect(text).toContain(value)
    expect(searchText(text, secrets, 'export')).toEqual([])
  })

  it('I25: is gone from every table, file and mailbox after erasure; the invoice stays under an id that leads to nobody', async ({
    task,
  }) => {
    expectStatus(await me.delete('/api/users/me'), 204)
    await quiet()
    const began = Date.now()
    await eventually(
      async () => {
        const { sightings } = await searchDatabase(inside.sql, person)
        const files = await searchFiles(shop.folder, person, /\/postgres\//)
        expect(places([...sightings, ...files])).toEqual([])
      },
      { timeoutMs: 90_000, everyMs: 500 },
    )
    const mails = expectStatus(await client(shop.url).get(`/api/mailbox?to=${encodeURIComponent(person.email)}&limit=100`), 200)
    expect(mails.body.items).toEqual([])
    const order = expectStatus(await admin.client.get(`/api/orders/${orderId}`), 200)
    expect(searchText(order.text, person, 'order')).toEqual([])
    // it may still be drawn: 202 until then
    const invoice = await eventually(async () => expectStatus(await admin.client.get(`/api/orders/${orderId}/invoice`), 200))
    expect(searchText(invoice.text, person, 'invoice')).toEqual([])
    expect((await client(shop.url).post('/api/auth/login', { email: person.email, password: secrets.password })).status).toBe(401)
    proves(task, {
      id: 'I25',
      trials: Object.keys(person).length,
      note: 'canaries of a person looked for in every table, file, mail and log after erasure',
    })
    Object.assign(task.meta, { figures: { 'seconds until erased': Math.round((Date.now() - began) / 100) / 10 } })
  }, 150_000)

  it('and none of it made anything fail inside', () => {
    expect(shop.output.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})
