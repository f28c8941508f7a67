/**
 * What a hop costs: the same requests in one process, and apart at the service's own port and through the gateway: `npm run bench -- hops [--connections 1,16]
 * [--json] [--write]`. A list and a product (products alone), and an add to a cart, for which cart asks products by a call. All by the same client.
 */
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { tokenOf } from './browse.ts'
import { CARTS_EACH, fillCarts } from './cart.ts'
import { page as detail } from './detail.ts'
import { keepRows, table, writeBetween } from './docs-page.ts'
import { type Layout, layoutsOf } from './layouts.ts'
import { page as list } from './list.ts'
import { closedLoop, type Measurement, type MeasureOptions, type Round, summarize } from './measure.ts'
import { cpuByName, since, urlsOf } from './processes-of.ts'
import { type Rest, watchRest } from './rest-apart.ts'
import { type Ask, sender } from './write-flow.ts'

export interface Row extends Measurement {
  readonly way: string
  /** CPU a request, of all rounds; largest first */
  readonly cpuMs: Readonly<Record<string, number>>
}

interface Asked {
  readonly name: string
  readonly service: string
  readonly ask: (caller: number) => Ask
}

/** One way to the same service. */
interface Way {
  readonly name: string
  readonly urlFor: (service: string) => string
}

const PRODUCTS = 100

export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  for (const layoutOf of layoutsOf(options.flow, ['together', 'apart'])) yield* hopsIn(layoutOf(), options)
}

async function* hopsIn(layout: Layout, options: MeasureOptions): AsyncGenerator<Row> {
  const shop = await openBenchShop(PRODUCTS, {}, { layout })
  const rest = await watchRest(shop)
  try {
    yield* hopsOf(shop, rest, layout, options)
  } finally {
    await rest.close()
    await shop.close()
  }
}

/** Every request on every way of a shop that is open. */
export async function* hopsOf(shop: BenchShop, rest: Rest, layout: Layout, options: MeasureOptions): AsyncGenerator<Row> {
  const own = urlsOf(shop.shop)
  const door: Way = { name: own.size > 0 ? `${layout.name}, through the gateway` : layout.name, urlFor: () => shop.shop.url }
  const direct: Way = { name: `${layout.name}, at its own port`, urlFor: (service) => own.get(service)! }
  // in three kinds of processes no port is one service's
  const ways = own.has('products') ? [direct, door] : [door]
  const asked = await requests(shop, Math.max(16, ...options.connections))
  await rest.reached()
  for (const each of asked) {
    for (const way of ways) await drive(way, each, 16, 2 * options.seconds)
    for (const connections of options.connections) yield* await inTurn(shop, ways, each, connections, options)
  }
}

async function requests(shop: BenchShop, callers: number): Promise<Asked[]> {
  const headers = await tokenOf(shop)
  const get = (path: string) => () => ({ path, method: 'GET' as const, good: 200, headers })
  const carts = await fillCarts(shop, callers * CARTS_EACH, 1)
  let next = 0
  const add = () => ({
    path: '/api/cart/items',
    good: 200,
    body: { sku: shop.skus[0], quantity: 1 },
    headers: { 'x-guest-token': carts[next++ % carts.length]! },
  })
  return [
    { name: list.name, service: 'products', ask: get(list.path(shop)) },
    { name: detail.name, service: 'products', ask: get(detail.path(shop)) },
    { name: 'add to a cart', service: 'cart', ask: add },
  ]
}

/** Round by round every way, and each of them first in turn: ratios hold when the machine's speed drifts. */
async function inTurn(
  shop: BenchShop,
  ways: readonly Way[],
  asked: Asked,
  connections: number,
  options: MeasureOptions,
): Promise<Row[]> {
  const seen = ways.map((way) => ({ way, rounds: [] as (Round & { cpuMs: number })[], used: new Map<string, number>() }))
  for (let round = 0; round < options.rounds; round += 1)
    for (const { way, rounds, used } of round % 2 === 0 ? seen : seen.toReversed()) {
      const before = cpuByName(shop.shop, shop.layout?.engines ?? [])
      const measured = await drive(way, asked, connections, options.seconds)
      const spent = since(before, cpuByName(shop.shop, shop.layout?.engines ?? []))
      for (const [name, ms] of spent) used.set(name, (used.get(name) ?? 0) + ms)
      rounds.push({ ...measured, cpuMs: [...spent.values()].reduce((sum, ms) => sum + ms, 0) })
    }
  return seen.map(({ way, rounds, used }) => {
    const done = rounds.reduce((sum, round) => sum + round.done, 0)
    const each = [...used].sort(([, a], [, b]) => b - a).map(([name, ms]) => [name, Math.round((ms / done) * 1000) / 1000])
    return { ...summarize(asked.name, connections, rounds), way: way.name, cpuMs: Object.fromEntries(each) }
  })
}

async function drive(way: Way, { service, ask }: Asked, connections: number, seconds: number): Promise<Round> {
  const { send, close } = sender({ shop: { url: way.urlFor(service) } })
  try {
    return await closedLoop(connections, seconds, (caller) => send(ask(caller)))
  } finally {
    await close()
  }
}

/** The table in docs/performance.md. */
export function write(measured: readonly Row[], { commit }: { commit: string }): void {
  const rows = keepRows('hops', measured, ({ name, way, connections }) => `${name} ${connections} ${way}`).sort(
    (a, b) => a.name.localeCompare(b.name) || a.connections - b.connections || b.way.localeCompare(a.way),
  )
  const head = ['request', 'connections', 'way', 'per second', 'p50 / p99', 'CPU a request', 'of that']
  const cells = rows.map(({ name, connections, way, perSecond, spread, p50Ms, p99Ms, cpuMsPerRequest, cpuMs }) => [
    name,
    connections,
    way,
    `${perSecond.toFixed(0)} (${spread.map((value) => value.toFixed(0)).join('–')})`,
    `${p50Ms.toFixed(2)} / ${p99Ms.toFixed(1)} ms`,
    `${cpuMsPerRequest?.toFixed(2)} ms`,
    Object.entries(cpuMs)
      .slice(0, 4)
      .map(([each, ms]) => `${each} ${ms.toFixed(2)}`)
      .join(', '),
  ])
  writeBetween('docs/performance.md', 'npm run bench -- hops --write', `${table(head, cells)}\n\nCommit ${commit}.`)
}
