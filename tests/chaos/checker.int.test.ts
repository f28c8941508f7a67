import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkBooks } from './books.ts'
import {
  bought,
  cancelled,
  confirmed,
  HONEST_HISTORY,
  id,
  lawlessShop,
  refunded,
  SHELVES,
  writeHonestBooks,
} from './broken-books.fixture.ts'
import { checkHistory, type Verdict } from './checker.ts'
import type { Operation } from './history.ts'
import type { TestDatabase } from '#kit/testing/database.ts'

let shop: TestDatabase
beforeAll(async () => {
  shop = await lawlessShop()
}, 60_000)
afterAll(() => shop?.drop())
beforeEach(() => writeHonestBooks(shop.admin))

const check = (operations: readonly Operation[] = HONEST_HISTORY, repeated = false) =>
  checkHistory({ sql: shop.admin, operations, shelves: SHELVES, repeated })
/** What the parts of a verdict that are not clean say. */
const complaints = (verdict: Verdict) =>
  Object.fromEntries(
    Object.entries(verdict).flatMap(([part, { violations, examples }]) =>
      violations > 0 ? [[part, (examples ?? []).join('\n')]] : [],
    ),
  )
const without = (op: string) => HONEST_HISTORY.filter(({ invocation }) => invocation.op !== op)

