import { join } from 'node:path'
import { searchRpc } from '#contracts/rpc/search.ts'
import { generateCatalogue, makeSearchable } from '../apps/souk/generate/generate.ts'
import { cpuMsOf, familyOf, type Measurement, type MeasureOptions, type Round, summarize } from './measure.ts'
import { commitOf, keepRows, table, writeBetween } from './docs-page.ts'
import { type FlowName, flowNames, keptPaths, type Loader, SELLERS, startLoader } from './search-flows.ts'
import { fallbacksOf, keptIndex, ownIndex, removeIndices, untilAsked } from './opensearch.ts'
import { openSearchHost, type SearchHost } from './search-host.ts'

const SIZES = (process.env.BENCH_ROWS ?? '1000,100000').split(',').map(Number)
/** A filled catalogue stays there for the next run, one folder for each size, and its copy in OpenSearch. */
const FOLDER = process.env.BENCH_FOLDER

/** `fallbacks`: questions that PostgreSQL answered in OpenSearch's stead; the row counts for nothing then. */
type Row = Measurement & { readonly fallbacks?: number }

/**
 * Lists, search, facets and suggestions on catalogues of BENCH_ROWS products (several sizes: `1000,100000`) in two languages, in PostgreSQL and, where
 * OPENSEARCH_URL names one, in OpenSearch. Nothing is kept between questions but in the flow that says so; questions are words of titles from all over
 * the catalogue, one in five misspelt. A row in which PostgreSQL answered for OpenSearch says so and makes the run fail. Caller and server are two threads of one process, PostgreSQL is beside them.
 */
export async function* measure(options: MeasureOptions): AsyncGenerator<Row> {
  const engines = ['postgres', ...(process.env.OPENSEARCH_URL ? ['opensearch'] : [])]
  for (const size of SIZES) {
    for (const engine of engines) {
      const address = process.env.OPENSEARCH_URL!
      const index = () => (FOLDER ? keptIndex(address, `bench-${size}`) : ownIndex(address, 'bench'))
      const url = engine === 'opensearch' ? index() : 'postgres:'
      yield* measureEngine(engine, url, size, options)
    }
  }
}

async function* measureEngine(engine: string, url: string, size: number, options: MeasureOptions): AsyncGenerator<Row> {
  const shop = await openSearchHost({ settings: { url }, folder: FOLDER && join(FOLDER, `search-${size}`) })
  const loader = startLoader()
  try {
    const filled = await fill(shop, size, engine)
    const kept = await shop.app.listen({ port: 0, host: '127.0.0.1' })
    const made = await shop.unkept.listen({ port: 0, host: '127.0.0.1' })
    // Asked once, they are kept when they are measured.
    for (const url of keptPaths(size)) await shop.app.inject({ url })
    for (const flow of flowNames) {
      for (const connections of options.connections) {
        const address = flow === 'search, kept' ? kept : made
        yield await measureFlow(shop, loader, { address, flow, size, connections }, engine, options, filled)
      }
    }
  } finally {
    await loader.close()
    await shop.close()
    if (engine === 'opensearch' && !FOLDER) await removeIndices(url)
  }
}

async function measureFlow(
  shop: SearchHost,
  loader: Loader,
  load: { address: string; flow: FlowName; size: number; connections: number },
  engine: string,
  options: MeasureOptions,
  filled: string,
): Promise<Row> {
  const rounds: (Round & { cpuMs: number })[] = []
  await loader.run({ ...load, seconds: 2, seed: 1 })
  await untilAsked(shop)
  const earlier = (await fallbacksOf(shop))?.fallbacks ?? 0
  for (let round = 0; round < options.rounds; round += 1) {
    const before = cpuMsOf(familyOf(process.pid))
    const measured = await loader.run({ ...load, seconds: options.seconds, seed: round + 2 })
    rounds.push({ ...measured, cpuMs: cpuMsOf(familyOf(process.pid)) - before })
  }
  const fallbacks = ((await fallbacksOf(shop))?.fallbacks ?? 0) - earlier
  const instead =
    fallbacks > 0 ? `; PostgreSQL answered ${fallbacks} questions, because OpenSearch did not: no figures of it` : ''
  if (fallbacks > 0) process.exitCode = 1
  const row = summarize(`${load.flow}, ${load.size} products, ${engine}`, load.connections, rounds, {
    note: `${filled}; CPU with the load generator${instead}`,
  })
  return { ...row, fallbacks }
}

