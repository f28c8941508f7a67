import { Pool } from 'undici'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { closedLoop, type Measurement, type MeasureOptions, summarize } from './measure.ts'
import { recordSql } from './recorded-sql.ts'

/** The bare client's connections come on top of the shop's own; together they stay below the server's hundred. */
const BARE_CLIENTS = 24

export interface Ask {
  readonly path: string
  readonly body: unknown
  readonly headers?: Record<string, string>
  readonly good: number
}

/**
 * Measures a command over HTTP, closed loop, against the same SQL from a bare client in the same run. `settle` waits until everything
 * the load set in motion is done; its time counts as `note`.
 */
export async function* measureWrites(
  name: string,
  options: MeasureOptions,
  flow: (shop: BenchShop) => { ask: (caller: number) => Ask; settle?: () => Promise<string> },
): AsyncGenerator<Measurement> {
  const shop = await openBenchShop(1000, { EVENTS_STRATEGY: options.strategy })
  // fetch costs the caller a millisecond of CPU, which on two cores is the shop's
  const pool = new Pool(shop.shop.url, { connections: 256, pipelining: 1, keepAliveTimeout: 30_000 })
  const { ask, settle } = flow(shop)
  const send = async (caller: number): Promise<boolean> => {
    const { path, body, headers, good } = ask(caller)
    const answer = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode !== good && process.env.BENCH_DEBUG) console.error(answer.statusCode, text.slice(0, 500))
    return answer.statusCode === good
  }
  try {
    await closedLoop(16, 3, send)
    await settle?.()
    const recorded = await recordSql(shop, () => send(0))
    for (const connections of options.connections) {
      const rounds = []
      let note = ''
      let rssMb = 0
      let everything = 0
      for (let round = 0; round < options.rounds; round += 1) {
        await shop.admin.sql`checkpoint`
        const before = { cpu: shop.cpuMs(), statements: await shop.statements() }
        const measured = await closedLoop(connections, options.seconds, send)
        rssMb = Math.max(rssMb, shop.rssMb())
        note = (await settle?.()) ?? ''
        const cpuMs = shop.cpuMs() - before.cpu
        everything = ((await shop.statements()) - before.statements) / Math.max(1, measured.done)
        rounds.push({
          ...measured,
          cpuMs,
          statements: recorded.statements * measured.done,
          limit: await recorded.perSecond(Math.min(connections, BARE_CLIENTS), options.seconds),
        })
      }
      yield summarize(name, connections, rounds, {
        rssMb,
        note: `${note}; ${Math.round(everything)} statements a request with all that happens in the background; limit: the ${recorded.statements} statements of one request, ungrouped, from a bare client`,
      })
    }
  } finally {
    await pool.close()
    await shop.close()
  }
}