describe('the checker', () => {
  it('has nothing to say about an honest shop, and has looked at all of it', async () => {
    const verdict = await check()
    expect(complaints(verdict)).toEqual({})
    expect(Object.values(verdict).map(({ trials }) => trials)).toEqual([7, 3, 6, 3, 1])
    const books = await checkBooks(shop.admin)
    expect(books.filter(({ violations }) => violations > 0)).toEqual([])
    expect(books.every(({ trials }) => trials >= 3)).toBe(true)
  })

  it.each<[string, readonly Operation[], string]>([
    ['an order that was promised is not there', [...HONEST_HISTORY, bought(6, confirmed(6))], 'promised and is not there'],
    ['what was refused was done', [bought(1, { result: 'fail' }), ...HONEST_HISTORY.slice(1)], 'refused, but order'],
    ['a confirmed order is cancelled though nobody asked', without('cancel'), 'though nobody asked'],
    ['one key was answered with two orders', [...HONEST_HISTORY.slice(1), bought(1, confirmed(3), confirmed(1))], '2 orders'],
    ['a cancellation that was confirmed did not happen', [...HONEST_HISTORY, cancelled(1)], 'its cancellation was confirmed'],
    ['the order that was promised is another one', [bought(1, confirmed(7)), ...HONEST_HISTORY.slice(1)], 'promised and is not there'],
  ])('finds a broken promise: %s', async (_what, operations, says) => {
    const found = complaints(await check(operations))
    expect(Object.keys(found)).toEqual(['promises'])
    expect(found['promises']).toContain(says)
  }) // biome-ignore format: a table reads better in rows

  it.each<[string, string, readonly Operation[] | undefined, string]>([
    ['an order is charged twice', `insert into payments.payments (id, order_id, gateway_key, captured, refunded, charged_back) values ('${id(8)}', '${id(1)}', 'again', 0, 0, 0);
      insert into payments.sim_payments (key, captured, refunded) values ('again', 2000, 0)`, undefined, 'charged 2 times at the company'],
    ['an order is charged twice, here as there', `insert into payments.payments (id, order_id, gateway_key, captured, refunded, charged_back) values ('${id(8)}', '${id(1)}', 'again', 2000, 0, 0);
      insert into payments.sim_payments (key, captured, refunded) values ('again', 2000, 0)`, undefined, '2 times in our books'],
    ['the company took money under a key that we do not know', "insert into payments.sim_payments (key, captured, refunded) values ('nobody', 500, 0)", undefined, 'nobody: the company holds 500'],
    ['the company has another sum than our books', "update payments.sim_payments set captured = captured + 1 where key like '%1:1'", undefined, 'we say 2000, the company says 2001'],
    ['goods go out unpaid', `update payments.payments set captured = 0 where order_id = '${id(1)}'; update payments.sim_payments set captured = 0 where key like '%1:1'`, undefined, 'costs 2000, keeps 0'],
    ['a cancelled order keeps its money', `update payments.payments set refunded = 0 where order_id = '${id(2)}'; update payments.sim_payments set refunded = 0 where key like '%2:1'`, undefined, 'is cancelled and keeps 1000'],
    ['a refund is made twice', `update payments.payments set refunded = 600 where order_id = '${id(3)}'; update payments.sim_payments set refunded = 600 where key like '%3:1'`, undefined, 'costs 1000, keeps 400'],
    ['a refund that was confirmed is not made', `update payments.payments set refunded = 0 where order_id = '${id(3)}'; update payments.sim_payments set refunded = 0 where key like '%3:1'`, undefined, 'keeps 1000, refund 300 ok'],
    ['a refund that was refused is made', '', [...without('refund'), refunded(3, 300, 'fail')], 'keeps 700, refund 300 fail'],
    ['a refund is made that nobody asked for', '', without('refund'), 'refund none'],
  ])('finds money that is wrong: %s', async (_what, change, operations, says) => {
    await shop.admin.unsafe(change)
    const found = complaints(await check(operations))
    expect(Object.keys(found)).toEqual(['money'])
    expect(found['money']).toContain(says)
  }) // biome-ignore format: a table reads better in rows

  it('finds an order that is left lying', async () => {
    await shop.admin.unsafe(`update orders.orders set status = 'PENDING' where id = '${id(1)}'`)
    expect(complaints(await check())['money']).toContain('is still pending')
  })

  it('finds two orders of one key', async () => {
    await shop.admin.unsafe(`update orders.order_contacts set email = 'chaos-1@example.com' where order_id = '${id(3)}'`)
    expect(complaints(await check())['promises']).toContain('chaos-1: 2 orders for one key')
  })

  const last = `topic = 'order.events' and key = '${id(2)}' and value like '%3}'`
  const middle = `topic = 'order.events' and key = '${id(2)}' and value like '%2}'`
  it.each([
    ['the last one is lost', `delete from bus.log where ${last}`, '2 of 3 events'],
    ['one in the middle is lost', `delete from bus.log where ${middle}`, '2 of 3 events'],
    ['all of an order are lost', `delete from bus.log where key = '${id(1)}' and topic = 'order.events'`, '0 of 2 events'],
    ['one of a payment is lost', `delete from bus.log where key = '${id(1)}' and topic = 'payment.events'`, 'payment.events'],
    ['one is there twice', `insert into bus.log (topic, partition, "offset", event_id, type, key, value) select topic, partition, 99, event_id, type, key, value from bus.log where ${last}`, '4 of 3 events'],
    ['one was made twice', `insert into bus.log (topic, partition, "offset", event_id, type, key, value) select topic, partition, 99, gen_random_uuid(), type, key, value from bus.log where ${middle}`, 'confirmed 2'],
    ['they are out of order', `update bus.log set "offset" = 50 where ${middle}`, 'out of order'],
    ['one tells of an order that is not there', `insert into bus.log (topic, partition, "offset", event_id, type, key, value) values ('order.events', 0, 99, gen_random_uuid(), 'OrderCreated.v1', '${id(9)}', '{"sequence":1}')`, '1 of 0 events'],
    ['a good order is told to be cancelled', `update bus.log set type = 'OrderCancelled.v1' where topic = 'order.events' and key = '${id(1)}' and value like '%2}'`, 'cancelled 1'],
  ])('finds events that are wrong: %s', async (_what, change, says) => {
    await shop.admin.unsafe(change)
    expect(complaints(await check())['events']).toContain(says)
  }) // biome-ignore format: a table reads better in rows

  it('forgives a record that stands there twice only where the run has put it there, and one that is lost nowhere', async () => {
    await shop.admin.unsafe(
      `insert into bus.log (topic, partition, "offset", event_id, type, key, value) select topic, partition, 99, event_id, type, key, value from bus.log where ${last}`,
    )
    expect(complaints(await check(HONEST_HISTORY, true))).toEqual({})
    await shop.admin.unsafe(`delete from bus.log where ${middle}`)
    expect(complaints(await check(HONEST_HISTORY, true))['events']).toContain('2 of 3 events')
  })

  it.each([
    ['a mail goes out twice', `insert into notifications.messages (id, template, order_id) select gen_random_uuid(), template, order_id from notifications.messages where order_id = '${id(1)}'`, 'effects', '2 mails for 1'],
    ['a mail is lost', `delete from notifications.messages where order_id = '${id(1)}'`, 'effects', '0 mails for 1'],
    ['a unit is gone', 'update inventory.stock set on_hand = 96', 'stock', '96 left'],
    ['a unit was sold that stayed on the shelf', 'update inventory.stock set on_hand = 98', 'stock', '98 left'],
    ['a hold never ended', 'update inventory.stock set reserved = 1', 'stock', '1 held'],
    ['more was sold than there was', `update inventory.stock set on_hand = -3; update orders.order_items set quantity = 102 where order_id = '${id(1)}'`, 'stock', '-3 left'],
    ['a shelf is gone', 'delete from inventory.stock', 'stock', 'mug: is not on the shelf'],
  ])('finds what went wrong beside: %s', async (_what, change, part, says) => {
    await shop.admin.unsafe(change)
    const found = complaints(await check())
    expect(Object.keys(found)).toEqual([part])
    expect(found[part]).toContain(says)
  }) // biome-ignore format: a table reads better in rows
})

