import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '#kit/testing/eventually.ts'
import { checkBooks } from '../books.ts'
import { type ChaosShop, openChaosShop } from '../chaos-shop.ts'
import { dismissWaiting } from '../closing-time.ts'
import { converge } from '../convergence.ts'
import { type LateOrder, type LateOrders, openLateOrders } from '../late-orders.ts'
import { signal } from '#kit/testing/processes.ts'
import { CONVERGE_MS } from '../runs.ts'
import { type Scenario, type ScenarioOptions, wrongs } from '../scenario.ts'

/** Payers at the same time. */
const LANES = 4
/** Orders whose goods go to somebody else at the same time. */
const AT_ONCE = 10
const FAULT = 'late money'
/** The company answers at once, answers nothing although it took the money, or makes up its mind later: then it was asked in time. */
const TOKENS = ['tok_approve', 'tok_approve', 'tok_timeout_after_capture', 'tok_async'] as const

/**
 * I5: a hold runs out before its order is paid, the goods go to somebody else or not, and then the money comes. It buys goods that are still
 * to be had, or goes back; nothing is sold twice.
 */
export const scenario: Scenario = {
  summary: 'orders whose hold has run out are paid, while others buy the last pieces or have bought them; trials = orders',
  trials: 200,
  async *run(options) {
    const { trials, note } = options
    const shop = await openChaosShop({ environment: { PAYMENTS_SIMULATED_MESSAGE_DELAY_MS: '4000' } })
    try {
      const staff = await shop.staff()
      const late = openLateOrders(shop, staff)
      const broken: string[] = []
      const say = (error: unknown) => void broken.push(String(error).slice(0, 300))
      let raced = 0
      const lane = async () => {
        while (raced < trials / 2) {
          raced += 1
          broken.push(...(await race(late, options).catch((error: unknown) => [String(error).slice(0, 300)])))
        }
      }
      await Promise.all(Array.from({ length: LANES }, lane))
      note(`${raced} of ${trials} orders`)
      const gone: LateOrder[] = []
      while (late.orders.length < trials) {
        const some = await buyBeforeThem(shop, late, Math.min(AT_ONCE, trials - late.orders.length), say)
        gone.push(...some)
        note(`${late.orders.length} of ${trials} orders; the goods of ${gone.length} went to somebody else`)
      }
      const desk = new AbortController()
      const dismissed = dismissWaiting(shop, staff, desk.signal)
      const end = await converge(shop, CONVERGE_MS)
      desk.abort()
      await dismissed
      const ends = await late.ends()
      const outcomes = {
        'sold after all': ends.filter(({ status }) => status !== 'CANCELLED').length,
        'turned away': ends.filter(({ status }) => status === 'CANCELLED').length,
        'of them had paid and got it back': ends.filter(({ status, taken }) => status === 'CANCELLED' && taken > 0n).length,
        'of them were let go by the company': ends.filter(({ status, voided }) => status === 'CANCELLED' && voided > 0).length,
      }
      const sold = ends.filter(({ id, status }) => status !== 'CANCELLED' && gone.some((order) => order.id === id))
      broken.push(...sold.map(({ sku }) => `${sku}: sold, and so it was to somebody else`))
      broken.push(...(await late.wrong()))
      // A run in which one of these never happened has not shown what becomes of it.
      for (const what of ['sold after all', 'turned away', 'of them had paid and got it back'] as const)
        if (outcomes[what] === 0) broken.push(`showed nothing: 0 ${what}`)
      yield {
        id: 'I5',
        fault: FAULT,
        trials: late.orders.length,
        ...wrongs(broken),
        tally: outcomes,
        note: 'orders paid after their hold had run out: the goods were still there, or all the money is back and the customer knows',
      }
      for (const books of await checkBooks(shop.admin.sql)) yield { fault: FAULT, ...books }
      yield {
        id: 'I19',
        fault: FAULT,
        trials: late.orders.length,
        violations: end.left.length,
        ...(end.left.length > 0 ? { examples: end.left } : {}),
        p50: end.milliseconds,
        p99: end.milliseconds,
        note: 'everything ends; milliseconds after the last payment',
      }
    } finally {
      await shop.close()
    }
  },
}

/** One order that is paid too late; half of the time somebody else wants the same goods at the same moment. Answers what was wrong. */
async function race(late: LateOrders, { random }: ScenarioOptions): Promise<string[]> {
  const order = await late.place()
  await late.runOut([order])
  const rival = random.chance(0.5) ? late.buy(order.sku) : undefined
  // before, while and after the clock of the holds comes by
  if (random.chance(0.5)) await delay(random.between(0, 3000))
  const paid = await late.pay(order, random.pick(TOKENS))
  await rival
  return paid.status >= 500 && paid.status !== 503 ? [`${order.sku}: ${paid.status} ${paid.text.slice(0, 200)}`] : []
}

/**
 * The word that their holds are over is late: whoever carries it sleeps. Meanwhile somebody else buys the goods, and then the money of the first
 * ones comes. Only the sale itself can notice that there is nothing left to sell.
 */
async function buyBeforeThem(
  shop: ChaosShop,
  late: LateOrders,
  count: number,
  say: (error: unknown) => void,
): Promise<LateOrder[]> {
  const orders = await Promise.all(Array.from({ length: count }, () => late.place()))
  const tokens = orders.map((_, index) => TOKENS[index % TOKENS.length]!)
  const asked = orders.filter((_, index) => tokens[index] === 'tok_async')
  await Promise.all(asked.map((order) => late.pay(order, 'tok_async')))
  const sleeper = shop.backgroundPid()
  await late.runOut(orders)
  await eventually(async () => await late.swept(orders), { timeoutMs: 20_000, everyMs: 1 })
  signal(sleeper, 'SIGSTOP')
  const gone: LateOrder[] = []
  try {
    for (const [index, order] of orders.entries()) {
      const rival = await late.buy(order.sku)
      if (rival.body?.status === 'CONFIRMED') gone.push(order)
      else say(`${order.sku}: somebody else got ${rival.status} ${rival.text.slice(0, 200)}`)
      if (tokens[index] === 'tok_async') continue
      const paid = await late.pay(order, tokens[index]!)
      if (paid.status === 200 && paid.body.status === 'CONFIRMED') say(`${order.sku}: was told that it is hers`)
    }
  } catch (error) {
    say(error)
  } finally {
    signal(sleeper, 'SIGCONT')
  }
  return gone
}
