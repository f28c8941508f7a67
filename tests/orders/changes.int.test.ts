import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import type { Principal } from '#kit/core/principal.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { asGuest, movesIn } from './moves.fixture.ts'
import { address, brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const { orderIn } = movesIn(() => shop)
const patch = (id: string, body: object, options: { as?: Principal; headers?: Record<string, string> } = { as: staff }) =>
  shop.service.request('PATCH', `/api/orders/${id}`, { body, ...options })

describe('changing an order', () => {
  it('changes e-mail, billing address and attributes, by version, and tells which', async () => {
    const placed = await shop.order()
    const { id } = placed.body
    const changed = await patch(
      id,
      { email: 'new@example.com', billingAddress: { ...address, name: 'Archer Ltd' }, attributes: { gift: true } },
      { headers: { ...asGuest(placed).headers, 'if-match': '"2"' } },
    )
    expect(changed).toMatchObject({
      status: 200,
      body: { email: 'new@example.com', billingAddress: { name: 'Archer Ltd' }, attributes: { gift: true }, version: 3 },
    })
    expect((await patch(id, { email: 'other@example.com' }, { as: staff, headers: { 'if-match': '"2"' } })).status).toBe(412)
    expect((await patch(id, { billingAddress: null })).body.billingAddress).toBeNull()
    const [event] = (await shop.service.events('OrderUpdated.v1')).filter(({ subject }) => subject === id)
    expect((event!.data as { changed: string[] }).changed.sort()).toEqual(['attributes', 'billingAddress', 'email'])
    expect(JSON.stringify(event)).not.toContain('new@example.com')
  })

  it('sends the parcel to the new address while the order waits for its payment', async () => {
    const placed = await shop.order({ paymentMethodId: undefined })
    const { id } = placed.body
    const moved = { ...address, line1: '2 New Street' }
    expect((await patch(id, { shippingAddress: moved }, asGuest(placed))).body.shippingAddress).toEqual(moved)
    await shop.service.request('PUT', `/api/orders/${id}/confirm?paymentMethodId=tok_approve`, asGuest(placed))
    expect(shop.world.parcels.get(id)!.address.line1).toBe('2 New Street')
    expect(await patch(id, { shippingAddress: address })).toMatchObject({ status: 409, body: { code: 'orders/not-changeable' } })
  })

  it('never moves an order to another country', async () => {
    const { body } = await shop.order({ paymentMethodId: undefined })
    expect(await patch(body.id, { shippingAddress: { ...address, country: 'FR' } })).toMatchObject({
      status: 422,
      body: { code: 'orders/country-fixed' },
    })
  })

  it('is over once it is shipped or cancelled', async () => {
    for (const status of ['SHIPPED', 'CANCELLED', 'COMPLETED'])
      expect((await patch(await orderIn(status), { email: 'x@example.com' })).body.code).toBe('orders/not-changeable')
  })

  it('never changes amounts, lines or who ordered', async () => {
    const { body } = await shop.order()
    for (const change of [
      { total: { amount: 1, currency: 'EUR' } },
      { items: [] },
      { customerId: uuidv7() },
      { status: 'COMPLETED' },
    ])
      expect((await patch(body.id, change)).status).toBe(400)
  })
})

describe('the list of orders', () => {
  it('shows customers theirs, whatever they filter by, and staff everybody’s', async () => {
    const [ann, bob] = [somebody(), somebody()]
    const [first, second] = [
      await shop.order({}, { as: ann }),
      await shop.order({ items: [{ sku: 'tea', quantity: 3 }] }, { as: ann }),
    ]
    await shop.order({}, { as: bob })
    const list = async (as: Principal, query = '') => (await shop.service.request('GET', `/api/orders${query}`, { as })).body
    expect((await list(ann)).items.map(({ id }: { id: string }) => id)).toEqual([second.body.id, first.body.id])
    expect((await list(ann)).items[0]).toEqual({
      id: second.body.id,
      number: second.body.number,
      status: 'CONFIRMED',
      channel: 'web',
      customerId: ann.id,
      total: second.body.total,
      units: 3,
      placedAt: second.body.placedAt,
      version: 2,
    })
    expect((await list(ann, `?customerId=${bob.id}`)).items).toEqual([])
    expect((await list(staff, `?customerId=${bob.id}`)).items).toHaveLength(1)
    expect((await shop.service.request('GET', '/api/orders')).status).toBe(401)
  })

  it('is filtered and paged without losing or repeating an order', async () => {
    const customer = somebody()
    for (let n = 0; n < 7; n += 1)
      await shop.order(
        { email: n % 2 ? 'Odd@example.com' : 'even@example.com', paymentMethodId: n < 3 ? undefined : 'tok_approve' },
        { as: customer },
      )
    const list = async (query: string) =>
      (await shop.service.request('GET', `/api/orders?customerId=${customer.id}${query}`, { as: staff })).body
    expect((await list('&status=PENDING')).items).toHaveLength(3)
    expect((await list('&email=odd@EXAMPLE.com')).items).toHaveLength(3)
    expect((await list('&channel=other')).items).toHaveLength(0)
    const all = (await list('&sort=oldest')).items as { id: string; number: string; placedAt: string }[]
    expect((await list(`&number=${all[2]!.number.toLowerCase()}`)).items).toMatchObject([{ id: all[2]!.id }])
    expect((await list('&from=2999-01-01T00:00:00Z')).items).toHaveLength(0)
    expect((await list('&from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z')).items).toHaveLength(7)
    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const page = await list(`&sort=oldest&limit=3${cursor}`)
      seen.push(...page.items.map(({ id }: { id: string }) => id))
      if (!page.next) break
      cursor = `&cursor=${encodeURIComponent(page.next)}`
    }
    expect(seen).toEqual(all.map(({ id }) => id))
  })
})

