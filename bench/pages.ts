import { eventually } from '#kit/testing/eventually.ts'
import type { BenchShop } from './bench-shop.ts'
import { table, writeBetween } from './docs-page.ts'
import { measureGet, type Page } from './browse.ts'
import type { Measurement, MeasureOptions } from './measure.ts'

const page: Pick<Page, 'path'> = { path: ({ productIds }) => `/p/${productIds[0]}` }

/** Pages have a budget of their own for each client, which one load generator would exceed. */
export const WITH_PAGES = { WEB_PAGES: 'true', RATE_LIMIT_PER_MINUTE: '0' }

/** The page of a product: rendered for somebody with a cart each time, and for strangers, who share what is rendered for half a second. */
export const withCart: Page = { ...page, name: 'product page, with a cart', as: cartCookie }
const strangers: Page = { ...page, name: 'product page, strangers', as: async () => ({}) }

export async function* measure(options: MeasureOptions) {
  yield* measureGet(withCart, options, WITH_PAGES)
  yield* measureGet(strangers, options, WITH_PAGES)
}

/** The cookie of somebody who has put this product into the cart. */
async function cartCookie({ shop, productIds }: BenchShop): Promise<Record<string, string>> {
  return await eventually(
    async () => {
      const answer = await fetch(shop.url + page.path({ productIds }), {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: shop.url },
        body: new URLSearchParams({ 'option-size': 's', quantity: '1' }),
      })
      const [cookie] = answer.headers.getSetCookie()
      if (!cookie) throw new Error(`no cart: ${answer.status}`)
      return { cookie: cookie.split(';')[0]! }
    },
    { timeoutMs: 120_000, everyMs: 500 },
  )
}

/** The table in docs/performance.md. */
export function write(rows: readonly Measurement[], { commit }: { commit: string }): void {
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  const cells = rows.map(({ name, connections, perSecond, spread, p50Ms, p99Ms, cpuMsPerRequest, statementsPerRequest }) => [
    name,
    connections,
    `${whole(perSecond)} (${spread.map(whole).join('–')})`,
    `${whole(p50Ms)} / ${whole(p99Ms)} ms`,
    `${cpuMsPerRequest?.toFixed(1)} ms`,
    statementsPerRequest?.toFixed(2) ?? '',
  ])
  const head = ['page', 'connections', 'per second', 'p50 / p99', 'CPU, all processes', 'statements']
  writeBetween('docs/performance.md', 'npm run bench -- pages --write', `${table(head, cells)}\n\nCommit ${commit}.`)
}
