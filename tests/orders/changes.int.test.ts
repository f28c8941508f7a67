import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DeliveryCompleted, ShipmentDispatched } from '#contracts/events/delivery.ts'
import { ReservationExpired } from '#contracts/events/inventory.ts'
import { PaymentFailed, PaymentProcessed } from '#contracts/events/payments.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import type { Principal } from '#kit/core/principal.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { address, brokenRules, openShop, type Shop, somebody, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

type Options = { as?: Principal; headers?: Record<string, string> }
const asGuest = (placed: { body: { guestToken: string } }) => ({ headers: { 'x-guest-token': placed.body.guestToken } })
const cancel = (id: string, options: Options = { as: staff }, body: object | undefined = {}) =>
  shop.service.request('PUT', `/api/orders/${id}/cancel`, { body, ...options })
const patchStatus = (id: string, status: string, options: Options = { as: staff }) =>
  shop.service.request('PATCH', `/api/orders/${id}/status`, { body: { status }, ...options })
const patch = (id: string, body: object, options: Options = { as: staff }) =>
  shop.service.request('PATCH', `/api/orders/${id}`, { body, ...options })
const statusOf = async (id: string) =>
  (await shop.service.request('GET', `/api/orders/${id}`, { as: staff })).body.status as string
const timeline = async (id: string) =>
  (await shop.service.request('GET', `/api/orders/${id}/timeline`, { as: staff })).body.items as {
    to: string
    actor: string
    note: string | null
  }[]
const typesOf = async (id: string) =>
  (await shop.service.events()).filter(({ subject }) => subject === id).map(({ type }) => type)
const shipment = (orderId: string) => ({ shipmentId: uuidv7(), orderId, carrier: 'post', trackingNumber: null, imported: false })
const dispatched = (orderId: string, remaining = 0) => ShipmentDispatched({ ...shipment(orderId), lines: [], remaining })
const delivered = (orderId: string, remaining = 0) => DeliveryCompleted({ ...shipment(orderId), remaining })
const payment = (orderId: string) => ({
  paymentId: uuidv7(),
  orderId,
  amount: { amount: 1740, currency: 'EUR' },
  method: 'card' as const,
  gateway: 'test',
  imported: false,
})
const recover = async () => {
  for (let round = 0; round < 10 && (await shop.service.running.processes.recoverOnce()) > 0; round += 1);
}

async function orderIn(status: string): Promise<string> {
  const placed = await shop.order(status === 'PENDING' ? { paymentMethodId: undefined } : {})
  const { id } = placed.body
  if (status === 'CANCELLED') await cancel(id)
  if (['SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED'].includes(status)) {
    shop.world.parcels.get(id)!.state = 'gone'
    await shop.service.deliver(dispatched(id))
  }
  if (['DELIVERED', 'COMPLETED', 'RETURNED'].includes(status)) await shop.service.deliver(delivered(id))
  if (status === 'COMPLETED' || status === 'RETURNED') await patchStatus(id, status)
  expect(await statusOf(id)).toBe(status)
  return id
}

