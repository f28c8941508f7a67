import { Pool } from 'undici'
import { EVIL } from '../services/search/testing/evil.ts'
import { type Measurement, type MeasureOptions, median, quantile, summarize } from './measure.ts'
import { fill } from './search.ts'
import { openSearchHost } from './search-host.ts'

/** Rows of the catalogue. */
const SIZE = Number(process.env.BENCH_ROWS ?? 20_000)
const TIMES = 20

/** Filters as many as there may be, none of which narrows much. */
const MANY_FILTERS = [
  ...Array.from({ length: 20 }, (_, n) => `brand=brand-${n}`),
  ...Array.from({ length: 20 }, (_, n) => `price=${n * 100}-999999999`),
  ...Array.from({ length: 40 }, (_, n) => `option=colour:${n}`),
  'rating=1',
].join('&')

/** What a single search costs that somebody wrote to cost much (S15 wants less than 300 ms each); nothing is kept between questions. */
export async function* measure(_options: MeasureOptions): AsyncGenerator<Measurement> {
  const shop = await openSearchHost()
  const pool = new Pool(await shop.unkept.listen({ port: 0, host: '127.0.0.1' }), { connections: 1 })
  const paths = [
    ...EVIL.flatMap((q) => ['/api/search?', '/api/search/suggest?'].map((path) => `${path}q=${encodeURIComponent(q)}`)),
    `/api/search?${MANY_FILTERS}`,
    `/api/search?q=a&limit=100&sort=-price&${MANY_FILTERS}`,
    `/api/search?q=${'a'.repeat(10_000)}`,
  ]
  try {
    const filled = await fill(shop, SIZE, 'postgres')
    const all: number[] = []
    let failed = 0
    let worst = { path: '', milliseconds: 0 }
    for (let round = 0; round <= TIMES; round += 1) {
      for (const path of paths) {
        const asked = performance.now()
        const answer = await pool.request({ path, method: 'GET' })
        await answer.body.dump()
        const milliseconds = performance.now() - asked
        // the first time plans are made
        if (round === 0) continue
        all.push(milliseconds)
        if (answer.statusCode >= 500) failed += 1
        if (milliseconds > worst.milliseconds) worst = { path, milliseconds }
      }
    }
    all.sort((a, b) => a - b)
    const sum = all.reduce((total, one) => total + one, 0)
    const round = {
      perSecond: (1000 * all.length) / sum,
      p50Ms: median(all),
      p99Ms: quantile(all, 0.99),
      done: all.length,
      failed,
    }
    yield summarize(`evil searches, ${SIZE} products`, 1, [round], {
      note: `${filled}; the slowest ${Math.round(worst.milliseconds)} ms: ${worst.path.slice(0, 80)}`,
    })
  } finally {
    await pool.close()
    await shop.close()
  }
}
