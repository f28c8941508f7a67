import { fork } from 'node:child_process'
import { once } from 'node:events'
import autocannon from 'autocannon'
import { openBenchShop } from './bench-shop.ts'
import { type Measurement, type MeasureOptions, type Round, summarize } from './measure.ts'

/** The same address again and again, keep-alive, closed loop. */
async function load(url: string, connections: number, seconds: number): Promise<Round> {
  const result = await autocannon({ url, connections, duration: seconds, timeout: 10 })
  return {
    perSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    done: result.requests.total,
    failed: result.errors + result.non2xx,
  }
}

/** Measures one public GET against bare Fastify sending the same bytes, turn by turn. The gateway is on: log, trace, limits. */
export async function* measureGet(
  name: string,
  pathOf: (shop: { productIds: readonly string[] }) => string,
  options: MeasureOptions,
): AsyncGenerator<Measurement> {
  const shop = await openBenchShop(1000, { RATE_LIMIT_PER_MINUTE: '1000000' })
  const url = `${shop.shop.url}${pathOf(shop)}`
  const answer = await fetch(url)
  const bytes = await answer.text()
  const bare = fork(new URL('./bare-fastify.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  bare.send({ bytes, contentType: answer.headers.get('content-type') })
  const [{ url: bareUrl }] = (await once(bare, 'message')) as [{ url: string }]
  try {
    await load(url, 16, 2)
    await load(bareUrl, 16, 2)
    for (const connections of options.connections) {
      const rounds = []
      for (let round = 0; round < options.rounds; round += 1) {
        const before = { cpu: shop.cpuMs(), statements: await shop.statements() }
        const measured = await load(url, connections, options.seconds)
        const cpuMs = shop.cpuMs() - before.cpu
        const statements = (await shop.statements()) - before.statements
        const limit = (await load(bareUrl, connections, options.seconds)).perSecond
        rounds.push({ ...measured, cpuMs, statements, limit })
      }
      yield summarize(name, connections, rounds, {
        rssMb: shop.rssMb(),
        note: `${bytes.length} bytes; limit: bare Fastify sending the same bytes`,
      })
    }
  } finally {
    bare.kill()
    await shop.close()
  }
}