describe('the check of the books', () => {
  it.each([
    ['I3', 'less is held than was ordered', `update inventory.reservation_lines set quantity = 1 where order_id = '${id(1)}'`, 'wants 2'],
    ['I4', 'a hold never ended', `update inventory.reservations set state = 'held' where order_id = '${id(1)}'`, 'is held'],
    ['I4', 'what was let go is sold', `update inventory.reservations set state = 'expired' where order_id = '${id(1)}'`, 'is expired, sold 2'],
    ['I4', 'what was sold is not in the ledger', `delete from inventory.movements where reference = '${id(1)}'`, 'is committed, sold 0'],
    ['I4', 'what was sold is twice in the ledger', 'insert into inventory.movements select * from inventory.movements limit 1', 'sold 4 of 2'],
    ['I4', 'something is sold for nobody', `insert into inventory.movements (sku, warehouse, delta, kind, reference) values ('mug', 'main', -1, 'sale', 'nobody')`, 'nobody is unknown'],
    ['I6', 'an order has told of nothing', `delete from bus.log where key = '${id(1)}'`, 'has told of nothing'],
    ['I6', 'an order that is told of is not there', `delete from orders.orders where id = '${id(1)}'`, 'is told of and is not there'],
    ['I14', 'a transaction of the ledger does not sum to zero', `update payments.ledger_entries set amount = amount + 1 where tx_id = '${id(1)}' and account = 'orders'`, '1 EUR'],
    ['I14', 'a transaction sums to zero only over currencies', `update payments.ledger_entries set currency = 'USD' where tx_id = '${id(1)}' and account = 'orders'`, 'EUR'],
    ['I14', 'the ledger says another sum than the payment', `update payments.payments set captured = captured + 5 where id = '${id(1)}'`, 'says 2005, the ledger 2000'],
    ['I14', 'the ledger has money of a payment that is not there', `delete from payments.payments where id = '${id(1)}'`, 'is not there'],
    ['I15', 'the lines do not sum to the order', `update orders.order_items set subtotal = 1999 where order_id = '${id(1)}'`, 'lines 1999'],
    ['I15', 'a line costs another price than its units', `update orders.order_items set unit_price = 1 where order_id = '${id(1)}'`, 'order 2000'],
    ['I15', 'the total is not the sum of its parts', `update orders.orders set total = total - 1 where id = '${id(3)}'`, id(3)],
    ['I15', 'an order has lost its lines', `delete from orders.order_items where order_id = '${id(1)}'`, 'lines 0'],
    ['I20', 'an order made a move that is not allowed', `update orders.order_history set to_status = 'SHIPPED' where order_id = '${id(1)}' and seq = 2; update orders.orders set status = 'SHIPPED' where id = '${id(1)}'`, 'PENDING → SHIPPED'],
    ['I20', 'the history ends elsewhere than the order', `update orders.orders set status = 'SHIPPED' where id = '${id(1)}'`, 'is SHIPPED'],
    ['I20', 'a move is missing', `delete from orders.order_history where order_id = '${id(2)}' and seq = 2`, 'CONFIRMED → CANCELLED'],
    ['I20', 'an order has no history', `delete from orders.order_history where order_id = '${id(1)}'`, 'no history'],
  ])('%s finds that %s', async (rule, _what, change, says) => {
    await shop.admin.unsafe(change)
    const found = (await checkBooks(shop.admin)).filter(({ violations }) => violations > 0)
    expect(found.map(({ id: broken }) => broken)).toContain(rule)
    expect(found.find(({ id: broken }) => broken === rule)!.examples!.join('\n')).toContain(says)
  }) // biome-ignore format: a table reads better in rows
})
