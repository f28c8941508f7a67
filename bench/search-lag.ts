/**
 * `npm run bench -- search-lag --write`: how long it takes until a change can be found, while orders come in and the read model is made anew again and
 * again; whether readers ever saw a gap; and whether the read model is what a rebuild makes of the catalogue. BENCH_ROWS generated products
 * (default 2,000) come in first, by `souk seed --products`.
 */
import { eventually } from '#kit/testing/eventually.ts'
import { address } from '../tests/e2e/stock-the-shop.ts'
import { type Answer, expectStatus } from '../tests/e2e/client.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { type Measurement, type MeasureOptions, quantile, summarize } from './measure.ts'
import { commitOf, keepRows, table, writeBetween } from './docs-page.ts'

const SIZE = Number((process.env.BENCH_ROWS ?? '2000').split(',')[0])
const OWN = 50
const LONGEST_MS = 600_000

interface Outcome {
  readonly products: number
  readonly changes: number
  readonly lagP50Ms: number
  readonly lagP99Ms: number
  readonly orders: number
  readonly rebuilds: number
  readonly reads: number
  readonly gaps: number
  readonly documents: number
  readonly equal: boolean | null
}
let outcome: Outcome | undefined

export async function* measure(options: MeasureOptions): AsyncGenerator<Measurement> {
  const shop = await openBenchShop(OWN, { RATE_LIMIT_PER_MINUTE: '0' })
  try {
    const seeded = await shop.shop.command('seed', '--products', String(SIZE))
    if (seeded.code !== 0) throw new Error(seeded.errors)
    await searchSettled(shop)
    const until = performance.now() + options.seconds * options.rounds * 1000
    const going = () => performance.now() < until
    const [lags, orders, rebuilds, readers] = await Promise.all([
      change(shop, going),
      order(shop, going),
      rebuild(shop, going),
      read(shop, going),
    ])
    await searchSettled(shop)
    const last = await rebuilt(shop)
    lags.sort((a, b) => a - b)
    outcome = {
      products: SIZE + OWN,
      changes: lags.length,
      lagP50Ms: quantile(lags, 0.5),
      lagP99Ms: quantile(lags, 0.99),
      orders,
      rebuilds,
      ...readers,
      documents: last.documents ?? 0,
      equal: last.hashBefore === null ? null : last.hashBefore === last.hashAfter,
    }
    const round = { perSecond: 0, p50Ms: outcome.lagP50Ms, p99Ms: outcome.lagP99Ms, done: lags.length, failed: readers.gaps }
    yield summarize('a change until it is found', 1, [round], {
      note: JSON.stringify(outcome),
    })
    if (readers.gaps > 0 || outcome.equal === false) process.exitCode = 1
  } finally {
    await shop.close()
  }
}

export function write(): void {
  if (!outcome) return
  const rows = keepRows('search-lag', [{ ...outcome, commit: commitOf() }], ({ products }) => String(products))
  const figures = rows
    .sort((a, b) => a.products - b.products)
    .map((row) => [
      row.products.toLocaleString('en'),
      row.changes,
      Math.round(row.lagP50Ms),
      Math.round(row.lagP99Ms),
      row.orders,
      row.rebuilds,
      row.reads,
      row.gaps,
      row.documents.toLocaleString('en'),
      row.equal === null ? 'not compared' : row.equal ? 'equal' : 'DIFFERENT',
      row.commit,
    ])
  const head = [
    'products',
    'changes',
    'lag p50 ms',
    'lag p99 ms',
    'orders',
    'rebuilds',
    'reads',
    'gaps',
    'documents',
    'hashes',
    'commit',
  ]
  writeBetween('docs/search.md', 'npm run bench -- search-lag --write', table(head, figures))
}

/** Renames products, one after another, and looks until the new name is found. */
async function change({ staff, guest, productIds }: BenchShop, going: () => boolean): Promise<number[]> {
  const lags: number[] = []
  for (let n = 0; going(); n += 1) {
    const id = productIds[n % productIds.length]!
    const word = `renamed${String.fromCharCode(...[...String(n)].map((digit) => 97 + Number(digit)))}`
    await eventually(
      async () => {
        const { body } = expectStatus(await staff.get(`/api/products/${id}/edit`), 200)
        const texts = { en: { title: `Bench product ${word}`, description: '' } }
        expectStatus(await staff.patch(`/api/products/${id}`, { texts }, { 'if-match': `"${body.version}"` }), 200)
      },
      { timeoutMs: LONGEST_MS, everyMs: 50 },
    )
    const changed = performance.now()
    await eventually(
      async () => {
        const found = expectStatus(await guest.get(`/api/search?facets=false&q=${word}`), 200).body
        if (found.items[0]?.id !== id || found.relaxed || found.didYouMean !== null) throw new Error(`${word} is not found`)
      },
      { timeoutMs: LONGEST_MS, everyMs: 5 },
    )
    lags.push(performance.now() - changed)
  }
  return lags
}

/** A shop that has too much to do says so; who is turned away counts as nothing. */
const served = (answer: Answer, status: number): boolean => answer.status !== 503 && expectStatus(answer, status) === answer

async function order({ guest, skus }: BenchShop, going: () => boolean): Promise<number> {
  let orders = 0
  while (going()) {
    const answer = await guest.post('/api/orders', {
      items: [{ sku: skus[orders % skus.length], quantity: 1 }],
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    })
    if (served(answer, 201)) orders += 1
  }
  return orders
}

interface RebuildView {
  readonly state: string
  readonly documents: number | null
  readonly hashBefore: string | null
  readonly hashAfter: string | null
}

async function rebuilt({ staff }: BenchShop): Promise<RebuildView> {
  await eventually(async () => expectStatus(await staff.post('/api/search/rebuild'), 202), { timeoutMs: LONGEST_MS })
  return await eventually(
    async () => {
      const { body } = expectStatus(await staff.get('/api/search/rebuild'), 200)
      if (body.state !== 'done') throw new Error('the rebuild goes on')
      return body as RebuildView
    },
    { timeoutMs: LONGEST_MS, everyMs: 200 },
  )
}

async function rebuild(shop: BenchShop, going: () => boolean): Promise<number> {
  let rebuilds = 0
  for (; going(); rebuilds += 1) await rebuilt(shop)
  return rebuilds
}

/** All own products have the word; each has to be there whichever side is read. */
async function read({ guest }: BenchShop, going: () => boolean): Promise<{ reads: number; gaps: number }> {
  let [reads, gaps] = [0, 0]
  while (going()) {
    const answer = await guest.get(`/api/search?limit=1&facets=false&q=bench&maxPrice=${2_000_000 + reads}`)
    if (!served(answer, 200)) continue
    reads += 1
    if (answer.body.total < OWN) gaps += 1
  }
  return { reads, gaps }
}

/** No event is on its way to the search. */
async function searchSettled({ admin }: BenchShop): Promise<void> {
  await eventually(
    async () => {
      const [row] = await admin.sql<{ waiting: bigint }[]>`
        select (select count(*) from products.outbox) + (select count(*) from inventory.outbox) + (select count(*) from search.word_changes)
             + (select coalesce(sum(h.next_offset - coalesce(c.next_offset, 0)), 0)
                  from bus.heads h left join search.cursors c on c.topic = h.topic and c.partition = h.partition and c.consumer = 'search'
                 where h.topic in ('product.events', 'inventory.events', 'order.events')) as waiting`
      if (Number(row!.waiting) > 0) throw new Error(`${row!.waiting} events are on their way`)
    },
    { timeoutMs: LONGEST_MS, everyMs: 200 },
  )
}
