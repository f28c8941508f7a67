import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import { writeRows } from '../tests/chaos/report.ts'
import { upper95 } from '../tests/chaos/scenario.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { orderOf } from './checkout.ts'
import { closedLoop, type Measurement, type MeasureOptions, median, quantile, summarize } from './measure.ts'

/** Callers of the closed loop that finds out what the shop can do. */
const CALLERS = 32
/** Requests the generator keeps open; more would measure the generator. */
const OPEN_AT_MOST = 6000
const CHECKOUTS_PER_SECOND = 5

interface Outcome {
  readonly status: number
  /** milliseconds from the moment the request was due, so that a generator that falls behind hides nothing */
  readonly sinceDue: number
  /** milliseconds from the moment it was sent: the same without the generator's own lateness, which shares two cores with the shop */
  readonly sinceSent: number
}

/** Fixed arrival rate, whatever becomes of the requests (open loop). */
async function openLoop(perSecond: number, seconds: number, send: () => Promise<number>): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const open = new Set<Promise<void>>()
  const begun = performance.now()
  for (let sent = 0; performance.now() - begun < seconds * 1000; await delay(2)) {
    const due = Math.floor(((performance.now() - begun) / 1000) * perSecond)
    for (; sent < due; sent += 1) {
      const dueAt = begun + (sent / perSecond) * 1000
      if (open.size >= OPEN_AT_MOST) {
        outcomes.push({ status: 0, sinceDue: 0, sinceSent: 0 })
        continue
      }
      const sentAt = performance.now()
      const one: Promise<void> = send()
        .catch(() => 0)
        .then((status) => {
          const now = performance.now()
          outcomes.push({ status, sinceDue: now - dueAt, sinceSent: now - sentAt })
          open.delete(one)
        })
      open.add(one)
    }
  }
  await Promise.all(open)
  return outcomes
}

/**
 * Browsing floods the shop at 0.5, 1, 2 and 4 times what it can do, while a few shoppers pay. Every search is another one, so each
 * costs its statement. Goodput is what was answered 200 in a second; the rest must be a quick 503.
 */
export async function* measure(options: MeasureOptions): AsyncGenerator<Measurement> {
  const shop = await openBenchShop(1000, { ACCESS_LOG: 'all', LOG_LEVEL: 'info' }, { logToFile: true })
  const pool = new Pool(shop.shop.url, { connections: 1500, pipelining: 1, keepAliveTimeout: 30_000 })
  let next = 0
  const look = async (): Promise<number> => {
    next += 1
    const answer = await pool.request({
      path: `/api/products/search?q=product&minPrice=${next % 900}&maxPrice=${1000 + next}`,
      method: 'GET',
    })
    await answer.body.dump()
    return answer.statusCode
  }
  try {
    await closedLoop(CALLERS, 2, async () => (await look()) === 200)
    const capacity = (await closedLoop(CALLERS, options.seconds, async () => (await look()) === 200)).perSecond
    let peak = 0
    const proof = { trials: 0, violations: 0, refused: 0, paid: 0, times: [] as number[] }
    for (const factor of [0.5, 1, 2, 4]) {
      const before = { cpu: shop.cpuMs(), statements: await shop.statements(), own: process.cpuUsage() }
      const [looks, pays] = await Promise.all([
        openLoop(capacity * factor, options.seconds, look),
        openLoop(CHECKOUTS_PER_SECOND, options.seconds, () => pay(shop, pool)),
      ])
      const own = process.cpuUsage(before.own)
      const recovery = await recovered(look)
      const times = (list: readonly Outcome[], status: number) =>
        list
          .filter((one) => one.status === status)
          .map((one) => one.sinceDue)
          .sort((a, b) => a - b)
      const [good, refused, paid] = [times(looks, 200), times(looks, 503), times(pays, 201)]
      const sent = looks.filter((one) => one.status === 503).map((one) => one.sinceSent)
      const fromSent = quantile(
        sent.sort((a, b) => a - b),
        0.99,
      )
      proof.trials += looks.length + pays.length
      proof.violations += looks.length - good.length - refused.length + (pays.length - paid.length)
      proof.refused += refused.length
      proof.paid += paid.length
      proof.times.push(...sent)
      const perSecond = good.length / options.seconds
      peak = Math.max(peak, perSecond)
      const round = {
        perSecond,
        p50Ms: median(good),
        p99Ms: quantile(good, 0.99),
        done: good.length,
        failed: looks.length - good.length - refused.length,
        cpuMs: shop.cpuMs() - before.cpu,
        statements: (await shop.statements()) - before.statements,
        limit: peak,
      }
      yield summarize(`browsing at ${factor} × capacity`, CALLERS, [round], {
        rssMb: shop.memoryMb().rss,
        note:
          `open loop, ${Math.round(capacity * factor)}/s asked; 503: ${refused.length}, p99 ${Math.round(quantile(refused, 0.99))} ms since due, ${Math.round(fromSent)} ms since sent; ` +
          `paid ${paid.length} of ${pays.length}, p99 ${Math.round(quantile(paid, 0.99))} ms; well again after ${recovery} ms; ` +
          `the generator took ${Math.round((own.user + own.system) / options.seconds / 1e4)} % of a core; ratio: to the best goodput`,
      })
    }
    keepProof(proof)
  } finally {
    await pool.destroy()
    await shop.close()
  }
}

/** The row of the page about reliability: whoever looked was answered or told to come back, and everybody could pay. */
function keepProof({
  trials,
  violations,
  refused,
  paid,
  times,
}: {
  trials: number
  violations: number
  refused: number
  paid: number
  times: number[]
}) {
  const sorted = times.sort((a, b) => a - b)
  const row = {
    name: 'overload',
    id: 'I26',
    fault: '0.5 to 4 × capacity',
    trials,
    violations,
    upper95: upper95(violations, trials),
    p50: Math.round(quantile(sorted, 0.5)),
    p99: Math.round(quantile(sorted, 0.99)),
    tally: { 'told to come back': refused, paid },
    note: 'looks that were answered or told to come back, payments that went through; milliseconds until a refusal',
    seed: 0,
  }
  writeRows('overload', [row])
}

async function pay(shop: BenchShop, pool: Pool): Promise<number> {
  const sku = shop.skus[Math.floor(Math.random() * shop.skus.length)]!
  const answer = await pool.request({
    path: '/api/orders',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(orderOf([sku])),
  })
  await answer.body.dump()
  return answer.statusCode
}

/** Milliseconds until ten looks in a row are answered 200; at most ten seconds. */
async function recovered(look: () => Promise<number>): Promise<number> {
  const begun = performance.now()
  for (let row = 0; row < 10 && performance.now() - begun < 10_000; ) row = (await look()) === 200 ? row + 1 : 0
  return Math.round(performance.now() - begun)
}
