/** Questions that are asked of a generated catalogue, and the thread that asks them: the server has its own. */
import { parentPort, Worker } from 'node:worker_threads'
import { Pool } from 'undici'
import { productOf } from '../apps/souk/generate/catalogue.ts'
import { closedLoop, type Round } from './measure.ts'
import { misspelt, randomOf } from './misspell.ts'

export const SELLERS = 500
/** Questions that everybody asks: all of them are kept soon. */
const POPULAR = 200

export interface Load {
  readonly address: string
  readonly flow: FlowName
  /** products of the catalogue */
  readonly size: number
  readonly connections: number
  readonly seconds: number
  readonly seed: number
}

type Next = () => number

/** One to three words of a title from anywhere in the catalogue, one in five misspelt. */
function wordsOf(size: number, next: Next): string {
  const title = productOf(Math.floor(next() * size), SELLERS)
    .texts.en.title.toLowerCase()
    .split(' ')
  const at = 1 + Math.floor(next() * (title.length - 2))
  const words = title.slice(at, at + 1 + Math.floor(next() * 3)).join(' ')
  return next() < 0.2 ? misspelt(words, 'swap', next) : words
}
const search = (size: number, next: Next, more = '') => `/api/search?${more}q=${encodeURIComponent(wordsOf(size, next))}`

const popular = (size: number, which: number) => search(size, randomOf(1 + which))
/** Every question of the flow `search, kept`. */
export const keptPaths = (size: number): string[] => Array.from({ length: POPULAR }, (_, which) => popular(size, which))

export const flows = {
  'search, kept': (size: number, next: Next) => popular(size, Math.floor(next() * POPULAR)),
  list: () => '/api/search?facets=false',
  'list with facets': () => '/api/search',
  search: (size: number, next: Next) => search(size, next, 'facets=false&'),
  'search with facets': (size: number, next: Next) => search(size, next),
  suggest: (size: number, next: Next) => {
    const words = wordsOf(size, next)
    return `/api/search/suggest?q=${encodeURIComponent(words.slice(0, 2 + Math.floor(next() * words.length)))}`
  },
} satisfies Record<string, (size: number, next: Next) => string>
export type FlowName = keyof typeof flows
export const flowNames = (process.env.BENCH_FLOWS?.split(';') ?? Object.keys(flows)) as FlowName[]

async function load({ address, flow, size, connections, seconds, seed }: Load): Promise<Round> {
  const next = randomOf(seed)
  const path: (size: number, next: Next) => string = flows[flow]
  const pool = new Pool(address, { connections: Math.max(1, connections) })
  try {
    return await closedLoop(connections, seconds, async () => {
      const answer = await pool.request({ method: 'GET', path: path(size, next) })
      await answer.body.dump()
      return answer.statusCode === 200
    })
  } finally {
    await pool.close()
  }
}

export interface Loader {
  run(load: Load): Promise<Round>
  close(): Promise<void>
}

export function startLoader(): Loader {
  const worker = new Worker(new URL(import.meta.url))
  return {
    run: (wanted) =>
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('message', (round: Round | { error: string }) => {
          worker.off('error', reject)
          if ('error' in round) reject(new Error(round.error))
          else resolve(round)
        })
        worker.postMessage(wanted)
      }),
    close: async () => void (await worker.terminate()),
  }
}

parentPort?.on('message', (wanted: Load) => {
  load(wanted).then(
    (round) => parentPort!.postMessage(round),
    (error: unknown) => parentPort!.postMessage({ error: String(error) }),
  )
})
