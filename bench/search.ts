import { join } from 'node:path'
import { Pool } from 'undici'
import { searchRpc } from '#contracts/rpc/search.ts'
import { generateCatalogue, makeSearchable } from '../apps/souk/generate/generate.ts'
import { productOf } from '../apps/souk/generate/catalogue.ts'
import { closedLoop, cpuMsOf, familyOf, type Measurement, type MeasureOptions, type Round, summarize } from './measure.ts'
import { misspelt, randomOf } from './misspell.ts'
import { openSearchHost, type SearchHost } from './search-host.ts'

const SIZES = (process.env.BENCH_ROWS ?? '1000,100000').split(',').map(Number)
const SELLERS = 500
/** A filled catalogue stays there for the next run, one folder for each size. */
const FOLDER = process.env.BENCH_FOLDER

interface Flow {
  readonly name: string
  readonly path: (next: () => number) => string
}

/**
 * Lists, search, facets and suggestions on catalogues of BENCH_ROWS products (several sizes: `1000,100000`) in two languages, in PostgreSQL and, where
 * OPENSEARCH_URL names one, in OpenSearch. Nothing is kept between questions but in the flow that says so; questions are words of titles from all over
 * the catalogue, one in five misspelt.
 */
export async function* measure(options: MeasureOptions): AsyncGenerator<Measurement> {
  const engines = ['postgres', ...(process.env.OPENSEARCH_URL ? ['opensearch'] : [])]
  for (const size of SIZES) {
    for (const engine of engines) {
      const url = engine === 'opensearch' ? `opensearch+${process.env.OPENSEARCH_URL}/bench-${Date.now()}` : 'postgres:'
      yield* measureEngine(engine, url, size, options)
    }
  }
}

async function* measureEngine(engine: string, url: string, size: number, options: MeasureOptions): AsyncGenerator<Measurement> {
  const folder = FOLDER && join(FOLDER, `search-${size}`)
  const shop = await openSearchHost({ settings: { url, cacheSeconds: 0 }, folder })
  try {
    const began = performance.now()
    await fill(shop, size, engine)
    const filled = Math.round((performance.now() - began) / 1000)
    const address = await shop.app.listen({ port: 0, host: '127.0.0.1' })
    const pool = new Pool(address, { connections: 64 })
    try {
      for (const { name, path } of flowsOf(size)) {
        for (const connections of options.connections) {
          const rounds: (Round & { cpuMs: number; statements: null; limit: null })[] = []
          await run(pool, path, connections, 1, 1)
          for (let round = 0; round < options.rounds; round += 1) {
            const before = cpuMsOf(familyOf(process.pid))
            const measured = await run(pool, path, connections, options.seconds, round + 2)
            rounds.push({ ...measured, cpuMs: cpuMsOf(familyOf(process.pid)) - before, statements: null, limit: null })
          }
          yield summarize(`${name}, ${size} products, ${engine}`, connections, rounds, {
            note: `filled in ${filled} s; CPU with the load generator`,
          })
        }
      }
    } finally {
      await pool.close()
    }
  } finally {
    await shop.close()
  }
}

async function fill(shop: SearchHost, size: number, engine: string): Promise<void> {
  if (await isFilled(shop, size)) return
  let said = 0
  await generateCatalogue({
    products: shop.products,
    channel: 'web',
    count: size,
    sellers: SELLERS,
    signal: new AbortController().signal,
    onProgress(done) {
      if (done - said < 50_000) return
      said = done
      console.error(`${done} products`)
    },
  })
  await makeSearchable(shop.host.rpc.client(searchRpc, 'bench'), new AbortController().signal, () => undefined)
  if (engine === 'opensearch') await shop.job('search', 'copy-documents')
  await shop.admin.sql`vacuum analyze`
}

async function isFilled({ admin }: SearchHost, size: number): Promise<boolean> {
  const [row] = await admin.sql<{ filled: boolean }[]>`
    select (select s.documents from search.sides s where s.finished_at is not null and s.building is null) >= ${size} as filled`
  return row?.filled ?? false
}

function flowsOf(size: number): Flow[] {
  const wordsOf = (next: () => number) => {
    const title = productOf(Math.floor(next() * size), SELLERS)
      .texts.en.title.toLowerCase()
      .split(' ')
    const at = 1 + Math.floor(next() * (title.length - 2))
    const words = title.slice(at, at + 1 + Math.floor(next() * 3)).join(' ')
    return encodeURIComponent(next() < 0.2 ? misspelt(words, 'swap', next) : words)
  }
  return [
    { name: 'list', path: () => '/api/search?facets=false' },
    { name: 'search', path: (next) => `/api/search?facets=false&q=${wordsOf(next)}` },
    { name: 'search with facets', path: (next) => `/api/search?q=${wordsOf(next)}` },
    {
      name: 'suggest',
      path: (next) => {
        const words = decodeURIComponent(wordsOf(next))
        return `/api/search/suggest?q=${encodeURIComponent(words.slice(0, 2 + Math.floor(next() * words.length)))}`
      },
    },
  ]
}

async function run(pool: Pool, path: Flow['path'], connections: number, seconds: number, seed: number): Promise<Round> {
  const next = randomOf(seed)
  return closedLoop(connections, seconds, async () => {
    const answer = await pool.request({ method: 'GET', path: path(next) })
    await answer.body.dump()
    return answer.statusCode === 200
  })
}
