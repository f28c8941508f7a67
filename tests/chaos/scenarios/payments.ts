import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { type ChaosShop, openChaosShop } from '../chaos-shop.ts'
import type { Random } from '../random.ts'
import { openRush } from '../runs.ts'
import { type Scenario, wrongs } from '../scenario.ts'

/** A company on a bad day: half of the calls end in silence, after the money was taken or before. */
const badDay = [
  'tok_approve',
  'tok_approve',
  'tok_timeout_after_capture',
  'tok_timeout',
  'tok_async',
  'tok_async_decline',
  'tok_decline',
]

interface Known {
  key: string
  reference: string
  amount: number
  currency: string
  state: string
}

/** F13: the company says everything twice, late, in another order, and once in a while under an id it has used for something else. */
async function chatter(shop: ChaosShop, secret: string, random: Random): Promise<{ sent: number; wrong: string[] }> {
  const known = await shop.admin.sql<Known[]>`
    select key, reference, amount::int as amount, currency, state from payments.sim_payments where state in ('captured', 'declined')
     order by created_at desc limit 40`
  const wrong: string[] = []
  let sent = 0
  for (const { key, reference, amount, currency, state } of known.filter(() => random.chance(0.3))) {
    const message = (type: string, more: object = {}) => ({ type, key, reference, amount, currency, ...more })
    // What it says of the past is stale, what it says of now is true; it never claims what did not happen.
    const truth =
      state === 'captured'
        ? [message('payment.authorized'), message('payment.captured')]
        : [message('payment.declined', { reason: 'late' })]
    for (const one of random.chance(0.5) ? truth : [...truth].reverse()) {
      const id = `evt_${randomBytes(10).toString('hex')}`
      const say = async (content: object) => {
        const body = Buffer.from(JSON.stringify({ id, ...content }))
        const headers = { ...signWebhook([Buffer.from(secret)], id, body, new Date()), 'content-type': 'application/json' }
        sent += 1
        return await fetch(`${shop.url}/api/payments/webhooks/simulated`, {
          method: 'POST',
          headers,
          body,
          signal: AbortSignal.timeout(10_000),
        })
      }
      const [first, second] = await Promise.all([say(one), say(one)])
      for (const { status } of [first, second])
        if (status >= 500 && status !== 503) wrong.push(`${id}: ${status}; ${shop.log().at(-1)?.slice(0, 900)}`)
      const other = await say({ ...one, amount: amount + 1 })
      if (first.ok && other.status !== 409) wrong.push(`${id}: another content was answered ${other.status}`)
    }
  }
  return { sent, wrong }
}

export const scenario: Scenario = {
  summary: 'a payment company that is silent after it took the money, decides late, and says everything twice and out of order',
  trials: 60,
  shortTrials: 5,
  async *run(options) {
    const secret = randomBytes(24).toString('hex')
    const shop = await openChaosShop({
      environment: { PAYMENTS_SIMULATED_WEBHOOK_SECRET: secret, PAYMENTS_GIVE_UP_AFTER_MS: '8000' },
    })
    try {
      const rush = await openRush(shop, options, { tokens: badDay, crowd: 12 })
      const wrong: string[] = []
      let sent = 0
      for (let round = 1; round <= options.trials; round += 1) {
        await delay(options.random.between(300, 900))
        const heard = await chatter(shop, secret, options.random)
        sent += heard.sent
        wrong.push(...heard.wrong)
        if (options.random.chance(0.1)) await shop.killMain()
        if (round % 10 === 0) options.note(`${round} of ${options.trials} rounds, ${sent} messages`)
      }
      yield {
        id: 'S21',
        fault: 'F13',
        trials: sent,
        ...wrongs(wrong),
        note: 'messages of the company: doubled, stale, or with another content under a used id',
      }
      yield* rush.judge('F13 F1', sent)
    } finally {
      await shop.close()
    }
  },
}
