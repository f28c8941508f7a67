import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkout } from '#contracts/processes/checkout.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { brokenRules, openShop, type Shop, somebody } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())
afterEach(async () => expect(await brokenRules(shop)).toEqual([]))

const key = (value: string) => ({ headers: { 'idempotency-key': value } })

describe('the same Idempotency-Key', () => {
  it('gives fifty clicks one order, one payment and the same bytes', async () => {
    const clicks = await Promise.all(Array.from({ length: 50 }, () => shop.order({}, key('fifty-clicks'))))
    expect(clicks.every(({ status }) => status === 201 || status === 409)).toBe(true)
    const again = await shop.order({}, key('fifty-clicks'))
    const good = [...clicks, again].filter(({ status }) => status === 201)
    expect(new Set(good.map(({ raw }) => raw.toString())).size).toBe(1)
    expect(await shop.service.db.sql`select 1 from order_requests where key = 'fifty-clicks'`).toHaveLength(1)
    const [counted] = await shop.service.db.sql<{ n: bigint }[]>`select count(*) as n from orders where id = ${again.body.id}`
    expect(counted!.n).toBe(1n)
    expect([...shop.world.money.keys()].filter((id) => id === again.body.id)).toHaveLength(1)
  })

  it('in the body means the same as in the header', async () => {
    const first = await shop.order({ idempotency_key: 'in-the-body' })
    const again = await shop.order({ idempotency_key: 'in-the-body' })
    expect(again.raw.equals(first.raw)).toBe(true)
    expect((await shop.order({}, key('in-the-body'))).body.id).toBe(first.body.id)
  })

  it('with another order is refused', async () => {
    await shop.order({}, key('other-body'))
    expect(await shop.order({ items: [{ sku: 'mug', quantity: 9 }] }, key('other-body'))).toMatchObject({
      status: 422,
      body: { code: 'orders/key-reused' },
    })
  })

  it('repeats a refusal as it was', async () => {
    const first = await shop.order({ paymentMethodId: 'tok_decline' }, key('declined-once'))
    const again = await shop.order({ paymentMethodId: 'tok_decline' }, key('declined-once'))
    expect([first.status, again.status]).toEqual([402, 402])
    expect(again.body.details).toEqual(first.body.details)
  })

  it('of somebody else is another key', async () => {
    const [ann, bob] = [somebody(), somebody()]
    const [mine, theirs] = await Promise.all([
      shop.order({}, { ...key('checkout-1'), as: ann }),
      shop.order({}, { ...key('checkout-1'), as: bob }),
    ])
    expect([mine.status, theirs.status]).toEqual([201, 201])
    expect(mine.body.id).not.toBe(theirs.body.id)
    expect(theirs.body.customerId).toBe(bob.id)
  })

  it('after a crash between order and answer ends in the order that was stored', async () => {
    shop.world.failOnce.add('payments.authorize')
    const first = await shop.order({}, key('crash-in-between'))
    expect(first.body.payment.outcome).toBe('payment-pending')
    // as a crash would leave it: order and checkout are stored, the answer is not
    await shop.service.db.sql`update order_requests set response = null where key = 'crash-in-between'`
    await shop.service.db
      .sql`update processes set lease_until = now() - interval '1 second', due_at = now() where id = ${first.body.id}`
    const again = await shop.order({}, key('crash-in-between'))
    expect(again).toMatchObject({
      status: 201,
      body: { id: first.body.id, status: 'CONFIRMED', payment: { outcome: 'confirmed' } },
    })
    expect((await shop.order({}, key('crash-in-between'))).raw.equals(again.raw)).toBe(true)
  })

  it('asked for again while it still waits for its payment goes on waiting', async () => {
    const first = await shop.order({ paymentMethodId: undefined }, key('waits-for-payment'))
    expect(first.body).toMatchObject({ status: 'PENDING', payment: { outcome: 'awaiting-payment' } })
    await shop.service.db.sql`update order_requests set response = null where key = 'waits-for-payment'`
    const again = await shop.order({ paymentMethodId: undefined }, key('waits-for-payment'))
    expect(again).toMatchObject({
      status: 201,
      body: { id: first.body.id, status: 'PENDING', payment: { outcome: 'awaiting-payment' } },
    })
  })

  it('repeated by two clients after a crash gives both the same bytes, though the order changed in between', async () => {
    const first = await shop.order({}, key('crash-then-two'))
    const { sql } = shop.service.db
    await sql`update order_requests set response = null where key = 'crash-then-two'`
    const waiting = async (n: number) =>
      await eventually(async () => {
        const rows = await shop.service.database
          .admin`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%update order_requests%'`
        expect(rows).toHaveLength(n)
      })
    // both have read the order, the second after a change, before either may write its answer down
    const repeats: ReturnType<Shop['order']>[] = []
    await shop.service.db.tx(async (tx) => {
      await tx`select 1 from order_requests where key = 'crash-then-two' for update`
      repeats.push(shop.order({}, key('crash-then-two')))
      await waiting(1)
      await sql`update order_contacts set email = 'changed@example.com' where order_id = ${first.body.id}`
      repeats.push(shop.order({}, key('crash-then-two')))
      await waiting(2)
    })
    const [one, two] = await Promise.all(repeats)
    expect(one!.status).toBe(201)
    expect(two!.raw.toString()).toBe(one!.raw.toString())
    expect((await shop.order({}, key('crash-then-two'))).raw.toString()).toBe(one!.raw.toString())
  })

  it('is answered 409 while the first one is at work', async () => {
    const placed = await shop.order({ paymentMethodId: 'tok_pending' }, key('still-at-work'))
    await shop.service.db.sql`update order_requests set response = null where key = 'still-at-work'`
    await shop.service.db
      .sql`update processes set state = jsonb_set(state, '{type}', '"paying"'), lease_until = now() + interval '1 minute' where id = ${placed.body.id}`
    expect(await shop.order({ paymentMethodId: 'tok_pending' }, key('still-at-work'))).toMatchObject({
      status: 409,
      body: { code: 'orders/key-in-flight' },
      headers: { 'retry-after': '1' },
    })
    expect(await shop.service.running.processes.advance(checkout, placed.body.id)).toBeUndefined()
  })
})
