import type { Deps } from '../deps.ts'
import type { SimulatedMessage } from '../gateways/simulated-messages.ts'
import { randomBase32 } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { receiveMessage } from '../commands/receive-message.ts'

/*
 * The other half of the simulated gateway: its bank decides what was left open and sends signed messages, as bytes through the
 * same door as a real gateway's. Reads and writes only the gateway's own tables.
 */

interface DueMessage {
  id: string
  reference: string
  type: 'decision' | 'chargeback'
  key: string
  token: string
  amount: bigint
  currency: string
  state: string
  reason: string | null
}

/** Sends the messages that are due; what we do not accept is sent again later. */
export async function simulateBank(deps: Deps, signal: AbortSignal): Promise<void> {
  const { sql } = deps.db
  await sql`
    update sim_payments s
       set state = case when s.token like '%decline' then 'declined' when s.capture then 'captured' else 'authorized' end,
           reason = case when s.token like '%decline' then 'card-declined' end,
           authorized = case when s.token like '%decline' then 0 else s.amount end,
           captured = case when s.token like '%decline' or not s.capture then 0 else s.amount end
      from sim_webhooks w
     where w.reference = s.reference and w.type = 'decision' and w.delivered_at is null and w.due_at <= now() and s.state = 'pending'`
  const due = await sql<DueMessage[]>`
    with w as (
      update sim_webhooks w set attempts = w.attempts + 1, due_at = now() + least(60, power(2, w.attempts)) * interval '1 second'
       where w.id in (select o.id from sim_webhooks o where o.delivered_at is null and o.due_at <= now() and o.attempts < 20
                       order by o.due_at limit 50 for update skip locked)
      returning w.id, w.reference, w.type
    )
    select w.id, w.reference, w.type, s.key, s.token, s.amount, s.currency, s.state, s.reason from w join sim_payments s using (reference)`
  for (const message of due) {
    if (signal.aborted) return
    await deliver(deps, message)
  }
}

/** The shopper answered a 3-D Secure challenge. `undefined`: there is no such challenge (any more). */
export async function answerChallenge(
  deps: Deps,
  reference: string,
  approve: boolean,
): Promise<'approved' | 'declined' | undefined> {
  const { sql } = deps.db
  const id = `evt_${randomBase32(20)}`
  const [message] = await sql<DueMessage[]>`
    with s as (
      update sim_payments s
         set state = case when not ${approve} then 'declined' when s.capture then 'captured' else 'authorized' end,
             reason = case when not ${approve} then 'authentication-failed' end,
             authorized = case when ${approve} then s.amount else 0 end,
             captured = case when ${approve} and s.capture then s.amount else 0 end
       where s.reference = ${reference} and s.state = 'challenge'
      returning *
    ), told as (
      insert into sim_webhooks (id, reference, type, due_at) select ${id}, s.reference, 'decision', now() + interval '5 seconds' from s
    )
    select ${id} as id, s.reference, 'decision' as type, s.key, s.token, s.amount, s.currency, s.state, s.reason from s`
  if (!message) return undefined
  await deliver(deps, message)
  return approve ? 'approved' : 'declined'
}

async function deliver(deps: Deps, due: DueMessage): Promise<void> {
  const message: SimulatedMessage = {
    id: due.id,
    type: typeOf(due),
    key: due.key,
    reference: due.reference,
    amount: toJsonAmount(due.amount),
    currency: due.currency,
    ...(due.type === 'chargeback'
      ? { chargeback: `simc_${due.reference.slice(4)}`, reason: 'fraudulent' }
      : due.reason
        ? { reason: due.reason }
        : {}),
  }
  const body = Buffer.from(JSON.stringify(message))
  const headers = { ...signWebhook(deps.simulatedSecrets.slice(0, 1), due.id, body, new Date()) }
  try {
    await receiveMessage(deps, { gateway: 'simulated', headers, body })
    await deps.db.sql`update sim_webhooks set delivered_at = now() where id = ${due.id}`
  } catch (error) {
    deps.log.warn(
      { messageId: due.id, error: (error as Error).message },
      'a message of the simulated gateway was not accepted; it will be sent again',
    )
  }
}

function typeOf(due: DueMessage): SimulatedMessage['type'] {
  if (due.type === 'chargeback') return 'chargeback.opened'
  switch (due.state) {
    case 'captured':
      return 'payment.captured'
    case 'authorized':
      return 'payment.authorized'
    case 'voided':
      return 'payment.voided'
    default:
      return 'payment.declined'
  }
}
