import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { type Answer, client, expectStatus, signIn } from '../../e2e/client.ts'
import { address, sell } from '../../e2e/stock-the-shop.ts'
import { type ChaosShop, openChaosShop } from '../chaos-shop.ts'
import { openExternalDatabase } from '../external-database.ts'
import type { Scenario } from '../scenario.ts'
import { openTcpProxy } from '../tcp-proxy.ts'
import { someTrouble } from './network.ts'

const LANES = 6
const [PASSWORD, EMAIL, VICTIM] = ['amber-heron-walks-57', 'stranger@example.com', 'victim@example.com']
/** Wrong passwords that may be looked at for one account from one place, and the wait behind them (services/auth/throttle.ts). */
const [GUESSES, BLOCK_MS] = [8, 60_000]

/** Something nobody may do. `let in` is what an answer looks like when it went wrong. */
interface Attempt {
  readonly what: string
  ask(): Promise<Answer>
  readonly letIn: (answer: Answer) => boolean
}
/** An order may be taken down and be refused a little later, when stock can be asked again. */
const sold = ({ body }: Answer) => body?.status === 'CONFIRMED'
const succeeded = ({ status }: Answer) => status >= 200 && status < 300

/**
 * I28: whoever may not do something may not do it either while the place where rights, sessions, stock and counted attempts are kept cannot be
 * reached, answers slowly, or loses answers. Every guard that asks something must refuse when it gets no answer.
 */
