import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { client, expectStatus } from '../../e2e/client.ts'
import { openShop, type Shop } from '../../e2e/shop.ts'
import { address, sell } from '../../e2e/stock-the-shop.ts'
import { type Inside, lookInside } from '../inside.ts'
import { administrator, type Person } from '../people.ts'

let shop: Shop
let inside: Inside
let admin: Person
let roles: string[]
let schemas: string[]
const open: postgres.Sql[] = []

beforeAll(async () => {
  shop = await openShop()
  inside = await lookInside(shop)
  admin = await administrator(shop)
  const { sku } = await sell(admin.client, 'ledger-mug')
  const body = { items: [{ sku, quantity: 1 }], email: 'g@example.com', shippingAddress: address, paymentMethodId: 'tok_approve' }
  expectStatus(await client(shop.url).post('/api/orders', body), 201)
  roles = (
    await inside.sql`select rolname::text as name from pg_roles where rolname like 'souk\_%' and rolname <> 'souk_admin' order by 1`
  ).map(({ name }) => name)
  schemas = (
    await inside.sql`select nspname::text as name from pg_namespace where nspname !~ '^(pg_|information_schema|public$)' order by 1`
  ).map(({ name }) => name)
}, 90_000)
afterAll(async () => {
  await Promise.all(open.map((sql) => sql.end({ timeout: 1 })))
  await inside?.end()
  await shop?.remove()
})

function as(role: string): postgres.Sql {
  const sql = postgres(inside.urlFor(role, inside.password(`database ${role}`)), { max: 1, onnotice() {} })
  open.push(sql)
  return sql
}

/** SQLSTATE of the refusal; `done` when nobody refused. Whatever it did is rolled back. */
async function tried(sql: postgres.Sql, statement: string): Promise<string> {
  const back = new Error('back')
  return await sql
    .begin(async (tx) => {
      await tx.unsafe(statement)
      throw back
    })
    .catch((error: unknown) => (error === back ? 'done' : String((error as { code?: string }).code)))
}
const REFUSED = '42501'

describe('a service in the database', () => {
  it('S32: reads no table of another, makes and drops nothing, reads no files and no passwords', async ({ task }) => {
    const wrong: string[] = []
    let attempts = 0
    for (const role of roles) {
      const sql = as(role)
      const own = role === 'souk_bus' ? 'bus' : role.replace(/^souk_/, '')
      const tables = await inside.sql<{ schema: string; name: string }[]>`
        select schemaname::text as schema, tablename::text as name from pg_tables where schemaname = any(${schemas}) order by 1, 2`
      const [ownTable] = tables.filter(({ schema }) => schema === own)
      const statements = [
        ...tables
          .filter(({ schema, name }) => schema !== own && !(role === 'souk_relay' && (name === 'outbox' || schema === 'bus')))
          .map(({ schema, name }) => `select 1 from "${schema}"."${name}" limit 1`),
        'create table public.mine (id int)',
        `create table "${own}".mine (id int)`,
        'create schema mine',
        'create role mine',
        'alter role current_user superuser',
        'create extension dblink',
        'select * from pg_authid',
        `select pg_read_file('postgresql.conf')`,
        `copy (select 1) to program 'true'`,
        ...(ownTable
          ? [
              `drop table "${own}"."${ownTable.name}"`,
              `truncate "${own}"."${ownTable.name}"`,
              `alter table "${own}"."${ownTable.name}" add column x int`,
            ]
          : []),
      ]
      for (const statement of statements) {
        attempts += 1
        const code = await tried(sql, statement)
        if (code !== REFUSED && !(code === '3F000' && /"\w+"\.mine/.test(statement))) wrong.push(`${role}: ${statement}: ${code}`)
      }
    }
    expect(wrong).toEqual([])
    expect(roles.length).toBeGreaterThan(9)
    Object.assign(task.meta, { figures: { roles: roles.length, attempts } })
  }, 120_000)

  it('S32: adds to the ledgers and to the history, and changes nothing in them', async () => {
    const written: [role: string, table: string][] = [
      ['souk_payments', 'payments.ledger_entries'],
      ['souk_inventory', 'inventory.movements'],
      ['souk_orders', 'orders.order_history'],
      ['souk_orders', 'orders.return_history'],
      ['souk_orders', 'orders.gift_card_entries'],
    ]
    for (const [role, table] of written) {
      const [exists] = await inside.sql`select to_regclass(${table}) as found`
      expect(exists?.['found'], table).not.toBeNull()
      const [column] =
        await inside.sql`select attname::text as name from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and attidentity = '' and not attisdropped order by attnum limit 1`
      const sql = as(role)
      expect([table, await tried(sql, `update ${table} set "${column?.['name']}" = "${column?.['name']}"`)]).toEqual([
        table,
        REFUSED,
      ])
      expect([table, await tried(sql, `delete from ${table}`)]).toEqual([table, REFUSED])
    }
  })

  it('publishes as itself only: nobody but the relay writes the log, and the relay sees nothing but outboxes', async () => {
    const forged = `insert into bus.log (topic, partition, "offset", event_id, type, key, value) values ('order.events', 0, 999999, gen_random_uuid(), 'OrderCreated.v1', 'x', '{}')`
    for (const role of roles.filter((name) => name !== 'souk_relay' && name !== 'souk_bus'))
      expect([role, await tried(as(role), forged)]).toEqual([role, REFUSED])
    const relay = as('souk_relay')
    for (const statement of [
      'select 1 from orders.orders',
      'select 1 from auth.accounts',
      `update orders.outbox set payload = ''`,
      `insert into orders.outbox default values`,
      `delete from bus.log`,
      `update bus.log set value = value`,
    ])
      expect([statement, await tried(relay, statement)]).toEqual([statement, REFUSED])
  })

  it('S33: puts no event into its outbox that belongs to another, by hand or through the function, whoever reads the outbox', async () => {
    const [template] = await inside.sql<{ value: string; key: string; event_id: string }[]>`
      select l.value, l.key, l.event_id from bus.log l where l.type = 'OrderConfirmed.v1' limit 1`
    const forged = template!.value.replaceAll("'", "''")
    const rows: [aggregate: string, type: string, answer: string][] = [
      ['order', 'OrderConfirmed.v1', '23514'],
      ['cart', 'OrderConfirmed.v1', '23514'],
      ['order', 'CartUpdated.v1', '23514'],
      ['payment', 'PaymentProcessed.v1', '23514'],
      ['cart', 'CartUpdated.v1', 'done'],
    ]
    const sql = as('souk_cart')
    for (const [aggregate, type, answer] of rows) {
      const byHand = `insert into cart.outbox (id, aggregatetype, aggregateid, type, payload, seq) values (gen_random_uuid(), '${aggregate}', '${template!.key}', '${type}', '${forged}', 1)`
      const event = { id: uuidv7(), aggregate, key: template!.key, type, payload: '{}' }
      const byFunction = `select cart.outbox_append('${JSON.stringify([event])}'::jsonb)`
      expect([aggregate, type, await tried(sql, byHand), await tried(sql, byFunction)]).toEqual([aggregate, type, answer, answer])
    }
    const owners = roles.filter((role) => !['souk_bus', 'souk_relay', 'souk_platform', 'souk_orders'].includes(role))
    for (const role of owners) {
      const schema = role.replace(/^souk_/, '')
      const statement = `insert into ${schema}.outbox (id, aggregatetype, aggregateid, type, payload, seq) values (gen_random_uuid(), 'order', 'x', 'OrderConfirmed.v1', '{}', 1)`
      expect([role, await tried(as(role), statement)]).toEqual([role, '23514'])
    }
    expect(await tried(sql, 'alter table cart.outbox drop constraint outbox_own_events')).toBe(REFUSED)
  })
})

