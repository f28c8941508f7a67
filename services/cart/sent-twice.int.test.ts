import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import type { TestService } from '#kit/testing/service.ts'
import { closeSound, countStatements, shoppingIn, someone } from './shopping.fixture.ts'
import { type FakeShop, startCart } from './testing.ts'

let service: TestService
let shop: FakeShop
beforeAll(async () => {
  ;({ service, shop } = await startCart())
})
afterAll(() => closeSound(service))

const { put, show } = shoppingIn(() => service)

describe('a request that is sent twice', () => {
  it('counts once under one Idempotency-Key, also for a guest without a cart', async () => {
    const headers = { 'idempotency-key': `key-${randomUUID()}` }
    const answers = await Promise.all([put('mug', 2, { headers }), put('mug', 2, { headers })])
    const again = await put('mug', 2, { headers })
    const done = answers.find((answer) => answer.status === 200)!
    expect(again.raw.equals(done.raw)).toBe(true)
    expect(await show({ headers: { 'x-guest-token': done.body.token } })).toMatchObject({ units: 2 })
    expect((await put('mug', 3, { headers })).status).toBe(422)
  })

  it('gets the same answer to the last byte, headers too, in the language of the first', async () => {
    const as = someone()
    const headers = { 'idempotency-key': `key-${randomUUID()}` }
    const first = await put('mug', 2, { as, headers })
    await put('tea', 1, { as })
    const again = await put('mug', 2, { as, headers: { ...headers, 'accept-language': 'de' } })
    expect(again.raw.equals(first.raw)).toBe(true)
    expect(again.headers['idempotency-replayed']).toBe('true')
    const kept = ({ headers: { date: _, 'idempotency-replayed': __, 'x-request-id': ___, ...rest } }: typeof first) => rest
    expect(Object.keys(kept(again)).sort()).toEqual(Object.keys(kept(first)).sort())
    for (const name of ['etag', 'content-language', 'content-type', 'cache-control', 'vary'])
      expect(again.headers[name], name).toBe(first.headers[name])
    expect(await show({ as })).toMatchObject({ units: 3 })
  })

  it('waits for nobody: while the first is at work the second is told to come again', async () => {
    const as = someone()
    await put('tea', 1, { as })
    const headers = { 'idempotency-key': `key-${randomUUID()}` }
    let second: Awaited<ReturnType<typeof put>> | undefined
    await service.database.admin.begin(async (tx) => {
      await tx`select 1 from cart.carts c where c.user_id = ${as.id!} for update`
      const first = put('mug', 1, { as, headers })
      await eventually(async () => {
        const [waiting] = await service.database
          .admin`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
        expect(waiting).toBeDefined()
      })
      second = await put('mug', 1, { as, headers })
      void first
    })
    expect([second!.status, second!.body.code]).toEqual([409, 'http/idempotency-in-flight'])
    expect(second!.headers['retry-after']).toBe('1')
    await eventually(async () => expect(await show({ as })).toMatchObject({ units: 2 }))
  })

  it('may try again what was refused: a refusal is not kept', async () => {
    const as = someone()
    const headers = { 'idempotency-key': `key-${randomUUID()}` }
    shop.stock.set('pot', 0)
    expect((await put('pot', 1, { as, headers })).status).toBe(422)
    shop.stock.set('pot', 2)
    expect((await put('pot', 1, { as, headers })).status).toBe(200)
  })

  it('counts in the order of arrival where one shopper sends many at once', async () => {
    const as = someone()
    await put('mug', 1, { as })
    const set = (quantity: number) => service.request('PUT', '/api/cart/items/mug', { as, body: { quantity } })
    const answers = await Promise.all([2, 3, 4, 5].map(set))
    expect(answers.map(({ body }) => body.version)).toEqual([3, 4, 5, 6])
    expect(await show({ as })).toMatchObject({ units: 5 })
  })

  it('counts every line where one shopper puts many different things in at once', async () => {
    const as = someone()
    await put('mug', 1, { as })
    await Promise.all(Array.from({ length: 12 }, (_, index) => put(`big-${index}`, 1, { as })))
    expect(await show({ as })).toMatchObject({ units: 13, version: 14 })
    const [cart] = await service.db.sql`select c.line_count from carts c where c.user_id = ${as.id!}`
    expect(cart).toEqual({ line_count: 13 })
  })

  it('is one statement, with or without a key, and one for all who come at the same moment', async () => {
    shop.asked.price = 0
    const key = () => ({ headers: { 'idempotency-key': `key-${randomUUID()}` } })
    const as = someone()
    expect(await countStatements(service, async () => void (await put('mug', 1, { as })))).toBe(1)
    expect(await countStatements(service, async () => void (await put('mug', 1, { as, ...key() })))).toBe(1)
    const crowd = Array.from({ length: 30 }, () => put('mug', 1, { as: someone(), ...key() }))
    expect(await countStatements(service, async () => void (await Promise.all(crowd)))).toBeLessThanOrEqual(3)
  })

  it('counts for each of many shoppers who come at once, and a refused one hurts nobody else', async () => {
    const shoppers = Array.from({ length: 40 }, someone)
    const answers = await Promise.all(shoppers.map((as, index) => put(index % 10 === 3 ? 'pot' : 'mug', 3, { as })))
    expect(answers.map((answer) => answer.status)).toEqual(shoppers.map((_, index) => (index % 10 === 3 ? 422 : 200)))
    for (const [index, as] of shoppers.entries()) expect(await show({ as })).toMatchObject({ units: index % 10 === 3 ? 0 : 3 })
  })
})
