/**
 * `npm run bench -- search-plans --write`: runs each kind of question once on a catalogue of BENCH_ROWS products (the first number; BENCH_FOLDER keeps
 * it) and writes the plans of its statements, as the server made them, into docs/search.md; and what OpenSearch would be asked instead.
 */
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { productOf } from '../apps/souk/generate/catalogue.ts'
import type { Measurement } from './measure.ts'
import { commitOf, writeBetween } from './docs-page.ts'
import { fill } from './search.ts'
import { SELLERS } from './search-flows.ts'
import { openSearchHost, type SearchHost } from './search-host.ts'

const SIZE = Number((process.env.BENCH_ROWS ?? '100000').split(',')[0])
const FOLDER = process.env.BENCH_FOLDER
/** Statements by what they read; those inside of functions are logged as well. */
const OURS = {
  documents: /documents_[ab]/,
  words: /vocabulary/,
  others: /product_cards|popular_queries/,
}
const LONGEST_LINE = 150
const FOR_OPENSEARCH = '/api/search?q=cotton&option=colour:red&minPrice=1000'

interface Plan {
  readonly statement: string
  readonly milliseconds: number
  readonly lines: readonly string[]
}
interface Question {
  readonly title: string
  readonly path: string
  /** the page behind the one at `path`, or what is related to its first product */
  readonly then?: 'next page' | 'related'
  readonly shown: readonly (keyof typeof OURS)[]
}

let sections: string[] = []

export async function* measure(): AsyncGenerator<Measurement> {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_nested_statements': true,
    'auto_explain.log_analyze': true,
    'auto_explain.log_timing': false,
  }
  const shop = await openSearchHost({ folder: FOLDER && join(FOLDER, `search-${SIZE}`), database: settings })
  try {
    await fill(shop, SIZE, 'postgres')
    const log = join(shop.folder, 'postgres', 'postgres.log')
    for (const { title, path: first, then, shown } of questions()) {
      const path = then === undefined ? first : await pathBehind(shop, first, then)
      // The second time nothing has to be read from disk, and what is planned once is planned.
      await shop.unkept.inject({ url: path })
      await delay(200)
      const from = statSync(log).size
      const answer = await shop.unkept.inject({ url: path })
      if (answer.statusCode !== 200) throw new Error(answer.body)
      await delay(200)
      const plans = plansIn(readFileSync(log).subarray(from).toString()).filter(({ statement }) =>
        shown.some((part) => OURS[part].test(statement)),
      )
      sections.push(`### ${title}\n\n\`${path}\`\n\n${plans.map(shownPlan).join('\n\n')}`)
      yield {
        name: `${title}: ${plans.length} statements`,
        connections: 1,
        perSecond: 0,
        p50Ms: plans.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
        p99Ms: Math.max(...plans.map(({ milliseconds }) => milliseconds)),
        cpuMsPerRequest: null,
        statementsPerRequest: plans.length,
        limitPerSecond: null,
        ratio: null,
        rounds: 1,
        spread: [0, 0],
        failed: 0,
      }
    }
  } finally {
    await shop.close()
  }
  sections.push(`### What OpenSearch is asked\n\n\`${FOR_OPENSEARCH}\`\n\n${await askedOfOpenSearch(FOR_OPENSEARCH)}`)
}

async function pathBehind(shop: SearchHost, path: string, then: NonNullable<Question['then']>): Promise<string> {
  const { items, next } = (await shop.unkept.inject({ url: path })).json() as { items: { id: string }[]; next?: string }
  return then === 'related' ? `/api/products/${items[0]!.id}/related` : `${path}${path.includes('?') ? '&' : '?'}cursor=${next}`
}