describe('an event that is not what it says', () => {
  it('S33: is kept as a dead letter with its reason and has no effect, while everything else flows', async () => {
    const before = expectStatus(await admin.client.get('/api/events/dlq?limit=100'), 200).body.items.length as number
    const [template] = await inside.sql<{ value: string }[]>`
      select l.value from bus.log l where l.type = 'OrderConfirmed.v1' order by l.appended_at desc limit 1`
    expect(template, 'an order was confirmed').toBeDefined()
    const event = JSON.parse(template!.value) as Record<string, unknown>
    const victim = uuidv7()
    for (const forged of [
      { ...event, id: uuidv7(), type: 'OrderConfirmed.v99', subject: victim },
      { ...event, id: uuidv7(), subject: uuidv7(), data: { orderId: 'no-order', total: 'everything' } },
    ]) {
      await inside.sql`
        insert into orders.outbox (id, aggregatetype, aggregateid, type, payload, seq)
        values (${forged.id}, 'order', ${forged.subject as string}, ${(forged as { type?: string }).type ?? 'OrderConfirmed.v1'}, ${JSON.stringify(forged)}, 1)`
    }
    await inside.sql`select pg_notify('souk_outbox', '')`
    await eventually(
      async () => {
        const letters = expectStatus(await admin.client.get('/api/events/dlq?limit=100'), 200).body.items as unknown[]
        expect(letters.length).toBeGreaterThan(before)
      },
      { timeoutMs: 30_000, everyMs: 200 },
    )
    expect((await admin.client.get(`/api/delivery/shipments?orderId=${victim}`)).body.items).toEqual([])
    const { sku } = await sell(admin.client, 'after-mug')
    const body = {
      items: [{ sku, quantity: 1 }],
      email: 'h@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }
    const placed = expectStatus(await client(shop.url).post('/api/orders', body), 201).body
    await eventually(
      async () => expect((await admin.client.get(`/api/delivery/shipments?orderId=${placed.id}`)).body.items.length).toBe(1),
      { timeoutMs: 20_000, everyMs: 100 },
    )
  }, 90_000)
})
