import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import { startLoginStorm } from '../tests/security/login-storm.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { orderOf } from './checkout.ts'
import { type Measurement, type MeasureOptions, median, quantile, type Round, summarize } from './measure.ts'

/** Guesses under way at any time: more than may wait for a hash. */
const CALLERS = 120
const CHECKOUTS_PER_SECOND = 5
/** Sign-ins of each kind that are compared. */
const SIGN_INS = 200

/**
 * What a storm of wrong passwords does to whoever buys: whole checkouts at a steady rate, in turns without and with the storm. The counters of
 * guesses are emptied all the time, so that it is the bulkhead alone that protects the checkout. Then what a sign-in takes for an account
 * that nobody has, beside one with a wrong password.
 */
export async function* measure({ seconds, rounds }: MeasureOptions): AsyncGenerator<Measurement> {
  const bench = await openBenchShop(100, { TRUST_PROXY: 'loopback' })
  const pool = new Pool(bench.shop.url, { connections: 100, pipelining: 1 })
  try {
    await checkouts(bench, pool, 2)
    const calm: Round[] = []
    const stormy: Round[] = []
    const told = new Map<number, number>()
    for (let round = 0; round < rounds; round += 1) {
      calm.push(await checkouts(bench, pool, seconds))
      const storm = startLoginStorm(bench.shop.url, CALLERS)
      const emptied = new AbortController()
      const emptying = emptyCounters(bench, emptied.signal)
      stormy.push(await checkouts(bench, pool, seconds))
      emptied.abort()
      await Promise.all([storm.stop(), emptying])
      for (const [status, count] of storm.answers) told.set(status, (told.get(status) ?? 0) + count)
    }
    const [before, during] = [
      summarize('checkout, nobody storms', CHECKOUTS_PER_SECOND, calm),
      summarize('checkout, storm of wrong passwords', CHECKOUTS_PER_SECOND, stormy),
    ]
    yield before
    const answers = [...told].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
    yield {
      ...during,
      ratio: Math.round((during.p99Ms / before.p99Ms) * 100) / 100,
      note: `${CALLERS} guesses under way; answers to guesses ${answers.join(', ')}; ratio: p99 to that without a storm`,
    }
    yield* signIns(bench, pool)
  } finally {
    await pool.close()
    await bench.close()
  }
}

/** Until told to stop: no guess is one too many. */
async function emptyCounters({ admin }: BenchShop, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await admin.sql`delete from auth.attempts`.catch(() => undefined)
    await delay(200)
  }
}

/** Open loop: a checkout that is late counts from when it was due. */
async function checkouts({ skus }: BenchShop, pool: Pool, seconds: number): Promise<Round> {
  const times: number[] = []
  let failed = 0
  const buy = async (n: number, due: number) => {
    const body = orderOf([0, 1, 2].map((line) => skus[(3 * n + line) % skus.length]!))
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1' }
    const answer = await pool.request({ path: '/api/orders', method: 'POST', headers, body: JSON.stringify(body) })
    await answer.body.dump()
    if (answer.statusCode === 201) times.push(performance.now() - due)
    else failed += 1
  }
  const begun = performance.now()
  const all: Promise<void>[] = []
  for (let n = 0; n < seconds * CHECKOUTS_PER_SECOND; n += 1) {
    const due = begun + (n * 1000) / CHECKOUTS_PER_SECOND
    await delay(Math.max(0, due - performance.now()))
    all.push(
      buy(n, due).catch(() => {
        failed += 1
      }),
    )
  }
  await Promise.all(all)
  times.sort((a, b) => a - b)
  const elapsed = (performance.now() - begun) / 1000
  return {
    perSecond: times.length / elapsed,
    p50Ms: median(times),
    p99Ms: quantile(times, 0.99),
    done: times.length,
    failed,
  }
}

/** In turns, so that both see the same machine. */
async function* signIns(bench: BenchShop, pool: Pool): AsyncGenerator<Measurement> {
  const email = 'known@example.com'
  const register = { email, password: 'teal-otter-hums-41', fullName: 'Known' }
  await bench.guest.post('/api/users/register', register)
  const [wrong, nobody]: [number[], number[]] = [[], []]
  for (let n = 0; n < SIGN_INS; n += 1) {
    // both count their first guess, and either goes first
    await bench.admin.sql`delete from auth.attempts`
    const both = [[email, wrong] as const, [`nobody-${n}@example.com`, nobody] as const]
    for (const [name, times] of n % 2 === 0 ? both : both.toReversed()) {
      const asked = performance.now()
      const answer = await pool.request({
        path: '/api/auth/login',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.${n >> 8}.${n & 255}` },
        body: JSON.stringify({ email: name, password: 'not-the-password' }),
      })
      await answer.body.dump()
      if (answer.statusCode === 401) times.push(performance.now() - asked)
    }
  }
  const row = (name: string, times: number[]): Measurement => {
    const sorted = times.toSorted((a, b) => a - b)
    const round = { perSecond: 1000 / median(sorted), p50Ms: median(sorted), p99Ms: quantile(sorted, 0.99), done: sorted.length }
    return summarize(name, 1, [{ ...round, failed: SIGN_INS - sorted.length }])
  }
  const known = row('sign-in, wrong password', wrong)
  yield known
  const unknown = row('sign-in, nobody', nobody)
  const apart = ((unknown.p50Ms - known.p50Ms) / known.p50Ms) * 100
  yield { ...unknown, note: `p50 ${apart.toFixed(1)} % apart` }
}