export const scenario: Scenario = {
  summary: 'people without a right try to get in while the line to the database is slow, cut or dead; trials = faults',
  trials: 60,
  shortTrials: 4,
  async *run({ trials, random, note }) {
    const secret = randomBytes(24).toString('hex')
    const database = await openExternalDatabase()
    const proxy = await openTcpProxy(database)
    const shop = await openChaosShop({
      environment: { ...database.environment(proxy.port), PAYMENTS_SIMULATED_WEBHOOK_SECRET: secret },
      adminUrl: database.adminUrl,
    })
    try {
      const { attempts, guess, stillWell } = await prepare(shop, secret)
      const begun = performance.now()
      const letIn: string[] = []
      const counts = { attempts: 0, refused: 0, 'found the shop unable to answer': 0, 'passwords looked at': 0 }
      let working = true
      const noteOne = (what: string, answer: Answer) => letIn.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`)
      const lane = async (number: number) => {
        while (working) {
          const attempt = number === 0 ? guess : random.pick(attempts)
          const answer = await attempt.ask().catch(() => undefined)
          counts.attempts += 1
          if (answer === undefined || answer.status >= 500) counts['found the shop unable to answer'] += 1
          else if (attempt.letIn(answer)) noteOne(attempt.what, answer)
          else counts.refused += 1
          if (attempt === guess && answer?.status === 401) counts['passwords looked at'] += 1
          if (answer === undefined || answer.status === 429) await delay(50)
        }
      }
      const lanes = Array.from({ length: LANES }, (_, number) => lane(number))
      for (let number = 1; number <= trials; number += 1) {
        const trouble = someTrouble(random)
        const milliseconds = random.between(500, 3000)
        if (number % 10 === 1) note(`trouble ${number} of ${trials}: ${JSON.stringify(trouble)} for ${milliseconds} ms`)
        proxy.trouble(trouble)
        await delay(milliseconds)
        proxy.trouble(null)
        await delay(random.between(200, 600))
      }
      working = false
      await Promise.all(lanes)
      await shop.healthy()
      const allowed = GUESSES + Math.ceil((performance.now() - begun) / BLOCK_MS)
      if (counts['passwords looked at'] > allowed)
        letIn.push(`${counts['passwords looked at']} wrong passwords were looked at, ${allowed} may be`)
      letIn.push(...(await stillWell()))
      const { code } = await shop.shop.command('invariants')
      if (code !== 0) letIn.push(`souk invariants ended with ${code}`)
      yield {
        id: 'I28',
        fault: 'F3 F6',
        trials: counts.attempts,
        violations: letIn.length,
        ...(letIn.length > 0 ? { examples: letIn.slice(0, 5) } : {}),
        tally: counts,
        note: 'attempts without a right: others’ orders, staff’s pages, ended sessions, wrong passwords, forged messages, more than there is',
      }
    } finally {
      proxy.trouble(null)
      await shop.close()
      await proxy.close()
      await database.close()
    }
  },
}

async function prepare(shop: ChaosShop, secret: string) {
  const anybody = client(shop.url)
  await sell(await shop.staff(), 'door', { units: 3 })
  for (const email of [EMAIL, VICTIM])
    expectStatus(await anybody.post('/api/users/register', { email, password: PASSWORD, fullName: 'Somebody' }), 200, 201)
  const [stranger, victim] = [await signIn(shop.url, EMAIL, PASSWORD), await signIn(shop.url, VICTIM, PASSWORD)]
  const ended = await signIn(shop.url, VICTIM, PASSWORD)
  const buy = { items: [{ sku: 'door', quantity: 1 }], shippingAddress: address, email: VICTIM, paymentMethodId: 'tok_approve' }
  const order = expectStatus(await victim.post('/api/orders', buy), 201).body
  expectStatus(await ended.post('/api/auth/logout'), 200, 204)
  const message = (key: string) => {
    const id = `evt_${randomBytes(8).toString('hex')}`
    const body = Buffer.from(
      JSON.stringify({ id, type: 'payment.captured', key: 'none', reference: 'none', amount: 1, currency: 'EUR' }),
    )
    const headers = signWebhook([Buffer.from(key)], id, body, new Date())
    return fetch(`${shop.url}/api/payments/webhooks/simulated`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(10_000),
    }).then(
      async (answer): Promise<Answer> => ({
        status: answer.status,
        headers: answer.headers,
        body: undefined,
        text: await answer.text(),
      }),
    )
  }
  const refuse = (what: string, ask: () => Promise<Answer>, letIn = succeeded): Attempt => ({ what, ask, letIn })
  // Each of them is let in when the right person asks: see stillWell.
  const attempts = [
    refuse('a stranger reads an order', () => stranger.get(`/api/orders/${order.id}`)),
    refuse('nobody reads an order', () => anybody.get(`/api/orders/${order.id}`)),
    refuse('a stranger cancels an order', () => stranger.put(`/api/orders/${order.id}/cancel`, { reason: 'mine now' })),
    refuse('a customer looks through all customers', () => stranger.get('/api/users')),
    refuse('a customer fills a shelf', () => stranger.post('/api/inventory/door/receive', { quantity: 1000 })),
    refuse('somebody uses a session that was ended', () => ended.get(`/api/orders/${order.id}`)),
    refuse('somebody forges a message of the payment company', () => message('not the secret')),
    refuse(
      'somebody buys more than there is',
      () => stranger.post('/api/orders', { ...buy, items: [{ sku: 'door', quantity: 5 }] }),
      sold,
    ),
  ]
  const guess = refuse('somebody guesses a password', () =>
    anybody.post('/api/auth/login', { email: VICTIM, password: 'not-hers-at-all-9' }),
  )
  const stillWell = async (): Promise<string[]> => {
    const own = await victim.get(`/api/orders/${order.id}`)
    const staff = await (await shop.staff()).get('/api/users')
    const login = await anybody.post('/api/auth/login', { email: EMAIL, password: PASSWORD })
    const told = await message(secret)
    const wrong = Object.entries({ 'her own order': own, 'customers for staff': staff, 'a login': login, 'a true message': told })
    return wrong
      .filter(([, answer]) => !succeeded(answer))
      .map(([what, { status, text }]) => `${what} was refused: ${status} ${text.slice(0, 200)}`)
  }
  const wrong = await stillWell()
  if (wrong.length > 0) throw new Error(`nothing can be shown: ${wrong.join('; ')}`)
  return { attempts, guess, stillWell }
}
