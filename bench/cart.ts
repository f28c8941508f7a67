import { expectStatus } from '../tests/e2e/client.ts'
import type { BenchShop } from './bench-shop.ts'
import { table, writeBetween } from './docs-page.ts'
import type { Measurement, MeasureOptions } from './measure.ts'
import { type Flow, measureWrites } from './write-flow.ts'

type Row = Measurement & { readonly timesOneLine?: number }

/** Carts a caller uses in turn: a line holds at most 9,999 units. */
export const CARTS_EACH = 8

/**
 * Guests put things into carts of their own and look at them, with one line and with two hundred. The rows of 200 lines say how many times
 * the CPU of the same request with one line they cost.
 */
export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  const ofOneLine = new Map<string, number>()
  for await (const row of measureWrites('cart', options, (shop) => cartFlows(shop, Math.max(16, ...options.connections)))) {
    const [what, lines] = row.name.split(', ')
    const key = `${what} ${row.connections}`
    const cpu = row.cpuMsPerRequest ?? Number.NaN
    if (lines === '1 line') ofOneLine.set(key, cpu)
    const before = ofOneLine.get(key)
    yield lines === '200 lines' && before ? { ...row, timesOneLine: Math.round((cpu / before) * 100) / 100 } : row
  }
}

export async function cartFlows(shop: BenchShop, callers: number): Promise<Flow[]> {
  const small = await fillCarts(shop, callers * CARTS_EACH, 1)
  const large = await fillCarts(shop, callers, 200)
  let next = 0
  const add = (token: string | undefined, lines: number) => {
    next += 1
    return {
      path: '/api/cart/items',
      good: 200,
      body: { sku: shop.skus[next % lines], quantity: 1 },
      ...(token === undefined ? {} : { headers: { 'x-guest-token': token } }),
    }
  }
  const show = (token: string) => ({ path: '/api/cart', method: 'GET' as const, good: 200, headers: { 'x-guest-token': token } })
  const smallOf = (caller: number) => small[caller * CARTS_EACH + (next % CARTS_EACH)] as string
  const largeOf = (caller: number) => large[caller] as string
  return [
    { name: 'first add, 1 line', ask: () => add(undefined, shop.skus.length) },
    { name: 'add, 1 line', ask: (caller) => add(smallOf(caller), 1), recorded: () => add(undefined, 1) },
    { name: 'add, 200 lines', ask: (caller) => add(largeOf(caller), 200), recorded: () => add(undefined, 1) },
    { name: 'show, 1 line', ask: (caller) => show(smallOf(caller)) },
    { name: 'show, 200 lines', ask: (caller) => show(largeOf(caller)) },
  ]
}

/** Carts with so many lines; answers their secrets. */
export async function fillCarts(shop: BenchShop, count: number, lines: number): Promise<string[]> {
  const tokens: string[] = []
  let begun = 0
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (begun < count) {
        begun += 1
        const add = async (sku: string, headers?: Record<string, string>) =>
          expectStatus(await shop.guest.post('/api/cart/items', { sku, quantity: 1 }, headers), 200, 201)
        const { token } = (await add(shop.skus[0] as string)).body
        for (const sku of shop.skus.slice(1, lines)) await add(sku, { 'x-guest-token': token })
        tokens.push(token)
      }
    }),
  )
  return tokens
}

/** The table in docs/performance.md. */
export function write(rows: readonly Row[], { commit }: { commit: string }): void {
  const connections = [...new Set(rows.map((row) => row.connections))]
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  const cell = ({ perSecond, p50Ms, cpuMsPerRequest, timesOneLine }: Row) =>
    `${whole(perSecond)} (${p50Ms.toFixed(1)} ms), ${cpuMsPerRequest?.toFixed(2)} ms${timesOneLine === undefined ? '' : `, ${timesOneLine} ×`}`
  const cells = [...Map.groupBy(rows, ({ name }) => name)].map(([name, of]) => [
    name,
    ...connections.map((count) => cell(of.find((row) => row.connections === count)!)),
  ])
  const head = ['per second (p50), CPU a request, times one line', ...connections.map((count) => `${count} connections`)]
  writeBetween('docs/performance.md', 'npm run bench -- cart --write', `${table(head, cells)}\n\nCommit ${commit}.`)
}