/** Says how long it took. */
export async function fill(shop: SearchHost, size: number, engine: string): Promise<string> {
  const begun = performance.now()
  const seconds = () => Math.round((performance.now() - begun) / 1000)
  const before = await isFilled(shop, size)
  if (!before) {
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
        console.error(`${done} products, ${seconds()} s`)
      },
    })
    await makeSearchable(shop.host.rpc.client(searchRpc, 'bench'), new AbortController().signal, () => undefined)
    console.error(`${size} products can be found, ${seconds()} s`)
  }
  const filled = before ? 'filled before' : `filled in ${seconds()} s`
  // of a catalogue that an earlier commit filled
  await shop.job('search', 'mark-best-selling')
  if (engine === 'opensearch') await shop.job('search', 'copy-documents')
  await shop.admin.sql`vacuum analyze`
  // A shop that has been open for a while has read all of it before.
  await shop.admin.sql`create extension if not exists pg_prewarm`
  await shop.admin.sql`
    select pg_prewarm(c.oid::regclass, 'read') from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('search', 'products') and c.relkind in ('r', 'i') and c.relname not like 'outbox%'`
  return filled
}

async function isFilled({ admin }: SearchHost, size: number): Promise<boolean> {
  const [row] = await admin.sql<{ filled: boolean }[]>`
    select (select s.documents from search.sides s where s.finished_at is not null and s.building is null) >= ${size} as filled`
  return row?.filled ?? false
}

/** `npm run bench -- search --write`: rows of earlier runs with other sizes or engines stay. */
export function write(rows: readonly Row[], machine: { readonly cpu: string; readonly cores: number }): void {
  const stamp = { commit: commitOf(), machine: `${machine.cores} × ${machine.cpu}` }
  const all = keepRows(
    'search',
    rows.map((row) => ({ ...row, ...stamp })),
    ({ name, connections }) => `${name} ${connections}`,
  )
  const parts = ({ name }: Measurement) => {
    const [, flow, size, engine] = /^(.*), (\d+) products, (\w+)$/.exec(name)!
    return { flow: flow as FlowName, size: Number(size), engine: engine! }
  }
  const sorted = all
    .map((row) => ({ row, ...parts(row) }))
    .sort(
      (a, b) =>
        a.size - b.size ||
        (a.engine === b.engine ? 0 : a.engine === 'postgres' ? -1 : 1) ||
        flowNames.indexOf(a.flow) - flowNames.indexOf(b.flow) ||
        a.row.connections - b.row.connections,
    )
  const figures = ({ perSecond, p50Ms, p99Ms, cpuMsPerRequest, fallbacks }: Row) =>
    fallbacks
      ? [`OpenSearch left ${fallbacks} without an answer`, '–', '–', '–']
      : [Math.round(perSecond), two(p50Ms), two(p99Ms), cpuMsPerRequest === null ? '' : two(cpuMsPerRequest)]
  const two = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(1))
  writeBetween(
    'docs/search.md',
    'npm run bench -- search --write',
    table(
      ['products', 'engine', 'question', 'connections', 'per second', 'p50 ms', 'p99 ms', 'CPU ms', 'commit'],
      sorted.map(({ row, flow, size, engine }) => [
        size.toLocaleString('en'),
        engine,
        flow,
        row.connections,
        ...figures(row),
        row.commit,
      ]),
    ) + `\n\n${[...new Set(all.map((row) => row.machine))].join('; ')}. CPU: of caller, server and PostgreSQL together.`,
  )
}
