import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Pool } from 'undici'
import { openDb } from '#kit/db/open.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { address } from '../tests/e2e/stock-the-shop.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { multiply } from './many-rows.ts'
import { closedLoop, median, type Measurement, type MeasureOptions, summarize } from './measure.ts'

const LONGEST_LOAD_MS = 30 * 60_000
const PRODUCTS = 1000
const FILLED = 'filled'
const CHECKOUT = 'whole checkout (3 lines)'
const WANTED = Number(process.env.BENCH_ROWS ?? 1_000_000)

interface Flow {
  readonly name: string
  ask(caller: number): {
    readonly method: 'GET' | 'POST'
    readonly path: string
    readonly body?: unknown
    readonly headers?: Record<string, string>
  }
}

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
    await cleanUpOurselves(large)
    if (!large.kept) await fill(large, connections)
    if (keptIn) await writeFile(join(keptIn, FILLED), '')
    await vacuum(large)
    small = await openBenchShop(PRODUCTS, environment)
    await cleanUpOurselves(small)
    const shops = { small: await visit(small), large: await visit(large) }
    console.error('both shops are there: measuring')
    for (const [index, { name }] of shops.small.flows.entries()) {
      const rounds: Record<keyof typeof shops, Awaited<ReturnType<Visit['round']>>[]> = { small: [], large: [] }
      for (const which of ['small', 'large'] as const) await shops[which].warmUp(index, connections)
      for (let round = 0; round < options.rounds; round += 1)
        for (const which of round % 2 === 0 ? (['small', 'large'] as const) : (['large', 'small'] as const))
          rounds[which].push(await shops[which].round(index, connections, options.seconds))
      const cost = (which: keyof typeof shops) => median(rounds[which].map(({ cpuMs, done }) => cpuMs / Math.max(1, done)))
      const limit = median(rounds.small.map(({ perSecond }) => perSecond))
      yield summarize(
        `${name}, ${WANTED} products and orders`,
        connections,
        rounds.large.map((round) => ({ ...round, limit })),
        {
          rssMb: large.memoryMb().rss,
          note: `CPU of a request ${(cost('large') / cost('small')).toFixed(2)} times that of the shop of 1000 products, which is the limit here`,
        },
      )
    }
    await Promise.all([shops.small.leave(), shops.large.leave()])
  } finally {
    await small?.close()
    await large.close()
  }
}

/** A few hundred orders as people place them, then copies of them and of the products, cleaned up as a grown shop's tables are. */
async function fill(shop: BenchShop, connections: number): Promise<void> {
  const { flows, leave, warmUp } = await visit(shop)
  await warmUp(
    flows.findIndex(({ name }) => name === CHECKOUT),
    connections,
  )
  await settled(shop)
  await leave()
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
async function cleanUpOurselves({ admin }: BenchShop): Promise<void> {
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

type Visit = Awaited<ReturnType<typeof visit>>

/** Somebody who can run the flows against a shop. */
async function visit(shop: BenchShop) {
  const pool = new Pool(shop.shop.url, { connections: 128, pipelining: 1, keepAliveTimeout: 30_000 })
  const flows = flowsOf(
    await some(shop, 'products.products', 'id::text', PRODUCTS),
    await some(shop, 'inventory.stock', 'sku', 2 * PRODUCTS),
  )
  const send =
    (index: number) =>
    async (caller: number): Promise<boolean> => {
      const { method, path, body, headers } = flows[index]!.ask(caller)
      const answer = await pool.request({
        path,
        method,
        headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      await answer.body.dump()
      return answer.statusCode < 300
    }
  return {
    flows,
    leave: async () => await pool.close(),
    warmUp: async (index: number, connections: number) => void (await closedLoop(connections, 2, send(index))),
    async round(index: number, connections: number, seconds: number) {
      await settled(shop)
      const before = { cpu: shop.cpuMs(), statements: await shop.statements() }
      const measured = await closedLoop(connections, seconds, send(index))
      if (measured.failed > 0)
        throw new Error(`${flows[index]!.name}: ${measured.failed} of ${measured.done + measured.failed} failed`)
      return { ...measured, cpuMs: shop.cpuMs() - before.cpu, statements: (await shop.statements()) - before.statements }
    },
  }
}

/** As many as the small shop has in all, spread over the table: both shops keep as much of it in memory. */
async function some(shop: BenchShop, table: string, column: string, count: number): Promise<string[]> {
  const rows = (await shop.admin.sql.unsafe(
    `select value from (select ${column} as value from ${table}
                         where random() < ${count} * 3.0 / (select count(*) from ${table})) t order by random() limit ${count}`,
  )) as unknown as { value: string }[]
  if (rows.length < count) throw new Error(`${table} has only ${rows.length} rows to ask for`)
  return rows.map(({ value }) => value)
}

function flowsOf(productIds: readonly string[], skus: readonly string[]): Flow[] {
  let next = 0
  const any = <T>(list: readonly T[]) => {
    // the constants of C's rand; its low bits repeat soon, so the high ones choose
    next = (Math.imul(next, 1103515245) + 12345) >>> 0
    return list[(next >>> 8) % list.length] as T
  }
  return [
    { name: 'list of 20', ask: () => ({ method: 'GET', path: '/api/products?limit=20' }) },
    { name: 'detail of any product', ask: () => ({ method: 'GET', path: `/api/products/${any(productIds)}` }) },
    {
      // nobody's secret: each makes a cart of its own
      name: 'add to a new cart',
      ask: (caller) => ({
        method: 'POST',
        path: '/api/cart/items',
        body: { sku: any(skus), quantity: 1 },
        headers: { 'x-guest-token': `bench-${caller}` },
      }),
    },
    {
      name: CHECKOUT,
      ask: () => ({
        method: 'POST',
        path: '/api/orders',
        body: {
          items: [...new Set([any(skus), any(skus), any(skus)])].map((sku) => ({ sku, quantity: 1 })),
          email: 'ann@example.com',
          shippingAddress: address,
          paymentMethodId: 'tok_approve',
        },
      }),
    },
  ]
}

/** Nothing waits in an outbox: the background work of one flow is not counted as the next one's. */
async function settled(shop: BenchShop): Promise<void> {
  await eventually(
    async () => {
      const [row] = await shop.admin.sql<{ waiting: bigint }[]>`
        select (select count(*) from orders.outbox) + (select count(*) from payments.outbox) + (select count(*) from delivery.outbox)
             + (select count(*) from cart.outbox) as waiting`
      if (Number(row!.waiting) > 0) throw new Error('events wait in an outbox')
    },
    { timeoutMs: 120_000, everyMs: 200 },
  )
}
