import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../../../bench/measure.ts'
import { client } from '../../e2e/client.ts'
import { address } from '../../e2e/stock-the-shop.ts'
import { openChaosShop } from '../chaos-shop.ts'
import { openRush } from '../runs.ts'
import type { Scenario } from '../scenario.ts'

/** An outage lasts so long: several rests of the breaker, so that it has to try whether the company is back and be disappointed. */
const OUTAGE_MS = [25_000, 45_000] as const
/** As the shop is set: failures in a row that open the breaker, and its rest (services/payments/gateways/registry.ts). */
const [FAILURES, REST_MS] = [10, 10_000]
const CROWD = 12
/** Who asks the company: the HTTP process for shoppers, the background process for what was left open. Each has a breaker. */
const PROCESSES = 2

/** A line of the log about a call that brought no answer; `unreachable` ones were stopped by the breaker before they went out. */
const FAILED = 'a payment gateway did not answer'

/**
 * I27: the payment company is silent to everybody for a while. The shop must stop asking it, say so quickly to whoever wants to pay,
 * try once in a while, and be as it was when the company is back.
 */
export const scenario: Scenario = {
  summary:
    'a payment company that is silent for half a minute, again and again: calls that still go out, and the time until people can pay',
  trials: 4,
  async *run(options) {
    const shop = await openChaosShop()
    try {
      const tokens = ['tok_approve']
      const rush = await openRush(shop, options, { tokens, crowd: CROWD })
      const payments = async () => (await shop.admin.sql<[{ n: number }]>`select count(*)::int as n from payments.payments`)[0].n
      const guest = client(shop.url)
      const buyOne = async () =>
        (
          await guest.post('/api/orders', {
            items: [{ sku: 'rush-5', quantity: 1 }],
            email: 'back@example.com',
            shippingAddress: address,
            paymentMethodId: 'tok_approve',
          })
        ).body?.status === 'CONFIRMED'
      const failures = () =>
        shop.log().flatMap((line) => (line.includes(FAILED) ? [JSON.parse(line) as { unreachable: boolean; time: string }] : []))
      const excess: string[] = []
      const quick: number[] = []
      const back: number[] = []
      const sum = { wanted: 0, 'went out': 0, 'stopped by the breaker': 0 }
      for (let number = 1; number <= options.trials; number += 1) {
        await delay(4000)
        const before = { payments: await payments(), failures: failures().length, answers: rush.shoppers.times.length }
        tokens.splice(0, 1, 'tok_timeout')
        const outage = options.random.between(...OUTAGE_MS)
        await delay(outage / 2)
        // from here on the breaker has long been open
        const opened = rush.shoppers.times.length
        await delay(outage / 2)
        quick.push(...rush.shoppers.times.slice(opened))
        const inOutage = failures().slice(before.failures)
        const out = inOutage.filter(({ unreachable }) => !unreachable).length
        const wanted = (await payments()) - before.payments
        // Those that open it, those under way at that moment, and one try a rest. The company still says what it knows of old payments, which may
        // close a breaker again: then half of what is wanted is the bound.
        const allowed = Math.max(PROCESSES * (FAILURES + CROWD + Math.ceil(outage / REST_MS) + 1), wanted / 2)
        sum.wanted += wanted
        sum['went out'] += out
        sum['stopped by the breaker'] += inOutage.length - out
        if (out > allowed) excess.push(`outage ${number}: ${out} calls went out, ${allowed} were allowed`)
        if (out === inOutage.length) excess.push(`outage ${number}: the breaker stopped nothing`)
        tokens.splice(0, 1, 'tok_approve')
        const begun = performance.now()
        while (!(await buyOne()) && performance.now() - begun < 3 * REST_MS) await delay(100)
        back.push(performance.now() - begun)
        options.note(
          `outage ${number} of ${options.trials}: ${wanted} payments, ${out} calls, ${inOutage.length - out} stopped, back after ${Math.round(back.at(-1)!)} ms`,
        )
      }
      const times = (all: number[]) => {
        const sorted = [...all].sort((a, b) => a - b)
        return sorted.length === 0 ? {} : { p50: Math.round(quantile(sorted, 0.5)), p99: Math.round(quantile(sorted, 0.99)) }
      }
      yield {
        id: 'I27',
        fault: 'F13',
        trials: Math.max(1, sum.wanted),
        violations: excess.length,
        examples: excess,
        tally: sum,
        ...times(quick),
        note: 'payments wanted while the company was silent; milliseconds until the shopper was told',
      }
      const late = back.filter((milliseconds) => milliseconds > REST_MS + 5000)
      yield {
        id: 'recovery',
        fault: 'F13',
        trials: back.length,
        violations: late.length,
        ...times(back),
        note: 'from the end of the outage until an order is paid; at most a rest of the breaker and 5 s',
      }
      yield* rush.judge('F13', options.trials)
    } finally {
      await shop.close()
    }
  },
}
