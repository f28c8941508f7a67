import { fork } from 'node:child_process'
import { once } from 'node:events'
import autocannon from 'autocannon'
import { eventually } from '#kit/testing/eventually.ts'
import { client } from '../tests/e2e/client.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { type Measurement, type MeasureOptions, type Round, summarize } from './measure.ts'
import { byWrk, loadByWrk } from './wrk.ts'

/** The same address again and again, keep-alive, closed loop; by `wrk` where it is installed, because it leaves more of the machine to the shop. */
export async function load(url: string, headers: Record<string, string>, connections: number, seconds: number): Promise<Round> {
  if (byWrk) return loadByWrk(url, headers, connections, seconds)
  const result = await autocannon({ url, headers, connections, duration: seconds, timeout: 10 })
  return {
    perSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    done: result.requests.total,
    failed: result.errors + result.non2xx,
  }
}

/** The whole edge at work: a token to check, a limit to count against, a line in the log and a measurement for every request. */
export const EDGE = { RATE_LIMIT_PER_MINUTE: '1000000000', ACCESS_LOG: 'all', LOG_LEVEL: 'info' }

export interface Page {
  readonly name: string
  readonly path: (shop: { productIds: readonly string[] }) => string
  /** whose kept answers are counted; default: products */
  readonly service?: string
  /** whether an answer is the one that is measured: a read model fills a moment after the catalogue */
  readonly whole?: (body: string) => boolean
  /** who asks; default: somebody with a token */
  readonly as?: (shop: BenchShop) => Promise<Record<string, string>>
}

/** Measures one public GET of a signed-in shopper against bare Fastify sending the same bytes, turn by turn. */
export async function* measureGet(
  { name, path, service = 'products', whole = () => true, as = tokenOf }: Page,
  options: MeasureOptions,
  environment: Record<string, string> = {},
): AsyncGenerator<Measurement> {
  const shop = await openBenchShop(1000, { ...EDGE, ...environment }, { logToFile: true })
  const url = `${shop.shop.url}${path(shop)}`
  const headers = await as(shop)
  const { bytes, contentType } = await eventually(
    async () => {
      const first = await fetch(url, { headers })
      const text = await first.text()
      if (!first.ok || !whole(text)) throw new Error(`${url} answers ${first.status}: ${text}`)
      return { bytes: text, contentType: first.headers.get('content-type') }
    },
    { timeoutMs: 120_000, everyMs: 500 },
  )
  const bare = fork(new URL('./bare-fastify.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  bare.send({ bytes, contentType })
  const [{ url: bareUrl }] = (await once(bare, 'message')) as [{ url: string }]
  try {
    await load(url, headers, 16, 2)
    await load(bareUrl, headers, 16, 2)
    for (const connections of options.connections) {
      const rounds = []
      const hits = await hitsOf(shop, service)
      for (let round = 0; round < options.rounds; round += 1) {
        const before = { cpu: shop.cpuMs(), statements: await shop.statements() }
        const measured = await load(url, headers, connections, options.seconds)
        const cpuMs = shop.cpuMs() - before.cpu
        const statements = (await shop.statements()) - before.statements
        const limit = (await load(bareUrl, headers, connections, options.seconds)).perSecond
        rounds.push({ ...measured, cpuMs, statements, limit })
      }
      const now = await hitsOf(shop, service)
      const rate = (now.hits - hits.hits) / (now.hits - hits.hits + now.misses - hits.misses)
      yield summarize(name, connections, rounds, {
        rssMb: shop.memoryMb().rss,
        note: `${bytes.length} bytes; hit rate ${(rate * 100).toFixed(3)} %; token, limit, log, trace on; limit: bare Fastify sending the same bytes`,
      })
    }
  } finally {
    bare.kill()
    await shop.close()
  }
}

export async function tokenOf({ shop }: BenchShop): Promise<Record<string, string>> {
  const answer = await client(shop.url).post('/api/auth/login', shop.administrator)
  return { authorization: `Bearer ${answer.body.accessToken}` }
}

async function hitsOf({ shop }: BenchShop, service: string): Promise<{ hits: number; misses: number }> {
  const { text } = await client(shop.url).get('/actuator/prometheus')
  // one line for each process
  const lines = (name: string) => text.matchAll(new RegExp(`^${name}\\{service="${service}"[^}]*\\} (\\d+)`, 'gm'))
  const value = (name: string) => [...lines(name)].reduce((sum, [, count]) => sum + Number(count), 0)
  return { hits: value('cache_hits'), misses: value('cache_misses') }
}