describe('cancelling', () => {
  it('a confirmed order gives back money, stock and stops the parcel, once', async () => {
    const before = shop.world.goods.get('mug')!.stock
    const placed = await shop.order()
    const { id } = placed.body
    expect(await cancel(id, asGuest(placed))).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', cancelReason: 'customer', version: 3 },
    })
    expect((await cancel(id, asGuest(placed))).body.version).toBe(3)
    expect(shop.world.money.get(id)!.givenBack).toBe(1740)
    expect(shop.world.parcels.get(id)!.state).toBe('stopped')
    expect(shop.world.goods.get('mug')!.stock).toBe(before)
    expect(await typesOf(id)).toEqual([
      'OrderCreated.v1',
      'OrderConfirmed.v1',
      'OrderStatusUpdated.v1',
      'OrderCancelled.v1',
      'OrderStatusUpdated.v1',
    ])
  })

  it('an order that waits for its payment gives the stock back', async () => {
    const before = shop.world.goods.get('mug')!.stock
    const ann = somebody()
    const { body } = await shop.order({ paymentMethodId: undefined }, { as: ann })
    expect(shop.world.goods.get('mug')!.stock).toBe(before - 1)
    const answer = await shop.service.request('POST', `/api/orders/${body.id}/cancel`, {
      as: ann,
      body: { reason: 'found it cheaper' },
    })
    expect(answer.body.status).toBe('CANCELLED')
    expect(shop.world.goods.get('mug')!.stock).toBe(before)
    expect((await shop.service.request('GET', `/api/orders/${body.id}/notes`, { as: staff })).body.items).toMatchObject([
      { author: 'customer', text: 'found it cheaper' },
    ])
    expect(
      await shop.service.request('PUT', `/api/orders/${body.id}/confirm?paymentMethodId=tok_approve`, { as: ann }),
    ).toMatchObject({ status: 409, body: { code: 'orders/not-open' } })
  })

  it('needs no body', async () => {
    const placed = await shop.order()
    expect((await shop.service.request('PUT', `/api/orders/${placed.body.id}/cancel`, asGuest(placed))).body.status).toBe(
      'CANCELLED',
    )
  })

  it('is too late once the parcel has left, even if nobody has told the order yet', async () => {
    for (const status of ['SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED']) {
      const id = await orderIn(status)
      expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'orders/too-late' } })
      expect(shop.world.money.get(id)!.givenBack).toBe(0)
    }
    const { body } = await shop.order()
    shop.world.parcels.get(body.id)!.state = 'gone'
    expect((await cancel(body.id)).status).toBe(409)
    expect(await statusOf(body.id)).toBe('CONFIRMED')
  })

  it('S13: ten times at once ends in one cancellation', async () => {
    const { body } = await shop.order()
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(body.id)))
    expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true)
    await recover()
    expect(await statusOf(body.id)).toBe('CANCELLED')
    expect((await timeline(body.id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'CANCELLED'])
    expect(shop.world.money.get(body.id)!.givenBack).toBe(1740)
  })

  it('goes on after a step of it failed', async () => {
    const { body } = await shop.order()
    shop.world.failOnce.add('inventory.release')
    expect((await cancel(body.id)).status).toBe(503)
    await shop.service.db.sql`update processes set due_at = now() where id = ${body.id} and status = 'running'`
    await recover()
    expect(await statusOf(body.id)).toBe('CANCELLED')
    expect((await cancel(body.id)).status).toBe(200)
  })

  it('is too late when the parcel left before its checkout could confirm the order: it is confirmed, then shipped', async () => {
    const id = await orderIn('PENDING')
    await shop.service.deliver(dispatched(id))
    expect((await timeline(id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED'])
    expect((await typesOf(id)).filter((type) => type === 'OrderConfirmed.v1' || type === 'OrderShipped.v1')).toHaveLength(2)
    expect((await cancel(id)).status).toBe(409)
  })

  it('races with shipping, and one of the two wins', async () => {
    for (let time = 0; time < 10; time += 1) {
      const { body } = await shop.order()
      await Promise.all([cancel(body.id), shop.service.deliver(dispatched(body.id))])
      await recover()
      const history = (await timeline(body.id)).map(({ to }) => to)
      expect([
        ['PENDING', 'CONFIRMED', 'CANCELLED'],
        ['PENDING', 'CONFIRMED', 'SHIPPED'],
      ]).toContainEqual(history)
    }
  })
})

describe('the status', () => {
  const statuses = ['PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CANCELLED', 'RETURNED']
  const allowed: Record<string, readonly string[]> = {
    PENDING: ['CANCELLED'],
    CONFIRMED: ['SHIPPED', 'CANCELLED'],
    SHIPPED: ['DELIVERED'],
    DELIVERED: ['COMPLETED', 'RETURNED'],
    COMPLETED: ['RETURNED'],
    CANCELLED: [],
    RETURNED: [],
  }

  it.each(statuses)('of an order that is %s moves only where the rules lead', async (from) => {
    for (const to of statuses) {
      const id = await orderIn(from)
      const answer = await patchStatus(id, to)
      if (to === from || allowed[from]!.includes(to))
        expect(answer, `${from} → ${to}`).toMatchObject({ status: 200, body: { status: to } })
      else
        expect(answer, `${from} → ${to}`).toMatchObject({
          status: 409,
          body: { code: to === 'CANCELLED' ? 'orders/too-late' : 'orders/illegal-move' },
        })
    }
  })

  it('S12: cannot skip paying: nobody confirms, ships or completes what is not paid', async () => {
    for (const to of ['CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED'])
      expect((await patchStatus(await orderIn('PENDING'), to)).status).toBe(409)
  })

  it('is moved by its owner only to say that all is well', async () => {
    const ann = somebody()
    const { body } = await shop.order({}, { as: ann })
    expect(await patchStatus(body.id, 'SHIPPED', { as: ann })).toMatchObject({ status: 403, body: { code: 'orders/staff-only' } })
    expect((await patchStatus(body.id, 'COMPLETED', { as: ann })).status).toBe(409)
    await shop.service.deliver(dispatched(body.id))
    await shop.service.deliver(delivered(body.id))
    expect((await patchStatus(body.id, 'COMPLETED', { as: ann })).body.status).toBe('COMPLETED')
    expect((await timeline(body.id)).at(-1)).toMatchObject({ to: 'COMPLETED', actor: 'customer' })
    expect((await patchStatus((await shop.order({}, { as: ann })).body.id, 'CANCELLED', { as: ann })).body).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'customer',
    })
  })

  it('follows the parcels: shipped with the last one, delivered with the last one', async () => {
    const { body } = await shop.order()
    await shop.service.deliver(dispatched(body.id, 1))
    expect(await statusOf(body.id)).toBe('CONFIRMED')
    await shop.service.deliver(dispatched(body.id))
    await shop.service.deliver(dispatched(body.id))
    await shop.service.deliver(delivered(body.id, 1))
    expect(await statusOf(body.id)).toBe('SHIPPED')
    await shop.service.deliver(delivered(body.id))
    await shop.service.deliver(delivered(body.id))
    expect((await timeline(body.id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED'])
  })

  it('is moved by one of many who move it at once, and never along a way that does not exist', async () => {
    for (let time = 0; time < 5; time += 1) {
      const id = await orderIn('DELIVERED')
      const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => patchStatus(id, n % 2 ? 'COMPLETED' : 'RETURNED')))
      expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([])
      const history = (await timeline(id)).map(({ to }) => to).slice(4)
      expect([['RETURNED'], ['COMPLETED', 'RETURNED']]).toContainEqual(history)
    }
  })

  it('is completed some days after delivery', async () => {
    const [old, fresh] = [await orderIn('DELIVERED'), await orderIn('DELIVERED')]
    await shop.service.database.admin.unsafe(
      `update orders.order_history set at = now() - interval '15 days' where order_id = '${old}'`,
    )
    await shop.service.runJob('orders.complete-delivered')
    expect([await statusOf(old), await statusOf(fresh)]).toEqual(['COMPLETED', 'DELIVERED'])
    expect(await typesOf(old)).toContain('OrderCompleted.v1')
  })
})

