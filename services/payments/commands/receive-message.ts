import { killpoint } from '#kit/core/killpoint.ts'
import { createHash } from 'node:crypto'
import { maskCardNumbers } from '#kit/http/card-number.ts'
import type { Deps } from '../deps.ts'
import { whatDiffers } from '../gateways/differs.ts'
import type { GatewayMessage, MessageFact } from '../gateways/gateway.ts'
import type { Payment } from '../payment.ts'
import { errors } from '../errors.ts'
import { findByKey } from '../store.ts'
import { closeChargeback, openChargeback } from './chargeback.ts'
import { settlePayment } from './settle-payment.ts'

export type MessageState = 'received' | 'applied' | 'ignored' | 'parked'

interface StoredMessage {
  bodyHash: Buffer
  state: MessageState | 'discarded'
}

/**
 * A webhook of a gateway. Genuine messages are noted by their id before they have an effect: the same one again changes
 * nothing, another one under the same id is refused. A message about a payment we do not know is parked and tried again.
 * Throws errors.unknownGateway, .badSignature, .badMessage, .messageDiffers.
 */
export async function receiveMessage(
  deps: Deps,
  input: { gateway: string; headers: Readonly<Record<string, string | undefined>>; body: Buffer },
): Promise<{ state: MessageState }> {
  const { sql } = deps.db
  const gateway = deps.gateways.get(input.gateway)
  const id = gateway.verify(input.headers, input.body, new Date())
  if (id === undefined) throw errors.badSignature()
  const told = gateway.parse(id, input.body)
  const text = input.body.toString('utf8')
  // The body is signed, so it is not refused for what else stands in it; what it is about stays as it was.
  const kept = maskCardNumbers(text, [told.key ?? '', told.reference])
  const message = kept === text ? told : gateway.parse(id, Buffer.from(kept))
  const hash = createHash('sha256').update(input.body).digest()
  const [stored] = await sql<StoredMessage[]>`
    insert into webhook_events as w (gateway, event_id, body_hash, body, state)
    values (${gateway.name}, ${id}, ${hash}, ${kept}, 'received')
    on conflict (gateway, event_id) do update set attempts = w.attempts + 1
    returning body_hash as "bodyHash", state`
  if (!stored?.bodyHash.equals(hash)) throw errors.messageDiffers({ id })
  killpoint('webhook.after-note')
  if (stored.state === 'applied' || stored.state === 'ignored') return { state: stored.state }
  // Staff gave it up: sent again, it still has no effect.
  if (stored.state === 'discarded') return { state: 'ignored' }
  return { state: await applyMessage(deps, gateway.name, message) }
}

/** Applies a noted message and notes what came of it. Safe to repeat. */
export async function applyMessage(deps: Deps, gateway: string, message: GatewayMessage): Promise<MessageState> {
  const { state, note } = await effectOf(deps, gateway, message)
  killpoint('webhook.after-effect')
  await deps.db.sql`
    update webhook_events set state = ${state}, note = ${note}, updated_at = now(),
           body = case when ${state} in ('applied', 'ignored') then null else body end
     where gateway = ${gateway} and event_id = ${message.id} and state in ('received', 'parked')`
  return state
}

async function effectOf(
  deps: Deps,
  gateway: string,
  message: GatewayMessage,
): Promise<{ state: MessageState; note: string | null }> {
  const { fact } = message
  if (fact.kind === 'other') return { state: 'ignored', note: null }
  const payment = await findByKey(deps.db.sql, gateway, message.key, message.reference)
  if (!payment) return { state: 'parked', note: 'unknown-payment' }
  const said = withItsMoney(fact, message)
  const differs = otherThanAsked(payment, message) ?? ('chargeback' in said ? undefined : whatDiffers(payment, said))
  if (differs !== undefined) {
    deps.log.warn(
      {
        paymentId: payment.id,
        messageId: message.id,
        differs,
        said: `${message.amount} ${message.currency}`,
        asked: `${payment.amount} ${payment.currency}`,
      },
      'a message of a gateway is about other money than was asked for',
    )
    return { state: 'parked', note: `${differs}-differs` }
  }
  if ('chargeback' in said) {
    const done =
      said.kind === 'chargeback-opened' ? await openChargeback(deps, payment, said) : await closeChargeback(deps, payment, said)
    return done ? { state: 'applied', note: null } : { state: 'parked', note: `${said.kind}-does-not-fit` }
  }
  const after = await settlePayment(deps, payment, said)
  // the client's answer, or another message, was here before this one
  return { state: 'applied', note: after.version === payment.version ? 'nothing-new' : null }
}

/** More than the payment, or other money, is no message about it, whatever it says. */
function otherThanAsked(payment: Payment, { amount, currency }: GatewayMessage): 'amount' | 'currency' | undefined {
  if (currency !== payment.currency) return 'currency'
  return amount > payment.amount ? 'amount' : undefined
}

/** What a message tells us. */
type Said = Exclude<MessageFact, { kind: 'other' }>

/** A message always names its money: what it tells is about that, and not about all of the payment. */
function withItsMoney(fact: Said, { amount, currency }: GatewayMessage): Said {
  if (fact.kind !== 'authorized' && fact.kind !== 'captured' && fact.kind !== 'voided') return fact
  return { ...fact, amount: fact.amount ?? amount, currency: fact.currency ?? currency }
}
