/**
 * How often a misspelt question finds the right product: `npm run eval:search -- FILE [--json] [--queries N] [--seed S] [--opensearch URL] [--write] [--busy]`.
 * FILE: order lines of a shop (`souk import online-retail`), whose catalogue is brought in through the catalogue's own commands. Each
 * question is the title of a product with one slip: a letter left out, two swapped, one doubled, one of a neighbouring key; or with
 * its words in another order, or singular for plural. A product with the same title counts as the right one. With --opensearch the same questions
 * are asked three times: of the shop with PostgreSQL, of the shop with OpenSearch, and of OpenSearch alone. --busy: times say nothing on this machine now.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type SurveyedProduct, survey } from '../apps/souk/import/online-retail/survey.ts'
import { fallbacksOf, ownIndex, removeIndices } from './opensearch.ts'
import { plainOpenSearch } from './plain-opensearch.ts'
import { openSearchHost, type SearchHost } from './search-host.ts'
import { quantile } from './measure.ts'
import { type Kind, kinds, misspelt, randomOf } from './misspell.ts'
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
    busy: { type: 'boolean', default: false },
  },
})
const path = positionals[0] ?? '../shared/data/online-retail/online-retail-2010-12_2011-08.csv.gz'
if (!existsSync(path)) {
  console.error(
    `There is no ${path}. Give the file as an argument: npm run eval:search -- FILE. It is the CSV (gzip or plain) that \`souk import online-retail\` takes; docs/search.md says where it comes from.`,
  )
  process.exit(2)
}

interface Asked {
  readonly kind: Kind
  readonly query: string
  readonly title: string
}
interface Judged extends Asked {
  /** among the products that were found; 0: not there */
  readonly place: number
  readonly milliseconds: number
}
/** Titles of the products that were found, the best first. */
type Ask = (query: string) => Promise<string[]>

const { products } = await survey(path, Date.now(), () => undefined)
const questions = questionsOf(products)
report('postgres', await throughShop('postgres:'))
if (values.opensearch) {
  const url = ownIndex(values.opensearch, 'eval')
  try {
    report('opensearch', await throughShop(url))
  } finally {
    await removeIndices(url)
  }
  const plain = await plainOpenSearch(
    values.opensearch,
    products.map(({ title }) => title.trim()),
  )
  try {
    report('opensearch alone', await judge(plain.ask))
  } finally {
    await plain.close()
  }
}

function questionsOf(products: readonly SurveyedProduct[]): Asked[] {
  const random = randomOf(Number(values.seed))
  const titles = [...new Set(products.map(({ title }) => title.trim()))].filter((title) => /[a-z]{4}/i.test(title))
  return Array.from({ length: Number(values.queries) }, (_, index) => {
    const title = titles[Math.floor(random() * titles.length)]!
    const kind = kinds[index % kinds.length]!
    return { kind, query: misspelt(title, kind, random), title }
  })
}

async function judge(ask: Ask): Promise<Judged[]> {
  const judged: Judged[] = []
  for (const question of questions) {
    const asked = performance.now()
    const titles = await ask(question.query)
    const milliseconds = performance.now() - asked
    const place = titles.map((title) => title.toLowerCase()).indexOf(question.title.toLowerCase()) + 1
    judged.push({ ...question, place, milliseconds })
  }
  return judged
}

/** The whole catalogue in a shop of its own that searches with this engine. */
async function throughShop(url: string): Promise<Judged[]> {
  const shop = await openSearchHost({ channel: 'uk', locales: ['en'], settings: { cacheSeconds: 0, url } })
  try {
    await bringIn(shop, products)
    const judged = await judge(async (query) => {
      const answer = await shop.app.inject({ method: 'GET', url: `/api/search?limit=20&q=${encodeURIComponent(query)}` })
      if (answer.statusCode !== 200) throw new Error(answer.body)
      return (answer.json() as { items: { title: string }[] }).items.map(({ title }) => title)
    })
    const fallbacks = (await fallbacksOf(shop))?.fallbacks ?? 0
    if (fallbacks > 0)
      throw new Error(`PostgreSQL answered ${fallbacks} questions because OpenSearch did not: nothing is said of OpenSearch.`)
    return judged
  } finally {
    await shop.close()
  }
}

async function bringIn({ products: catalogue, job, host }: SearchHost, wanted: readonly SurveyedProduct[]): Promise<void> {
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
  if (host.service('search').jobs.some(({ name }) => name === 'copy-documents')) await job('search', 'copy-documents')
}

function report(engine: string, judged: readonly Judged[]): void {
  const share = (some: readonly Judged[]) => some.filter(({ place }) => place >= 1 && place <= 5).length / some.length
  const three = (value: number) => Math.round(value * 1000) / 1000
  const times = judged.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const result = {
    engine,
    queries: judged.length,
    seed: Number(values.seed),
    successAt5: three(share(judged)),
    misspeltAt5: three(share(judged.filter(({ kind }) => kind !== 'order' && kind !== 'plural'))),
    mrr: three(judged.reduce((sum, { place }) => sum + (place > 0 ? 1 / place : 0), 0) / judged.length),
    p99Ms: values.busy ? 'busy machine' : Math.round(quantile(times, 0.99) * 100) / 100,
    byKind: Object.fromEntries(kinds.map((kind) => [kind, three(share(judged.filter((one) => one.kind === kind)))])),
  }
  if (values.misses) for (const one of judged.filter(({ place }) => place < 1 || place > 5)) console.error(JSON.stringify(one))
  console.log(
    values.json
      ? JSON.stringify(result)
      : `${Object.entries(result)
          .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
          .join('\n')}\n`,
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
  p99Ms: number | string
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
