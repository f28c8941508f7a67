import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../../../bench/measure.ts'
import { address, sell } from '../../e2e/stock-the-shop.ts'
import { burst, type BurstRequest } from '../burst.ts'
import { openChaosShop } from '../chaos-shop.ts'
import { checkBooks } from '../books.ts'
import { converge } from '../convergence.ts'
import { CONVERGE_MS } from '../runs.ts'
import { type Finding, type Scenario, type ScenarioOptions, wrongs } from '../scenario.ts'

const IN_FLIGHT = 40

/** I29: whoever was let in gets an answer, and what was confirmed is there after the new start; nothing is left for a lease to run out. */
export const scenario: Scenario = {
  summary: 'SIGTERM with 40 whole checkouts in flight and a new start, again and again; trials = restarts',
  trials: 20,
  run: (options) => stopAndStart(options, 'SIGTERM'),
}

/** `meanwhile` begins what makes each stop harder, and says how to end it. */
export async function* stopAndStart(
  { trials, random, note }: ScenarioOptions,
  fault: string,
  meanwhile: () => () => void = () => () => undefined,
): AsyncIterable<Finding> {
  const shop = await openChaosShop()
  try {
    await sell(await shop.staff(), 'restart', { units: trials * IN_FLIGHT })
    const broken: string[] = []
    const drains: number[] = []
    const confirmed: string[] = []
    let asked = 0
    let turnedAway = 0
    for (let round = 1; round <= trials; round += 1) {
      const request = (): BurstRequest => ({
        method: 'POST',
        path: '/api/orders',
        body: {
          items: [{ sku: 'restart', quantity: 1 }],
          email: `restart-${round}@example.com`,
          shippingAddress: address,
          paymentMethodId: 'tok_approve',
        },
      })
      const calm = meanwhile()
      const sent = Promise.withResolvers<void>()
      const replies = burst(shop.url, Array.from({ length: IN_FLIGHT }, request), sent.resolve)
      await sent.promise
      await delay(random.between(0, 80))
      const begun = performance.now()
      const code = await shop.shop.stop()
      drains.push(performance.now() - begun)
      calm()
      if (code !== 0) broken.push(`restart ${round}: the shop ended with ${code}`)
      const answers = await replies
      asked += answers.length
      // being turned away on purpose is an answer; silence is none
      const lost = answers.filter(({ status }) => status !== 201 && status !== 503)
      broken.push(...lost.map(({ status }) => `restart ${round}: ${status || 'no answer'}`))
      turnedAway += answers.filter(({ status }) => status === 503).length
      for (const { status, body } of answers) if (status === 201 && body.status === 'CONFIRMED') confirmed.push(body.id)
      await shop.shop.start()
      note(
        `restart ${round} of ${trials}: ${answers.filter(({ status }) => status === 201).length} orders, stopped in ${Math.round(drains.at(-1)!)} ms`,
      )
    }
    // who is let in is to be served: a shop that sends everybody away loses nobody, too
    if (turnedAway * 10 > asked) broken.push(`showed nothing: ${turnedAway} of ${asked} were turned away`)
    await shop.healthy()
    const end = await converge(shop, CONVERGE_MS)
    const [row] = await shop.admin.sql<{ n: number }[]>`
        select count(*)::int as n from orders.orders where id = any(${confirmed}::uuid[]) and status <> 'CANCELLED'`
    if (row!.n !== confirmed.length) broken.push(`${confirmed.length} orders were confirmed, ${row!.n} of them stand`)
    drains.sort((a, b) => a - b)
    yield {
      id: 'I29',
      fault,
      trials: asked,
      ...wrongs(broken),
      p50: Math.round(quantile(drains, 0.5)),
      p99: Math.round(quantile(drains, 0.99)),
      tally: { restarts: trials, confirmed: confirmed.length, 'turned away': turnedAway },
      note: 'requests in flight that were answered; milliseconds from SIGTERM to the end',
    }
    for (const books of await checkBooks(shop.admin.sql)) yield { fault, ...books }
    yield {
      id: 'I19',
      fault,
      trials: asked,
      violations: end.left.length,
      ...(end.left.length > 0 ? { examples: end.left } : {}),
      p50: end.milliseconds,
      p99: end.milliseconds,
      note: 'everything ends; milliseconds after the last start',
    }
  } finally {
    await shop.close()
  }
}
