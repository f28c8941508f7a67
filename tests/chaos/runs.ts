import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quantile } from '../../bench/measure.ts'
import { expectStatus } from '../e2e/client.ts'
import { sell } from '../e2e/stock-the-shop.ts'
import type { ChaosShop } from './chaos-shop.ts'
import { checkBooks } from './books.ts'
import { checkHistory } from './checker.ts'
import { dismissWaiting } from './closing-time.ts'
import { converge, sampleRules } from './convergence.ts'
import { type History, openHistory } from './history.ts'
import { type Finding, type ScenarioOptions, wrongs } from './scenario.ts'
import { sendShoppers, type Shoppers, type ShoppersOptions } from './shoppers.ts'

/** Units a SKU starts with: some run out while a run lasts, most do not. */
const UNITS = [40, 400, 100_000, 100_000, 100_000, 100_000]

/** Time everything has to end in once the faults are over: a lease of 30 s, patience with payments of 60 s, and some air. */
export const CONVERGE_MS = 150_000

/** The last nets of the shop, under everything that has a bound of its own: who falls into one has waited for something without one. */
const GIVEN_UP = /a round of work did not end|a step of a flow does not answer/

export interface Rush {
  readonly shoppers: Shoppers
  readonly history: History
  /** of staff, as it is now */
  staffToken(): string
  /** Ends the work, waits for the end of everything it began, and says what is true then. `struck`: how often the fault did. */
  judge(fault: string, struck: number, options?: { repeated?: boolean }): AsyncIterable<Finding>
}

/** A crowd in the shop, watched from outside: shelves filled, history open, rules asked for all the time. */
export async function openRush(
  shop: ChaosShop,
  { random, note }: Pick<ScenarioOptions, 'random' | 'note'>,
  crowd: Partial<Pick<ShoppersOptions, 'url' | 'crowd' | 'tokens' | 'paused' | 'onSeen'>> = {},
): Promise<Rush> {
  const staff = await shop.staff()
  const shelves = new Map<string, number>()
  for (const [index, units] of UNITS.entries()) {
    const sku = `rush-${index}`
    await sell(staff, sku, { price: 1000 + index, units })
    shelves.set(sku, units)
  }
  const file = join(tmpdir(), `souk-chaos-history-${process.pid}-${Date.now()}.jsonl`)
  const history = openHistory(file)
  const sampler = sampleRules(shop)
  let token = ''
  const signInAgain = async () => {
    const { email, password } = shop.shop.administrator
    const login = await fetch(`${shop.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
      signal: AbortSignal.timeout(5000),
    })
    if (login.ok) token = ((await login.json()) as { accessToken: string }).accessToken
  }
  await signInAgain()
  const renewal = setInterval(() => void signInAgain().catch(() => undefined), 120_000)
  const shoppers = sendShoppers({
    url: shop.url,
    history,
    random,
    skus: [...shelves.keys()],
    crowd: 8,
    staffToken: () => token,
    ...crowd,
  })
  return {
    shoppers,
    history,
    staffToken: () => token,
    async *judge(fault, struck, { repeated = false } = {}) {
      await shoppers.leave()
      clearInterval(renewal)
      await shop.healthy()
      const { ok, fail, unknown } = shoppers.counts
      note(`work ended: ${ok} ok, ${fail} refused, ${unknown} unknown; waiting for everything to end`)
      const desk = new AbortController()
      const dismissed = dismissWaiting(shop, await freshStaff(shop), desk.signal)
      const end = await converge(shop, CONVERGE_MS)
      desk.abort()
      await dismissed
      await sampler.stop()
      const operations = history.operations()
      const verdict = await checkHistory({ sql: shop.admin.sql, operations, shelves, repeated })
      const books = await checkBooks(shop.admin.sql)
      const { code, lines } = await shop.shop.command('invariants')
      const broken = lines.filter((line) => Number(line.violations ?? 0) > 0).map((line) => `${line.service}: ${line.name}`)
      if (code !== 0 && broken.length === 0) broken.push(`souk invariants ended with ${code}`)
      const times = [...shoppers.times].sort((a, b) => a - b)
      const pace = { p50: Math.round(quantile(times, 0.5)), p99: Math.round(quantile(times, 0.99)) }
      const tally = { ok, refused: fail, unknown, strikes: struck }
      // A run in which nobody could buy anything has shown nothing.
      if (ok === 0)
        yield { id: 'work', fault, trials: operations.length, violations: 1, tally, note: 'not a single request went well' }
      const row = (id: string, finding: Pick<Finding, 'trials' | 'violations' | 'examples'>, extra: Partial<Finding> = {}) => ({
        id,
        fault,
        ...finding,
        ...extra,
      })
      yield row('I23', verdict.promises, { ...pace, tally, note: 'promises kept' })
      yield row('I12', verdict.money, { note: 'orders whose money agrees with the payment company and with the order' })
      yield row('I1', verdict.stock, { note: 'shelves: delivered = sold + left, nothing held' })
      for (const { id, note: what = '', ...finding } of books) yield row(id, finding, { note: what })
      yield row('I7', verdict.events, { note: 'chains of events: dense, in order, as the order went' })
      yield row('I8', verdict.effects, { note: 'orders: one mail for one confirmation' })
      yield row(
        'I2',
        { trials: sampler.samples, ...wrongs(sampler.violations) },
        { note: 'rules asked for in one snapshot while the fault was at work' },
      )
      yield row(
        'I19',
        {
          trials: operations.length,
          violations: end.left.length,
          ...(end.left.length > 0 ? { examples: end.left } : {}),
        },
        {
          p50: end.milliseconds,
          p99: end.milliseconds,
          tally: { 'waits given up': shop.log().filter((line) => GIVEN_UP.test(line)).length },
          note: 'everything ends; milliseconds after the last fault',
        },
      )
      yield row(
        'invariants',
        { trials: lines.length, violations: broken.length, ...(broken.length > 0 ? { examples: broken } : {}) },
        { note: 'souk invariants at the end' },
      )
      history.close()
      const bad = [verdict.promises, verdict.money, verdict.events, verdict.stock].some(({ violations }) => violations > 0)
      if (bad) note(`history kept: ${file}`)
      else rmSync(file, { force: true })
      if (bad || end.left.length > 0) note(`log kept: ${shop.keepLog()}`)
    },
  }
}

/** Staff that can be used right now; a shop that was killed a moment ago may need a second try. */
async function freshStaff(shop: ChaosShop) {
  await shop.healthy()
  const staff = await shop.staff()
  expectStatus(await staff.get('/api/orders?limit=1'), 200)
  return staff
}
