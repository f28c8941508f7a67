import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { type Answer, client, expectStatus, signIn } from '../e2e/client.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import type { ChaosShop } from './chaos-shop.ts'
import type { Random } from './random.ts'

const LANES = 6
const [PASSWORD, EMAIL, VICTIM, LEAVER] = [
  'amber-heron-walks-57',
  'stranger@example.com',
  'victim@example.com',
  'leaver@example.com',
]
/** Wrong passwords that may be looked at for one account from one place, and the first wait behind them; each further one is twice as long (services/auth/throttle.ts). */
const [GUESSES, BLOCK_MS] = [8, 60_000]
/** Codes of gift cards that one client may have looked at in a minute (services/orders/routes/gift-cards.ts). */
const CODES = 10
/** More than all processes together may let through for one client, so that one moment without a count shows. */
const CODES_AT_ONCE = 60
/** The end of a session is known everywhere after 5 s at the latest (services/auth/README.md); the rest is for a busy machine. */
const ENDED_IS_KNOWN_MS = 8_000
/** Turned away so often in a row, over connections of their own: by every worker. */
const SURELY = 6

/** Something nobody may do. `let in` is what an answer looks like when it went wrong. */
interface Attempt {
  readonly what: string
  ask(): Promise<Answer>
  readonly letIn: (answer: Answer) => boolean
}
/** An order may be taken down and be refused a little later, when stock can be asked again. */
const sold = ({ body }: Answer) => body?.status === 'CONFIRMED'
const succeeded = ({ status }: Answer) => status >= 200 && status < 300

export interface Intruders {
  readonly counts: Readonly<Record<string, number>>
  /** milliseconds for which sessions were still good after they had ended */
  readonly outlived: readonly number[]
  /** Sends them away; answers what somebody got who may not have it, and what was refused to those who may. */
  leave(): Promise<string[]>
}

export interface IntrudersOptions {
  readonly secret: string
  readonly random: Random
  /** processes that count clients by the address they name (TRUST_PROXY); 0: the shop does not count them */
  readonly counting?: number
}

/** Six at a time who try what they may not: one guesses passwords, with `counting` one guesses codes and one goes on using sessions that have ended. */
export async function sendIntruders(shop: ChaosShop, { secret, random, counting = 0 }: IntrudersOptions): Promise<Intruders> {
  const { attempts, guess, stillWell } = await prepare(shop, secret)
  const begun = performance.now()
  const letIn: string[] = []
  const outlived: number[] = []
  const counts: Record<string, number> = {
    attempts: 0,
    refused: 0,
    'found the shop unable to answer': 0,
    'passwords looked at': 0,
    ...(counting > 0 ? { 'codes looked at': 0, 'sessions ended': 0 } : {}),
  }
  const count = (what: string, by = 1) => {
    counts[what] = (counts[what] ?? 0) + by
  }
  let working = true
  const noteOne = (what: string, answer: Answer) => letIn.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`)
  const tryOne = async (attempt: Attempt): Promise<Answer | undefined> => {
    const answer = await attempt.ask().catch(() => undefined)
    count('attempts')
    if (answer === undefined || answer.status >= 500) count('found the shop unable to answer')
    else if (attempt.letIn(answer)) noteOne(attempt.what, answer)
    else count('refused')
    if (answer === undefined || answer.status === 429) await delay(50)
    return answer
  }
  const lane = async (number: number) => {
    while (working) {
      const attempt = number === 0 ? guess : random.pick(attempts)
      const answer = await tryOne(attempt)
      if (attempt === guess && answer?.status === 401) count('passwords looked at')
    }
  }
  const anywhere = client(shop.url, { connection: 'close' })
  const code = (from: string): Attempt => ({
    what: 'somebody guesses the code of a gift card',
    ask: () => anywhere.post('/api/gift-cards/balance', { code: 'NOT-A-CARD' }, { 'x-forwarded-for': from }),
    letIn: succeeded,
  })
  const guessCodes = async () => {
    // a new client each time: one that was refused a moment ago is refused from memory, whether Redis is there or not
    for (let number = 0; working; number += 1) {
      const attempt = code(`198.18.${(number >> 8) & 255}.${number & 255}`)
      const answers = await Promise.all(Array.from({ length: CODES_AT_ONCE }, () => tryOne(attempt)))
      // also those that were let through and found the database busy
      const looked = answers.filter((answer) => answer !== undefined && answer.status !== 429).length
      count('codes looked at', looked)
      // once by all together, once by each for itself, and once more where the count was lost in the middle
      const most = CODES * (counting + 2)
      if (looked > most) letIn.push(`${looked} codes of gift cards were looked at for one client, ${most} may be`)
      await delay(200)
    }
  }
  const outlive = async () => {
    while (working) {
      const leaver = await signIn(shop.url, LEAVER, PASSWORD).catch(() => undefined)
      const ended = await leaver?.post('/api/auth/logout').catch(() => undefined)
      if (!leaver || !ended || !succeeded(ended)) continue
      count('sessions ended')
      outlived.push(await useOn(leaver.with({ connection: 'close' })))
    }
  }
  /** How long it was still good, in milliseconds. */
  const useOn = async (who: ReturnType<typeof client>): Promise<number> => {
    const end = performance.now()
    let lastUse = 0
    const use: Attempt = {
      what: 'somebody uses a session that was ended meanwhile',
      ask: () => who.get('/api/auth/sessions'),
      letIn: (answer) => succeeded(answer) && performance.now() - end > ENDED_IS_KNOWN_MS,
    }
    for (let refusals = 0; refusals < SURELY && working; ) {
      const answer = await tryOne(use)
      refusals = answer?.status === 401 ? refusals + 1 : 0
      if (answer && succeeded(answer)) lastUse = performance.now() - end
    }
    return Math.round(lastUse)
  }
  const lanes = Array.from({ length: LANES }, (_, number) => lane(number))
  if (counting > 0) lanes.push(guessCodes(), outlive())
  return {
    counts,
    outlived,
    async leave() {
      working = false
      await Promise.all(lanes)
      await shop.healthy()
      const waits = Math.floor(Math.log2((performance.now() - begun) / BLOCK_MS + 1))
      const mayBe = GUESSES * (1 + waits)
      const looked = counts['passwords looked at']!
      if (looked > mayBe) letIn.push(`${looked} wrong passwords were looked at, ${mayBe} may be`)
      letIn.push(...(await stillWell()))
      const { code: ended } = await shop.shop.command('invariants')
      if (ended !== 0) letIn.push(`souk invariants ended with ${ended}`)
      return letIn
    },
  }
}

async function prepare(shop: ChaosShop, secret: string) {
  const anybody = client(shop.url)
  await sell(await shop.staff(), 'door', { units: 3 })
  for (const email of [EMAIL, VICTIM, LEAVER])
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