describe('what other services tell', () => {
  it('a payment that comes in late confirms the order that waited for it', async () => {
    const { body } = await shop.order({ paymentMethodId: 'tok_pending' })
    expect(body.status).toBe('PENDING')
    await shop.service.deliver(PaymentProcessed(payment(body.id)))
    await recover()
    expect(await statusOf(body.id)).toBe('CONFIRMED')
    await shop.service.deliver(PaymentProcessed(payment(body.id)))
    await recover()
    expect((await timeline(body.id)).map(({ to }) => to)).toEqual(['PENDING', 'CONFIRMED'])
  })

  it('a payment that fails ends the order that waited for it', async () => {
    const { body } = await shop.order({ paymentMethodId: 'tok_pending' })
    shop.world.money.get(body.id)!.state = 'declined'
    await shop.service.deliver(PaymentFailed({ ...payment(body.id), reason: 'refused by the bank' }))
    await recover()
    expect((await shop.service.request('GET', `/api/orders/${body.id}`, { as: staff })).body).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'payment-failed',
    })
  })

  it('a hold that ran out ends the order nobody paid, and leaves a paid one alone', async () => {
    const open = await shop.order({ paymentMethodId: undefined })
    const paid = await shop.order()
    for (const { body } of [open, paid]) await shop.service.deliver(ReservationExpired({ orderId: body.id }))
    await recover()
    expect([await statusOf(open.body.id), await statusOf(paid.body.id)]).toEqual(['CANCELLED', 'CONFIRMED'])
  })
})

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
