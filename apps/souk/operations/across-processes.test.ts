import { afterEach, describe, expect, it } from 'vitest'
import { can, get } from '#kit/http/route.ts'
import { toAll, toOne } from './across-processes.ts'
import {
  aProcess,
  acquaint,
  anInstance,
  closeAll,
  does,
  hangsUp,
  runsOrders,
  says,
  type Letter,
} from './across-processes.fixture.ts'

afterEach(closeAll)

describe('staff of a shop whose services run apart', () => {
  it('read one list over all processes, page by page, nothing twice and nothing left out', async () => {
    const gateway = await aProcess({ gateway: ['d'] }, { budget: 9 })
    const shop = await aProcess({ orders: ['a', 'c', 'h'], cart: ['f'] })
    const office = await aProcess({ search: ['b', 'e', 'g', 'i', 'j', 'k', 'l'] })
    acquaint(gateway, shop, office)
    const seen: string[] = []
    let cursor = ''
    for (let pages = 0; pages < 9; pages += 1) {
      // counted at the door alone: behind it the budget of a client is one request
      const { status, body } = await gateway.call('GET', `/api/letters?limit=2${cursor}`)
      expect(status).toBe(200)
      expect(body.unanswered).toEqual([])
      seen.push(...body.items.map(({ id }: Letter) => id))
      if (body.next === undefined) break
      cursor = `&cursor=${body.next}`
    }
    expect(seen.join('')).toBe('abcdefghijkl')
    expect(shop.asked).toEqual(Array.from({ length: 6 }, () => 'orders,cart'))
  })

  it('have one instance of each service asked, and the other one where that gives no answer', async () => {
    const gateway = await aProcess({ gateway: [] })
    const first = await aProcess({ orders: ['a', 'b'] })
    const second = await aProcess({ orders: ['a', 'b'] })
    acquaint(gateway, first, second)
    const whole = { items: [{ id: 'a' }, { id: 'b' }], unanswered: [] }
    expect((await gateway.call('GET', '/api/letters')).body).toMatchObject(whole)
    expect([first.asked, second.asked]).toEqual([['orders'], []])
    await first.app.close()
    expect((await gateway.call('GET', '/api/letters', { authorization: 'otto' })).body).toMatchObject(whole)
    expect(second.asked).toEqual(['orders'])
  })

  it('are told in time which services are missing, where a process hangs or is gone', async () => {
    const gateway = await aProcess({ gateway: ['a'] }, { patienceMs: 300 })
    const hangs = await aProcess({ orders: ['b'], cart: ['c'] }, { silent: true })
    const gone = await aProcess({ search: ['d'] })
    acquaint(gateway, hangs, gone)
    await gone.app.close()
    const { status, body } = await gateway.call('GET', '/api/letters')
    expect(status).toBe(200)
    expect(body).toEqual({ items: [{ id: 'a', group: 'gateway' }], unanswered: ['cart', 'orders', 'search'] })
    const again = await gateway.call('POST', '/api/letters/search/d/redrive', { authorization: 'otto' })
    expect(again).toMatchObject({ status: 503, body: { code: 'operations/unanswered', details: { services: ['search'] } } })
  })

  it('command what another process has, in their own name, and hear what that one refuses', async () => {
    const gateway = await aProcess({ gateway: [] })
    const orders = await aProcess({ orders: ['a'] })
    acquaint(gateway, orders)
    const done = await gateway.call('POST', '/api/letters/orders/a/redrive')
    expect(done).toMatchObject({ status: 200, body: { by: 'ida', at: 'orders' } })
    const none = await gateway.call('POST', '/api/letters/orders/z/redrive', { authorization: 'otto' })
    expect(none).toMatchObject({ status: 404, body: { code: 'operations/no-such-dead-letter', details: { eventId: 'z' } } })
    const nobody = await gateway.call('POST', '/api/letters/nobody/a/redrive', { authorization: 'ute' })
    expect(nobody).toMatchObject({ status: 404, body: { code: 'operations/no-such-group' } })
  })

  it('may do there only what they may do there: the process that answers asks again who it is', async () => {
    const gateway = await aProcess({ gateway: [] })
    const strict = await aProcess({ orders: ['a'] }, { rights: [] })
    acquaint(gateway, strict)
    expect((await gateway.call('POST', '/api/letters/orders/a/redrive')).status).toBe(403)
    const read = await gateway.call('GET', '/api/letters', { authorization: 'otto' })
    expect(read.body).toEqual({ items: [], unanswered: ['orders'] })
  })

  it('hear what the one service refuses that they name, and not that it gives no answer', async () => {
    const gateway = await aProcess({ gateway: [] })
    const orders = await aProcess({ orders: ['a'] })
    const strict = await aProcess({ cart: ['b'] }, { rights: [] })
    acquaint(gateway, orders, strict)
    const named = await gateway.call('GET', '/api/letters?group=orders')
    expect(named).toMatchObject({ status: 200, body: { items: [{ id: 'a', group: 'orders' }], unanswered: [] } })
    const refused = await gateway.call('GET', '/api/letters?group=cart', { authorization: 'otto' })
    expect(refused).toMatchObject({ status: 403, body: { code: 'http/forbidden' } })
    await orders.app.close()
    const away = await gateway.call('GET', '/api/letters?group=orders', { authorization: 'ute' })
    expect(away).toMatchObject({ status: 503, body: { code: 'operations/unanswered', details: { services: ['orders'] } } })
  })

  it('cannot pass for a process of the house: without its signature all are asked', async () => {
    const gateway = await aProcess({ gateway: ['a'] })
    const orders = await aProcess({ orders: ['b'] })
    acquaint(gateway, orders)
    const forged = `${Math.floor(Date.now() / 1000)} 127.0.0.1 c2lnbmF0dXJl`
    const { body } = await gateway.call('GET', '/api/letters', { 'x-souk-about': 'gateway', 'x-souk-client': forged })
    expect(body.items.map(({ id }: Letter) => id)).toEqual(['a', 'b'])
  })
})

