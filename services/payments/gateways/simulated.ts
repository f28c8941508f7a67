import { setTimeout as delay } from 'node:timers/promises'
import type { Db } from '#kit/db/db.ts'
import type { FollowUp, Gateway, GatewayStatus, MoneyRequest, RefundAnswer } from './gateway.ts'
import type { Behaviour } from './simulated-tokens.ts'
import type { GatewayFact } from '../payment.ts'
import { randomBase32 } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { grouped } from '#kit/db/grouped.ts'
import { statementLane } from '#kit/db/lane.ts'
import { committing } from '#kit/db/late-commit.ts'
import { verifyWebhook } from '#kit/http/webhook-signature.ts'
import { parseSimulatedMessage } from './simulated-messages.ts'
import { behaviourOf, takesMoneyBeforeTimeout } from './simulated-tokens.ts'

/*
 * A payment company for development and tests, behaving like one outside: it remembers in tables of its own (sim_*), keeps to
 * its own idempotency, answers late or never, and sends signed messages afterwards. Tokens say what happens (simulated-tokens.ts).
 */

export interface SimulatedOptions {
  readonly db: Db
  /** how long the company thinks before it answers */
  readonly latencyMs: number
  /** how long an asynchronous decision or a chargeback takes */
  readonly messageDelayMs: number
  readonly publicUrl: string
  /** shared secrets for messages: the current one first */
  readonly webhookSecrets: readonly Buffer[]
}

interface SimRow {
  key: string
  reference: string
  token: string
  amount: bigint
  currency: string
  state: 'challenge' | 'pending' | 'authorized' | 'captured' | 'declined' | 'voided'
  reason: string | null
  captured: bigint
}

const FIRST_STATE: Record<Behaviour, (capture: boolean) => SimRow['state']> = {
  approve: (capture) => (capture ? 'captured' : 'authorized'),
  chargeback: (capture) => (capture ? 'captured' : 'authorized'),
  timeout: (capture) => (capture ? 'captured' : 'authorized'),
  'timeout-after-capture': (capture) => (capture ? 'captured' : 'authorized'),
  challenge: () => 'challenge',
  async: () => 'pending',
  'async-decline': () => 'pending',
  decline: () => 'declined',
  'insufficient-funds': () => 'declined',
  invalid: () => 'declined',
}

const REASON: Partial<Record<Behaviour, string>> = {
  decline: 'card-declined',
  'insufficient-funds': 'insufficient-funds',
  invalid: 'unknown-payment-method',
}

