import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus } from '../../e2e/client.ts'
import { openShop, type Shop } from '../../e2e/shop.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { type Inside, lookInside } from '../inside.ts'
import { administrator, type Person, withToken } from '../people.ts'
import { searchText } from './search.ts'

const person = {
  email: 'wombat.canary@canary.example',
  name: 'Wombatina Canaryfield',
  street: 'Wombatgasse 4712c',
  phone: '+4930555777888',
}
const secrets: Record<string, string> = { password: 'wombat-canary-digs-8272', card: '4539578763621486' }

let shop: Shop
let inside: Inside
let admin: Person
let collector: Server
/** what came over the wire: texts stand in protobuf as they are */
const exported: Buffer[] = []

beforeAll(async () => {
  collector = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      exported.push(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
    })
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  shop = await openShop({
    LOG_LEVEL: 'debug',
    TRACES_URL: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`,
    TRACES_SHARE: '1',
  })
  inside = await lookInside(shop)
  admin = await administrator(shop)
}, 120_000)
afterAll(async () => {
  await inside?.end()
  await shop?.remove()
  collector?.close()
})

const traces = () => Buffer.concat(exported).toString('latin1')
const found = (text: string) => searchText(text, { ...person, ...secrets }, 'there').map(({ canary }) => canary)

describe('S28: what a shop tells of its work, also of work that fails', () => {
  it('names no person and no secret in a trace or in an event that could not be handled', async ({ task }) => {
    // the database refuses to note mails about orders, and where mails to this person go, in words (DETAIL) that hold the whole row
    await inside.sql.unsafe(
      `alter table notifications.messages add constraint no_canaries check (template <> 'order-confirmed' and coalesce(address, '') || data::text !~* 'wombat') not valid`,
    )
    const anybody = client(shop.url)
    const register = { email: person.email, password: secrets['password'], fullName: person.name }
    expectStatus(await anybody.post('/api/users/register', register), 200, 201)
    const credentials = { email: person.email, password: secrets['password'] }
    await anybody.post('/api/auth/login', { ...credentials, password: `${secrets['password']}x` })
    const login = expectStatus(await anybody.post('/api/auth/login', credentials), 200).body
    Object.assign(secrets, { accessToken: login.accessToken, refreshToken: login.refreshToken })
    const me = withToken(shop, login.accessToken).client
    const enrolment = expectStatus(await me.post('/api/auth/mfa/enrol', { password: secrets['password'] }), 200).body
    Object.assign(secrets, { seed: enrolment.secret })
    await anybody.post('/api/auth/password/forgot', { email: person.email })
    for (const path of [
      `users?q=${person.email}`,
      `search?q=${encodeURIComponent(person.email)}`,
      `orders/${person.email}`,
      `orders?card=${secrets['card']}`,
    ])
      await admin.client.get(`/api/${path}`)
    const { sku } = await sell(admin.client, 'failing-mug')
    const shippingAddress = {
      name: person.name,
      line1: person.street,
      city: 'Berlin',
      postalCode: '10115',
      country: 'DE',
      phone: person.phone,
    }
    const order = { items: [{ sku, quantity: 1 }], shippingAddress, paymentMethodId: 'tok_approve' }
    expectStatus(await me.post('/api/orders', order), 201)
    await me.post('/api/orders', { ...order, paymentMethodId: secrets['card'] })
    await me.post('/api/orders', { ...order, items: [{ sku, quantity: 100_000 }] })

    const parked = await eventually(
      async () => {
        const rows = await inside.sql`select * from notifications.parked where error_message is not null`
        expect(rows.length).toBeGreaterThan(0)
        return rows
      },
      { timeoutMs: 20_000, everyMs: 200 },
    )
    expect(JSON.stringify(parked)).toContain('no_canaries')
    await eventually(async () => expect(traces()).toContain('POST /api/orders'), { timeoutMs: 20_000, everyMs: 200 })
    await eventually(async () => expect(traces()).toContain('handle OrderConfirmed.v1'), { timeoutMs: 20_000, everyMs: 200 })
    expect(found(JSON.stringify(parked)), 'events that could not be handled').toEqual([])
    expect(found((await admin.client.get('/api/events/dlq')).text), 'dead letters, as staff see them').toEqual([])
    expect(found(traces()), 'traces').toEqual([])
    expect(found(shop.output.join('\n')), 'log').toEqual([])
    Object.assign(task.meta, {
      figures: { 'events not handled': parked.length, 'KB of traces': Math.round(traces().length / 1000) },
    })
  }, 120_000)
})
