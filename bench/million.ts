import { Pool } from 'undici'
import { openDb } from '#kit/db/open.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { address } from '../tests/e2e/stock-the-shop.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { multiply } from './many-rows.ts'
import { closedLoop, type Measurement, type MeasureOptions, summarize } from './measure.ts'

const LONGEST_LOAD_MS = 30 * 60_000
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
 * The same flows on a small shop and on one of a million products and a million orders (BENCH_ROWS), in one run. `limitPerSecond` is the small
 * shop, `ratio` what the large one keeps of it; the CPU of a request says the same without the noise of the machine. Details and pages are taken all
 * over the catalogue, so most of them are not in any cache.
 */
export async function* measure(options: MeasureOptions): AsyncGenerator<Measurement> {
  const shop = await openBenchShop(1000, { RATE_LIMIT_PER_MINUTE: '1000000' })
  // Cleaning up after the load goes on for long and would be counted as cost of the requests.
  await shop.admin.sql`alter system set autovacuum = off`
  await shop.admin.sql`select pg_reload_conf()`
  const pool = new Pool(shop.shop.url, { connections: 128, pipelining: 1, keepAliveTimeout: 30_000 })
  const connections = options.connections.length === 1 ? (options.connections[0] as number) : 16
  try {
    const flows = flowsOf(shop)
    const small = new Map<string, Awaited<ReturnType<typeof run>>>()
    for (const flow of flows) small.set(flow.name, await run(shop, pool, flow, connections, options))
    await settled(shop)
    const loader = openDb({
      url: shop.adminUrl,
      schema: 'public',
      applicationName: 'bench load',
      max: 2,
      timeouts: { statement: LONGEST_LOAD_MS },
    })
    for (const kind of ['products', 'orders'] as const) await multiply(loader.sql, kind, WANTED, (line) => console.error(line))
    await loader.close()
    await shop.admin.sql`checkpoint`
    shop.productIds.splice(0, shop.productIds.length, ...(await someProducts(shop)))
    for (const flow of flows) {
      const before = small.get(flow.name)!
      const after = await run(shop, pool, flow, connections, options)
      const limit = median(before.map(({ perSecond }) => perSecond))
      const cost = (rounds: typeof after) => median(rounds.map(({ cpuMs, done }) => cpuMs / Math.max(1, done)))
      yield summarize(
        `${flow.name}, ${WANTED} products and orders`,
        connections,
        after.map((round) => ({ ...round, limit })),
        {
          rssMb: shop.memoryMb().rss,
          note: `CPU of a request ${(cost(after) / cost(before)).toFixed(2)} times that of the shop of 1000 products, which is the limit here`,
        },
      )
    }
  } finally {
    await pool.close()
    await shop.close()
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

function flowsOf(shop: BenchShop): Flow[] {
  let next = 0
  const any = <T>(list: readonly T[]) => {
    next = (next * 1103515245 + 12345) % 2147483648
    return list[next % list.length] as T
  }
  return [
    { name: 'list of 20', ask: () => ({ method: 'GET', path: '/api/products?limit=20' }) },
    { name: 'detail of any product', ask: () => ({ method: 'GET', path: `/api/products/${any(shop.productIds)}` }) },
    {
      name: 'add to cart',
      ask: (caller) => ({
        method: 'POST',
        path: '/api/cart/items',
        body: { sku: any(shop.skus), quantity: 1 },
        headers: { 'x-guest-token': `bench-${caller}` },
      }),
    },
    {
      name: 'whole checkout (3 lines)',
      ask: () => ({
        method: 'POST',
        path: '/api/orders',
        body: {
          items: [...new Set([any(shop.skus), any(shop.skus), any(shop.skus)])].map((sku) => ({ sku, quantity: 1 })),
          email: 'ann@example.com',
          shippingAddress: address,
          paymentMethodId: 'tok_approve',
        },
      }),
    },
  ]
}

async function run(shop: BenchShop, pool: Pool, flow: Flow, connections: number, options: MeasureOptions) {
  const send = async (caller: number): Promise<boolean> => {
    const { method, path, body, headers } = flow.ask(caller)
    const answer = await pool.request({
      path,
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    await answer.body.dump()
    return answer.statusCode < 300
  }
  await closedLoop(connections, 2, send)
  const rounds = []
  for (let round = 0; round < options.rounds; round += 1) {
    await settled(shop)
    const before = { cpu: shop.cpuMs(), statements: await shop.statements() }
    const measured = await closedLoop(connections, options.seconds, send)
    rounds.push({
      ...measured,
      cpuMs: shop.cpuMs() - before.cpu,
      statements: (await shop.statements()) - before.statements,
      limit: null,
    })
  }
  return rounds
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

async function someProducts(shop: BenchShop): Promise<string[]> {
  const rows = await shop.admin.sql<{ id: string }[]>`select id from products.products tablesample system (1) limit 5000`
  return rows.map(({ id }) => id)
}