describe('what a program does with an API key', () => {
  const program = (...permissions: string[]): Principal => ({
    kind: 'key',
    id: '01890000-0000-7000-8000-0000000000a1',
    permissions: new Set(permissions),
  })

  it('stands in the history under the key, and goes as far as its permissions', async () => {
    const { body } = await shop.order({}, { as: somebody() })
    const note = (as: Principal) =>
      shop.service.request('POST', `/api/orders/${body.id}/notes`, { as, body: { text: 'packed by the robot' } })
    expect((await note(program('orders:read-any'))).status).toBe(403)
    expect((await note(program('orders:write'))).status).toBe(201)
    const notes = await shop.service.request('GET', `/api/orders/${body.id}/notes`, { as: staff })
    expect(notes.body.items).toMatchObject([{ author: 'key:01890000-0000-7000-8000-0000000000a1' }])
    expect((await shop.service.request('GET', `/api/orders/${body.id}`, { as: program() })).status).toBe(403)
    expect((await shop.service.request('GET', `/api/orders/${body.id}`, { as: program('orders:read-any') })).status).toBe(200)
  })
})

describe('notes', () => {
  it('are written and read by staff alone', async () => {
    const ann = somebody()
    const { body } = await shop.order({}, { as: ann })
    const notes = (as: Principal) => shop.service.request('GET', `/api/orders/${body.id}/notes`, { as })
    expect(
      (await shop.service.request('POST', `/api/orders/${body.id}/notes`, { as: staff, body: { text: 'call before delivery' } }))
        .status,
    ).toBe(201)
    expect((await notes(staff)).body.items).toMatchObject([
      { author: `staff:${staff.kind === 'user' ? staff.id : ''}`, text: 'call before delivery' },
    ])
    expect((await notes(ann)).status).toBe(403)
  })
})

describe('erasure', () => {
  it('leaves the orders of a deleted user without anything that names the person', async () => {
    const ann = somebody()
    const other = await shop.order({ email: 'canary@example.com' }, { as: somebody() })
    const mine = await shop.order(
      {
        email: 'canary@example.com',
        shippingAddress: { ...address, name: 'Canary Bird' },
        billingAddress: { ...address, name: 'Canary Bird' },
      },
      { as: ann, headers: { 'idempotency-key': 'canary-key' } },
    )
    await shop.service.request('PUT', `/api/orders/${mine.body.id}/cancel`, { as: ann, body: { reason: 'Canary is my name' } })
    await shop.service.deliver(UserDeleted({ userId: ann.id }))
    await shop.service.deliver(UserDeleted({ userId: ann.id }))
    const seen = (await shop.service.request('GET', `/api/orders/${mine.body.id}`, { as: staff })).body
    expect(seen).toMatchObject({
      email: null,
      shippingAddress: { country: 'DE', name: '–' },
      billingAddress: { country: 'DE' },
      total: mine.body.total,
    })
    const everything = await shop.service.db.sql<{ text: string }[]>`
      select c::text as text from order_contacts c where c.order_id = ${mine.body.id} union all select r::text from order_requests r where r.order_id = ${mine.body.id}
      union all select n::text from order_notes n where n.order_id = ${mine.body.id} union all select p::text from processes p where p.id = ${mine.body.id}
      union all select o.payload from outbox o`
    expect(everything.map(({ text }) => text).join('\n')).not.toMatch(/canary/i)
    expect((await shop.service.request('GET', `/api/orders/${other.body.id}`, { as: staff })).body.email).toBe(
      'canary@example.com',
    )
  })

  it('forgets old answers to repeated requests', async () => {
    await shop.order({}, { headers: { 'idempotency-key': 'long-ago-1' } })
    await shop.order({}, { headers: { 'idempotency-key': 'just-now-1' } })
    await shop.service.db.sql`update order_requests set created_at = now() - interval '8 days' where key = 'long-ago-1'`
    await shop.service.runJob('orders.forget-requests')
    expect(
      (
        await shop.service.db.sql<{ key: string }[]>`select key from order_requests where key in ('long-ago-1', 'just-now-1')`
      ).map(({ key }) => key),
    ).toEqual(['just-now-1'])
  })
})