/** The query for a path, on the same catalogue, as one that only listens hears it. */
async function askedOfOpenSearch(path: string): Promise<string> {
  const heard: string[] = []
  const listener = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += String(piece)
    if (request.url?.endsWith('/_search')) heard.push(text)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"hits":{"total":{"value":0},"hits":[]}}')
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = `opensearch+http://127.0.0.1:${(listener.address() as AddressInfo).port}/bench`
  const shop = await openSearchHost({ settings: { url }, folder: FOLDER && join(FOLDER, `search-${SIZE}`) })
  try {
    await fill(shop, SIZE, 'postgres')
    await shop.unkept.inject({ url: path })
    if (heard.length === 0) throw new Error('OpenSearch was not asked')
    return `\`\`\`json\n${JSON.stringify(JSON.parse(heard[0]!), null, 1)}\n\`\`\``
  } finally {
    await shop.close()
    listener.close()
  }
}

export function write(): void {
  const about = `${SIZE.toLocaleString('en')} products in two languages, commit ${commitOf()}.`
  writeBetween('docs/search.md', 'npm run bench -- search-plans --write', `${about}\n\n${sections.join('\n\n')}`)
  sections = []
}

function questions(): Question[] {
  const words = productOf(4711 % SIZE, SELLERS)
    .texts.en.title.toLowerCase()
    .split(' ')
    .filter((word) => /^[a-z]{5,}$/.test(word))
  const two = words.slice(0, 2).join(' ')
  const asked = (q: string, more = '') => `/api/search?q=${encodeURIComponent(q)}${more}`
  return [
    { title: 'Two words, with all facets', path: asked(two), shown: ['documents'] },
    { title: 'A word that very many have', path: asked('cotton'), shown: ['documents'] },
    {
      title: 'A common word with filters',
      path: asked('cotton', '&option=colour:red&minPrice=1000&sort=price'),
      shown: ['documents'],
    },
    { title: 'Everything, the best-selling first, with all facets', path: '/api/search', shown: ['documents'] },
    { title: 'A list without facets', path: '/api/search?facets=false', shown: ['documents'] },
    { title: 'Its second page', path: '/api/search?facets=false', then: 'next page', shown: ['documents'] },
    ...(['price', 'newest', 'rating', 'bestselling'] as const).map(
      (sort): Question => ({ title: `By ${sort}`, path: asked('cotton', `&facets=false&sort=${sort}`), shown: ['documents'] }),
    ),
    { title: 'Products like one', path: asked(two), then: 'related', shown: ['documents'] },
    { title: 'A misspelt word', path: asked('lantren'), shown: ['words'] },
    { title: 'A category that is being typed', path: '/api/search/suggest?q=garden', shown: ['documents', 'others'] },
    { title: 'Words that are being typed', path: '/api/search/suggest?q=cotton%20lan', shown: ['documents', 'others'] },
  ]
}

/** One entry for each statement that auto_explain logged, without those that only call a function. */
function plansIn(log: string): Plan[] {
  return log.split(/\n(?=\d{4}-\d\d-\d\d )/).flatMap((entry) => {
    const found = /duration: ([\d.]+) ms {2}plan:\n([\s\S]*)/.exec(entry)
    if (!found) return []
    const lines = found[2]!.split('\n').map((line) => line.replace(/^\t/, ''))
    const begin = lines.findIndex((line) => / {2}\(cost=/.test(line))
    const statement = lines.slice(0, begin).join(' ').replaceAll(/\s+/g, ' ').replace('Query Text: ', '')
    const plan = lines
      .slice(begin)
      .filter(
        (line) =>
          line.trim() !== '' && !/(Index Searches|Heap Fetches|Buckets|Batches|Sort Method|Heap Blocks|Storage):?/.test(line),
      )
      .map((line) => line.replace(/ {2}\(cost=.*?\) \(/, ' (').replace(/ {2}\(cost=[^)]*\)/, ''))
    if (begin < 0 || plan.length < 2) return []
    return [{ statement, milliseconds: Number(found[1]), lines: plan }]
  })
}

const cut = (text: string) => (text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)} …` : text)
const shownPlan = ({ statement, milliseconds, lines }: Plan) =>
  `\`${cut(statement.replaceAll('`', "'"))}\` (${milliseconds.toFixed(1)} ms)\n\n\`\`\`\n${lines.map(cut).join('\n')}\n\`\`\``
