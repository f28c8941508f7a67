import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDb } from '#kit/db/open.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { multiply } from './many-rows.ts'
import { checkout, orderOf, settled } from './checkout.ts'
import { asking } from './driven.ts'
import { median, type Measurement, type MeasureOptions, summarize } from './measure.ts'
import { type Seen, type Side, sideBySide } from './side-by-side.ts'
import type { Flow } from './write-flow.ts'

const LONGEST_LOAD_MS = 30 * 60_000
const PRODUCTS = 1000
const FILLED = 'filled'
const WANTED = Number(process.env.BENCH_ROWS ?? 1_000_000)

/**
 * The same flows on a small shop and on one of a million products and a million orders (BENCH_ROWS), turn by turn in one run, both alive all the
 * time. `limitPerSecond` is the small shop, `ratio` what the large one keeps of it; the CPU of a request says the same without the noise of the
 * machine. A thousand products and their number of SKUs are taken all over the catalogue.
 * BENCH_FOLDER keeps the large shop for the next run.
 */
export async function* measure(options: MeasureOptions): AsyncGenerator<Measurement> {
  // the rules are asked every quarter of an hour, which takes half a minute here: not in the middle of a flow
  const environment = { RATE_LIMIT_PER_MINUTE: '1000000', RULES_EVERY_SECONDS: '0' }
  const keptIn = process.env.BENCH_FOLDER && join(process.env.BENCH_FOLDER, `million-${WANTED}`)
  // half a load is none
  if (keptIn && !existsSync(join(keptIn, FILLED))) await rm(keptIn, { recursive: true, force: true })
  const large = await openBenchShop(PRODUCTS, environment, keptIn ? { keptIn } : {})
  let small: BenchShop | undefined
  const connections = options.connections.length === 1 ? (options.connections[0] as number) : 16
  try {
    await stopAutovacuum(large)
    if (!large.kept) await fill(large, connections)
    if (keptIn) await writeFile(join(keptIn, FILLED), '')
    // a kept shop goes on with what the run before it has left to do
    await settled(large)
    await documentsDrawn(large)
    await vacuum(large)
    small = await openBenchShop(PRODUCTS, environment)
    await stopAutovacuum(small)
    const sides = [await sideOf(small), await sideOf(large)]
    console.error('both shops are there: measuring')
    for (const [index, { name }] of sides[0]!.flows.entries()) {
      for (const { flows } of sides) await flows[index]!.drive(connections, 2).then(flows[index]!.settle)
      const [ofSmall, ofLarge] = await sideBySide(sides, index, connections, options)
      const cost = ({ rounds }: Seen) => median(rounds.map(({ cpuMs, done }) => cpuMs / Math.max(1, done)))
      const limit = median(ofSmall!.rounds.map(({ perSecond }) => perSecond))
      yield summarize(
        `${name}, ${WANTED} products and orders`,
        connections,
        ofLarge!.rounds.map((round) => ({ ...round, limit })),
        {
          rssMb: ofLarge!.rssMb,
          note: `CPU of a request ${(cost(ofLarge!) / cost(ofSmall!)).toFixed(2)} times that of the shop of ${PRODUCTS} products, which is the limit here`,
        },
      )
    }
  } finally {
    await small?.close()
    await large.close()
  }
}

/** Waits for the invoices that nobody asked for: they are drawn when the shop has nothing else to do. */
const documentsDrawn = ({ admin }: BenchShop) =>
  eventually(
    async () => {
      const [row] = await admin.sql<
        { left: number }[]
      >`select count(*)::int as left from orders.invoices where object_key is null`
      if (row!.left > 0) throw new Error(`${row!.left} invoices are not drawn`)
    },
    { timeoutMs: 10 * 60_000, everyMs: 1_000 },
  )

/** A few hundred orders as people place them, then copies of them and of the products, cleaned up as a grown shop's tables are. */
async function fill(shop: BenchShop, connections: number): Promise<void> {
  const { drive, settle } = asking(shop, checkout(shop))
  await drive(connections, 2)
  await settle?.()
  const loader = openDb({
    url: shop.adminUrl,
    schema: 'public',
    applicationName: 'bench load',
    max: 2,
    timeouts: { statement: LONGEST_LOAD_MS },
  })
  for (const kind of ['products', 'orders'] as const) await multiply(loader.sql, kind, WANTED, (line) => console.error(line))
  await loader.close()
}

/** Cleaning up after the load goes on for long and would be counted as cost of the requests. */
async function stopAutovacuum({ admin }: BenchShop): Promise<void> {
  await admin.sql`alter system set autovacuum = off`
  await admin.sql`select pg_reload_conf()`
}

/** After the load, and of a kept shop after what the run before it has left. */
async function vacuum({ adminUrl }: BenchShop): Promise<void> {
  const db = openDb({
    url: adminUrl,
    schema: 'public',
    applicationName: 'bench vacuum',
    max: 1,
    timeouts: { statement: LONGEST_LOAD_MS },
  })
  await db.sql.unsafe('vacuum analyze')
  await db.sql.unsafe('checkpoint')
  await db.close()
}

const sideOf = async (shop: BenchShop): Promise<Side> => ({
  shop,
  flows: flowsOf(
    shop,
    await some(shop, 'products.products', 'id::text', PRODUCTS),
    await some(shop, 'inventory.stock', 'sku', 2 * PRODUCTS),
  ).map((flow) => asking(shop, flow)),
})

/** As many as the small shop has in all, spread over the table: both shops keep as much of it in memory. */
async function some(shop: BenchShop, table: string, column: string, count: number): Promise<string[]> {
  const rows = (await shop.admin.sql.unsafe(
    `select value from (select ${column} as value from ${table}
                         where random() < ${count} * 3.0 / (select count(*) from ${table})) t order by random() limit ${count}`,
  )) as unknown as { value: string }[]
  if (rows.length < count) throw new Error(`${table} has only ${rows.length} rows to ask for`)
  return rows.map(({ value }) => value)
}

function flowsOf(shop: BenchShop, productIds: readonly string[], skus: readonly string[]): Flow[] {
  let next = 0
  const any = (list: readonly string[]) => {
    // the constants of C's rand; its low bits repeat soon, so the high ones choose
    next = (Math.imul(next, 1103515245) + 12345) >>> 0
    return list[(next >>> 8) % list.length]!
  }
  const settle = () => settled(shop)
  return [
    { name: 'list of 20', ask: () => ({ method: 'GET', path: '/api/products?limit=20', good: 200 }) },
    { name: 'detail of any product', ask: () => ({ method: 'GET', path: `/api/products/${any(productIds)}`, good: 200 }) },
    {
      // without the secret of a cart: each makes one of its own
      name: 'add to a new cart',
      ask: () => ({ path: '/api/cart/items', body: { sku: any(skus), quantity: 1 }, good: 200 }),
      settle,
    },
    {
      name: 'whole checkout (3 lines)',
      ask: () => ({ path: '/api/orders', body: orderOf([...new Set([any(skus), any(skus), any(skus)])]), good: 201 }),
      settle,
    },
  ]
}
