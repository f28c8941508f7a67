import type { Operation, Outcome } from './history.ts'
import type { Sql } from '#kit/db/db.ts'
import { busMigrations } from '#kit/messaging/schema-sets.ts'
import { migrationSets } from '#kit/service/migrations.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'

/** What the checker reads, by schema. */
const READ: Record<string, readonly string[]> = {
  bus: ['log'],
  orders: ['orders', 'order_items', 'order_contacts', 'order_history', 'order_edits', 'outbox_heads'],
  payments: ['payments', 'sim_payments', 'ledger_entries', 'outbox_heads'],
  inventory: ['stock', 'movements', 'reservations', 'reservation_lines'],
  notifications: ['messages'],
}

/** The shop's own columns without its constraints: the books must be able to be wrong. */
export async function lawlessShop(): Promise<TestDatabase> {
  const services = Object.keys(READ).filter((schema) => schema !== 'bus')
  const database = await testDatabase({
    schemas: [
      { schema: 'bus', sets: [busMigrations] },
      ...services.map((name) => ({
        schema: name,
        sets: migrationSets({ name, migrations: new URL(`../../services/${name}/migrations/`, import.meta.url) }),
      })),
    ],
  })
  for (const [schema, tables] of Object.entries(READ)) {
    for (const table of tables) {
      await database.admin.unsafe(`
        create table ${schema}.lawless as table ${schema}.${table} with no data;
        drop table ${schema}.${table} cascade;
        alter table ${schema}.lawless rename to ${table}`)
    }
  }
  // its key stays: one question groups by it
  await database.admin.unsafe('alter table payments.payments add primary key (id)')
  return database
}

export const id = (n: number) => `0190a000-0000-7000-8000-00000000000${n}`
export const SHELVES = new Map([['mug', 100]])

/*
 * An honest shop. 1: two mugs, paid. 2: one mug, paid, then cancelled by the shopper. 3: one mug, of which 300 were given back.
 */
const HONEST = `
  insert into orders.orders (id, status, currency, subtotal, discount, shipping, tax, tax_included, total) values
    ('${id(1)}', 'CONFIRMED', 'EUR', 2000, 0, 0, 0, true, 2000),
    ('${id(2)}', 'CANCELLED', 'EUR', 1000, 0, 0, 0, true, 1000),
    ('${id(3)}', 'CONFIRMED', 'EUR', 1000, 100, 100, 0, true, 1000);
  insert into orders.order_items (order_id, line_no, sku, quantity, unit_price, subtotal, discount) values
    ('${id(1)}', 1, 'mug', 2, 1000, 2000, 0), ('${id(2)}', 1, 'mug', 1, 1000, 1000, 0), ('${id(3)}', 1, 'mug', 1, 1000, 1000, 100);
  insert into orders.order_contacts (order_id, email) select id, 'chaos-' || right(id::text, 1) || '@example.com' from orders.orders;
  insert into orders.order_history (order_id, seq, from_status, to_status)
    select o.id, m.seq, m.before, m.after from orders.orders o
      join (values (1, null, 'PENDING'), (2, 'PENDING', 'CONFIRMED'), (3, 'CONFIRMED', 'CANCELLED')) m(seq, before, after) on m.seq < 3 or o.status = 'CANCELLED';
  insert into bus.log (topic, partition, "offset", event_id, type, key, value)
    select 'order.events', 0, row_number() over (order by h.order_id, h.seq), gen_random_uuid(),
           (array['OrderCreated.v1', 'OrderConfirmed.v1', 'OrderCancelled.v1'])[h.seq], h.order_id::text, json_build_object('sequence', h.seq)::text from orders.order_history h;
  insert into bus.log (topic, partition, "offset", event_id, type, key, value)
    select 'payment.events', 0, row_number() over (order by id), gen_random_uuid(), 'PaymentProcessed.v1', id::text, '{"sequence":1}' from orders.orders;
  insert into orders.outbox_heads select 'order', key, count(*) from bus.log where topic = 'order.events' group by key;
  insert into payments.outbox_heads select 'payment', key, count(*) from bus.log where topic = 'payment.events' group by key;
  insert into payments.payments (id, order_id, attempt, gateway_key, state, currency, amount, captured, refunded, charged_back)
    select id, id, 1, id || ':1', 'captured', 'EUR', total, total, case when status = 'CANCELLED' then total when shipping > 0 then 300 else 0 end, 0 from orders.orders;
  insert into payments.sim_payments (key, captured, refunded) select gateway_key, captured, refunded from payments.payments;
  insert into payments.ledger_entries (tx_id, payment_id, kind, account, amount, currency)
    select id, id, 'capture', e.account, e.sign * captured, 'EUR' from payments.payments, (values ('gateway:simulated', 1), ('orders', -1)) e(account, sign)
    union all
    select ('1' || substr(id::text, 2))::uuid, id, 'refund', e.account, e.sign * refunded, 'EUR' from payments.payments, (values ('gateway:simulated', -1), ('orders', 1)) e(account, sign) where refunded > 0;
  insert into inventory.reservations (order_id, state) select id, 'committed' from orders.orders;
  insert into inventory.reservation_lines (order_id, sku, warehouse, quantity, owed) select order_id, sku, 'main', quantity, 0 from orders.order_items;
  insert into inventory.movements (sku, warehouse, delta, kind, reference) select sku, 'main', -quantity, 'sale', order_id::text from orders.order_items;
  insert into inventory.stock (sku, warehouse, on_hand, reserved) values ('mug', 'main', 97, 0);
  insert into notifications.messages (id, template, order_id) select gen_random_uuid(), 'order-confirmed', id from orders.orders;`

/** Empties the books and writes honest ones. */
export async function writeHonestBooks(sql: Sql): Promise<void> {
  const tables = Object.entries(READ).flatMap(([schema, names]) => names.map((name) => `${schema}.${name}`))
  await sql.unsafe(`truncate ${tables.join(', ')}; ${HONEST}`)
}

const lines = [{ sku: 'mug', quantity: 1 }]
export const bought = (n: number, ...outcomes: Outcome[]): Operation => ({
  invocation: { op: 'checkout', key: `chaos-${n}`, lines, token: 'tok_approve' },
  outcomes,
})
export const cancelled = (n: number, result: Outcome['result'] = 'ok'): Operation => ({
  invocation: { op: 'cancel', key: `cancel-${n}`, orderId: id(n) },
  outcomes: [{ result }],
})
export const refunded = (n: number, amount: number, result: Outcome['result'] = 'ok'): Operation => ({
  invocation: { op: 'refund', key: `refund-${n}`, orderId: id(n), amount },
  outcomes: [{ result }],
})
export const confirmed = (n: number): Outcome => ({ result: 'ok', orderId: id(n), state: 'CONFIRMED' })

/** What the shop of the honest books was asked and has answered; the fourth was refused, the fifth never answered. */
export const HONEST_HISTORY: readonly Operation[] = [
  bought(1, { result: 'unknown' }, confirmed(1)),
  bought(2, confirmed(2)),
  bought(3, confirmed(3)),
  bought(4, { result: 'fail', status: 402 }),
  bought(5, { result: 'unknown' }),
  cancelled(2),
  refunded(3, 300),
]