describe('a command to a service that runs elsewhere', () => {
  const redrive = '/api/letters/orders/a/redrive'

  it.each([
    ['breaks off', hangsUp],
    ['says nothing in time', () => undefined],
    ['has a proxy before it that gives up', says(502, {})],
    ['fails', says(500, { code: 'http/internal' })],
  ])('is sent once where the instance %s: it may be done', async (_what, behaviour) => {
    const gateway = await aProcess({ gateway: [] }, { commandPatienceMs: 1_500 })
    const [first, second] = [await anInstance(behaviour), await anInstance(does)]
    runsOrders(gateway, first.url, second.url)
    expect((await gateway.call('POST', redrive)).status).toBeGreaterThanOrEqual(500)
    expect(first.seen).toEqual([`POST ${redrive}`])
    expect(second.seen).toEqual([])
  })

  it('is 503 operations/unanswered where nobody knows what came of it', async () => {
    const gateway = await aProcess({ gateway: [] })
    runsOrders(gateway, (await anInstance(hangsUp)).url)
    expect(await gateway.call('POST', redrive)).toMatchObject({ status: 503, body: { code: 'operations/unanswered' } })
  })

  it('goes to the other instance where nobody listens: nothing was sent', async () => {
    const gateway = await aProcess({ gateway: [] })
    const gone = await aProcess({ orders: ['a'] })
    await gone.app.close()
    runsOrders(gateway, gone.url, (await anInstance(does)).url)
    expect(await gateway.call('POST', redrive)).toMatchObject({ status: 200, body: { at: 'second' } })
  })

  it('goes to the other instance where the first is too busy to begin it', async () => {
    const gateway = await aProcess({ gateway: [] })
    const busy = await anInstance(says(503, { code: 'http/overloaded' }, { 'x-souk-busy': '1' }))
    runsOrders(gateway, busy.url, (await anInstance(does)).url)
    expect(await gateway.call('POST', redrive)).toMatchObject({ status: 200, body: { at: 'second' } })
    expect(busy.seen).toHaveLength(1)
  })

  it('may take longer than a question', async () => {
    const gateway = await aProcess({ gateway: [] }, { patienceMs: 100 })
    const slow = await anInstance((request, answer) => void setTimeout(() => does(request, answer), 400))
    runsOrders(gateway, slow.url)
    expect((await gateway.call('POST', redrive)).status).toBe(200)
    expect((await gateway.call('GET', '/api/letters', { authorization: 'otto' })).body).toMatchObject({ unanswered: ['orders'] })
  })

  it('is refused with all that the other process says: which field is wrong, and when to come back', async () => {
    const gateway = await aProcess({ gateway: [] })
    const wrong = { pointer: '/partition', message: 'there are four' }
    const refuses = says(409, { code: 'operations/job-runs', detail: 'busy', errors: [wrong] }, { 'retry-after': '7' })
    runsOrders(gateway, (await anInstance(refuses)).url)
    const { status, body, retryAfter } = await gateway.call('POST', redrive)
    expect({ status, body, retryAfter }).toMatchObject({
      status: 409,
      body: { code: 'operations/job-runs', detail: 'busy', errors: [wrong] },
      retryAfter: '7',
    })
  })
})

describe('a shop in one process', () => {
  it('keeps its routes as they are: nobody else is asked', () => {
    const route = get('/api/letters', { access: can('events:operate'), summary: 'letters' }, async () => undefined)
    expect(toAll(undefined, { merge: ([first]) => first as object }, route).handle).toBe(route.handle)
    expect(toOne(undefined, () => 'orders', route).handle).toBe(route.handle)
  })
})