export function createSimulatedGateway(options: SimulatedOptions): Gateway {
  const { sql, lateCommits } = options.db

  const record = grouped(
    { maxSize: 64, maxInFlight: 2, lane: statementLane },
    async (requests: readonly MoneyRequest[]): Promise<SimRow[]> => {
      const rows = requests.map((request) => {
        const behaviour = behaviourOf(request.token)
        const state = FIRST_STATE[behaviour](request.capture)
        const later =
          behaviour === 'async' || behaviour === 'async-decline' ? 'decision' : behaviour === 'chargeback' ? 'chargeback' : null
        return {
          key: request.key,
          reference: `sim_${randomBase32(20)}`,
          token: request.token,
          amount: toJsonAmount(request.amount),
          currency: request.currency,
          capture: request.capture,
          state,
          reason: REASON[behaviour] ?? null,
          authorized: state === 'authorized' || state === 'captured' ? toJsonAmount(request.amount) : 0,
          captured: state === 'captured' ? toJsonAmount(request.amount) : 0,
          later,
          message: `evt_${randomBase32(20)}`,
        }
      })
      const stored = await sql<SimRow[]>`
      with input as (
        select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as i(key text, reference text, token text, amount bigint,
          currency text, capture boolean, state text, reason text, authorized bigint, captured bigint, later text, message text)
      ), made as (
        insert into sim_payments (key, reference, token, amount, currency, capture, state, reason, authorized, captured)
        select i.key, i.reference, i.token, i.amount, i.currency, i.capture, i.state, i.reason, i.authorized, i.captured from input i
        on conflict (key) do nothing
        returning key, reference, token, amount, currency, state, reason, captured
      ), told as (
        insert into sim_webhooks (id, reference, type, due_at)
        select i.message, m.reference, i.later, now() + ${options.messageDelayMs} * interval '1 millisecond'
          from made m join input i on i.key = m.key and i.reference = m.reference where i.later is not null
      )
      select made.* from ${committing(sql, lateCommits)} as durability, made
      union all
      select s.key, s.reference, s.token, s.amount, s.currency, s.state, s.reason, s.captured from sim_payments s join input i using (key)`
      const byKey = new Map(stored.map((row) => [row.key, row]))
      return Promise.all(requests.map(async (request) => byKey.get(request.key) ?? (await find(request.key))!))
    },
  )

  const find = async (key: string): Promise<SimRow | undefined> => {
    const [row] = await sql<SimRow[]>`
      select s.key, s.reference, s.token, s.amount, s.currency, s.state, s.reason, s.captured from sim_payments s where s.key = ${key}`
    return row
  }

  const factOf = (row: SimRow): GatewayFact => {
    const { reference, amount, currency } = row
    switch (row.state) {
      case 'challenge':
        return { kind: 'challenge', reference, url: `${options.publicUrl}/api/payments/simulated/challenges/${reference}` }
      case 'declined':
        return { kind: 'declined', reference, reason: row.reason ?? 'card-declined' }
      case 'captured':
        return { kind: 'captured', reference, amount: row.captured, currency }
      case 'pending':
        return { kind: 'pending', reference }
      default:
        return { kind: row.state, reference, amount, currency }
    }
  }

  const think = (signal: AbortSignal) => (options.latencyMs > 0 ? delay(options.latencyMs, undefined, { signal }) : undefined)

  const change = async (request: FollowUp, apply: () => Promise<unknown>, signal: AbortSignal): Promise<GatewayStatus> => {
    await think(signal)
    await apply()
    const row = await find(request.paymentKey)
    return row ? factOf(row) : { kind: 'unknown' }
  }

  return {
    name: 'simulated',
    methods: ['card', 'upi', 'net-banking', 'wallet'],
    inside: true,
    async authorize(request, signal) {
      await think(signal)
      const behaviour = behaviourOf(request.token)
      if (behaviour === 'timeout' && !takesMoneyBeforeTimeout(request.key)) return silence(signal)
      const row = await record(request)
      if (behaviour === 'timeout' || behaviour === 'timeout-after-capture') return silence(signal)
      return factOf(row)
    },
    capture: (request, signal) =>
      change(
        request,
        () => sql`
          update sim_payments set state = 'captured', captured = ${request.amount}
           where key = ${request.paymentKey} and state = 'authorized' and ${request.amount} <= authorized`,
        signal,
      ),
    void: (request, signal) =>
      change(
        request,
        () => sql`
          update sim_payments set state = 'voided' where key = ${request.paymentKey} and state in ('authorized', 'challenge', 'pending')`,
        signal,
      ),
    async refund(request, signal): Promise<RefundAnswer> {
      await think(signal)
      const reference = `simr_${randomBase32(20)}`
      const [done] = await sql<{ reference: string; amount: bigint }[]>`
        with earlier as (
          select r.reference, r.amount from sim_refunds r where r.key = ${request.key}
        ), taken as (
          update sim_payments s set refunded = s.refunded + ${request.amount}
           where s.key = ${request.paymentKey} and s.state = 'captured' and s.refunded + ${request.amount} <= s.captured
             and not exists (select 1 from earlier)
          returning s.reference
        ), made as (
          insert into sim_refunds (key, reference, payment, amount) select ${request.key}, ${reference}, t.reference, ${request.amount} from taken t
          returning reference, amount
        )
        select reference, amount from made union all select reference, amount from earlier`
      return done
        ? { kind: 'refunded', reference: done.reference, amount: done.amount, currency: request.currency }
        : { kind: 'refused', reason: 'more-than-captured' }
    },
    async status(key, signal) {
      await think(signal)
      const row = await find(key)
      return row ? factOf(row) : { kind: 'unknown' }
    },
    verify: (headers, body, now) => verifyWebhook(options.webhookSecrets, headers, body, now),
    parse: parseSimulatedMessage,
  }
}

/** The caller hears nothing until it gives up. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
