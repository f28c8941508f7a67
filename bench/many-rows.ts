import type { Sql } from '#kit/db/db.ts'

/** What a product, and what an order, leaves behind. Rows whose key is not multiplied (channels, price lists) are shared. */
const TABLES = {
  products: [
    'products.products',
    'products.slugs',
    'products.texts',
    'products.variants',
    'products.product_categories',
    'products.prices',
    'products.product_cards',
    'inventory.items',
    'inventory.stock',
    'inventory.movements',
  ],
  orders: [
    'orders.orders',
    'orders.order_items',
    'orders.order_numbers',
    'orders.order_contacts',
    'orders.order_history',
    'orders.outbox_heads',
    'orders.processes',
    'inventory.reservations',
    'inventory.reservation_lines',
    'payments.payments',
    'payments.ledger_entries',
    'payments.sim_payments',
    'payments.outbox_heads',
    'delivery.shipments',
    'delivery.shipment_lines',
    'delivery.shipment_addresses',
    'delivery.fulfilments',
    'delivery.fulfilment_lines',
    'delivery.outbox_heads',
  ],
} as const

/** uuids that lead to something shared */
const SHARED = new Set(['price_list_id', 'category_id', 'brand_id', 'seller_id', 'customer_id', 'user_id'])
/** texts that are part of a key */
const KEYS = new Set([
  'sku',
  'slug',
  'number',
  'gateway_key',
  'gateway_reference',
  'key',
  'reference',
  'tracking_number',
  'aggregateid',
  'label_key',
])

/** The copies have nothing left to be done: no parcel to book, no level to tell, no flow to go on with. */
const AT_REST: Readonly<Record<string, string>> = {
  'delivery.shipments.state': "'delivered'",
  'inventory.stock.dirty': 'false',
  'orders.processes.status': "'done'",
  'orders.processes.due_at': "'infinity'",
}

/**
 * Copies what is there until the tables hold about `wanted` products, or orders: `times` copies of every row, with ids of their own. Straight into the
 * tables: what is measured is how the shop runs on large tables, not how they came about. Answers how many copies were made.
 */
export async function multiply(
  sql: Sql,
  kind: keyof typeof TABLES,
  wanted: number,
  say: (line: string) => void,
): Promise<number> {
  const [root] = TABLES[kind]
  const [{ rows }] = (await sql.unsafe(`select count(*)::int as rows from ${root}`)) as unknown as [{ rows: number }]
  const times = Math.floor(wanted / Math.max(1, rows)) - 1
  if (times < 1) return 0
  const tables: string[] = [...TABLES[kind]]
  // as many at once as the admin's pool has connections; largest first would save little
  await Promise.all(
    Array.from({ length: 2 }, async () => {
      for (let table = tables.shift(); table !== undefined; table = tables.shift()) await copyRows(sql, table, times, say)
    }),
  )
  await sql.begin(async (tx) => await tx.unsafe('set local statement_timeout = 0; set local lock_timeout = 0; analyze'))
  return times
}

async function copyRows(sql: Sql, table: string, times: number, say: (line: string) => void): Promise<void> {
  const columns = (await sql.unsafe(`
    select a.attname as name, t.typname as type from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = '${table}'::regclass and a.attnum > 0 and not a.attisdropped and a.attidentity = '' and a.attgenerated = ''
     order by a.attnum`)) as unknown as { name: string; type: string }[]
  const copied = columns.map(({ name, type }) => {
    const column = `r."${name}"`
    const fixed = AT_REST[`${table}.${name}`]
    if (fixed) return fixed
    if (type === 'uuid' && !SHARED.has(name)) return `(left(${column}::text, 24) || lpad(to_hex(k), 12, '0'))::uuid`
    if (type === 'text' && KEYS.has(name)) return `${column} || '-' || k`
    return column
  })
  const begun = performance.now()
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const done = await sql.begin(async (tx) => {
    // no triggers, no foreign keys: the copies are as sound as what they are copies of
    await tx.unsafe(`set local session_replication_role = 'replica'; set local statement_timeout = 0; set local lock_timeout = 0;
                     set local synchronous_commit = off; set local maintenance_work_mem = '256MB'; set local idle_in_transaction_session_timeout = 0`)
    // An index made at the end costs a fraction of one that grows row by row; those that keep keys apart stay.
    const indexes = (await tx.unsafe(`
      select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made from pg_index i
       where i.indrelid = '${table}'::regclass and not i.indisunique`)) as unknown as { name: string; made: string }[]
    for (const { name } of indexes) await tx.unsafe(`drop index ${name}`)
    const inserted = await tx.unsafe(
      `insert into ${table} (${names}) select ${copied.join(', ')} from ${table} r cross join generate_series(1, ${times}) k on conflict do nothing`,
    )
    for (const { made } of indexes) await tx.unsafe(made)
    return inserted
  })
  say(`${table}: ${done.count} rows in ${Math.round((performance.now() - begun) / 100) / 10} s`)
}
