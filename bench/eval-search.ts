/**
 * How often a misspelt question finds the right product: `npm run eval:search -- FILE [--json] [--queries N] [--seed S] [--opensearch URL] [--write]`.
 * FILE: order lines of a shop (`souk import online-retail`), whose catalogue is brought in through the catalogue's own commands. Each
 * question is the title of a product with one slip: a letter left out, two swapped, one doubled, one of a neighbouring key; or with
 * its words in another order, or singular for plural. A product with the same title counts as the right one.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type SurveyedProduct, survey } from '../apps/souk/import/online-retail/survey.ts'
import { openSearchHost, type SearchHost } from './search-host.ts'
import { quantile } from './measure.ts'
import { kinds, misspelt, randomOf } from './misspell.ts'
import { commitOf, keepRows, table, writeBetween } from './docs-page.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    queries: { type: 'string', default: '1200' },
    seed: { type: 'string', default: '1' },
    opensearch: { type: 'string' },
    misses: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const path = positionals[0] ?? '../shared/data/online-retail/online-retail-2010-12_2011-08.csv.gz'
if (!existsSync(path)) {
  console.error(
    `There is no ${path}. Give the file as an argument: npm run eval:search -- FILE. It is the CSV (gzip or plain) that \`souk import online-retail\` takes; docs/search.md says where it comes from.`,
  )
  process.exit(2)
}

interface Judged {
  readonly kind: string
  readonly query: string
  readonly title: string
  readonly place: number
  readonly milliseconds: number
}

const { products } = await survey(path, Date.now(), () => undefined)
const shop = await openSearchHost({
  channel: 'uk',
  locales: ['en'],
  settings: { cacheSeconds: 0, ...(values.opensearch ? { url: values.opensearch } : {}) },
})
try {
  await bringIn(shop, products)
  const judged: Judged[] = []
  const random = randomOf(Number(values.seed))
  const titles = [...new Set(products.map(({ title }) => title.trim()))].filter((title) => /[a-z]{4}/i.test(title))
  for (let index = 0; index < Number(values.queries); index += 1) {
    const title = titles[Math.floor(random() * titles.length)]!
    const kind = kinds[index % kinds.length]!
    const query = misspelt(title, kind, random)
    const asked = performance.now()
    const answer = await shop.app.inject({ method: 'GET', url: `/api/search?limit=20&q=${encodeURIComponent(query)}` })
    const milliseconds = performance.now() - asked
    if (answer.statusCode !== 200) throw new Error(answer.body)
    const found = (answer.json() as { items: { title: string }[] }).items.map((item) => item.title.toLowerCase())
    judged.push({ kind, query, title, place: found.indexOf(title.toLowerCase()) + 1, milliseconds })
  }
  report(judged)
} finally {
  await shop.close()
}

async function bringIn({ products: catalogue, job }: SearchHost, wanted: readonly SurveyedProduct[]): Promise<void> {
  await catalogue.ensureChannel({
    key: 'uk',
    name: 'Online retail',
    currency: 'GBP',
    locale: 'en',
    country: 'GB',
    pricesIncludeTax: true,
  })
  for (let from = 0; from < wanted.length; from += 500) {
    const some = wanted.slice(from, from + 500).map(({ sku, title, at }) => ({ sku, title, at: new Date(at).toISOString() }))
    await catalogue.importProducts({ channel: 'uk', source: 'online-retail', products: some })
    await catalogue.importPrices({ channel: 'uk', prices: some.map(({ sku, at }) => ({ sku, amount: 995, at })) })
  }
  await job('products', 'refresh-stale-cards')
  await job('search', 'rebuild')
  await job('search', 'fold-words')
  if (values.opensearch) await job('search', 'copy-documents')
}

function report(judged: readonly Judged[]): void {
  const share = (some: readonly Judged[]) => some.filter(({ place }) => place >= 1 && place <= 5).length / some.length
  const three = (value: number) => Math.round(value * 1000) / 1000
  const times = judged.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const result = {
    engine: values.opensearch ? 'opensearch' : 'postgres',
    queries: judged.length,
    seed: Number(values.seed),
    successAt5: three(share(judged)),
    misspeltAt5: three(share(judged.filter(({ kind }) => kind !== 'order' && kind !== 'plural'))),
    mrr: three(judged.reduce((sum, { place }) => sum + (place > 0 ? 1 / place : 0), 0) / judged.length),
    p99Ms: Math.round(quantile(times, 0.99) * 100) / 100,
    byKind: Object.fromEntries(kinds.map((kind) => [kind, three(share(judged.filter((one) => one.kind === kind)))])),
  }
  if (values.misses) for (const one of judged.filter(({ place }) => place < 1 || place > 5)) console.error(JSON.stringify(one))
  console.log(
    values.json
      ? JSON.stringify(result)
      : Object.entries(result)
          .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
          .join('\n'),
  )
  if (values.write) write({ ...result, commit: commitOf() })
}

/** Adds the row to those of other engines, questions and seeds. */
function write(row: {
  engine: string
  queries: number
  seed: number
  successAt5: number
  misspeltAt5: number
  mrr: number
  p99Ms: number
  commit: string
}): void {
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`
  const rows = keepRows('search-eval', [row], ({ engine, queries, seed }) => `${engine} ${queries} ${seed}`)
  writeBetween(
    'docs/search.md',
    'npm run eval:search -- --write',
    table(
      ['engine', 'questions', 'seed', 'right one in the first five', 'misspelt ones', 'MRR', 'p99 ms', 'commit'],
      rows.map((one) => [
        one.engine,
        one.queries,
        one.seed,
        percent(one.successAt5),
        percent(one.misspeltAt5),
        one.mrr.toFixed(3),
        one.p99Ms,
        one.commit,
      ]),
    ),
  )
}
