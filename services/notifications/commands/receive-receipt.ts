import Type, { type Static } from 'typebox'
import { Check } from 'typebox/value'
import { Uuid } from '#contracts/values.ts'
import type { Tx } from '#kit/db/db.ts'
import { verifyWebhook } from '#kit/http/webhook-signature.ts'
import { closed } from '#kit/messaging/event.ts'
import { addressHash, suppress } from '../addresses.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'

export const Receipt = closed({
  messageId: Uuid,
  outcome: Type.Union([Type.Literal('delivered'), Type.Literal('bounced'), Type.Literal('complained')]),
  /** of a bounce: the address does not exist, instead of being full for a while */
  permanent: Type.Optional(Type.Boolean()),
})
type Receipt = Static<typeof Receipt>

/**
 * What the provider says of a message later. An address that does not exist gets nothing any more; whoever complains gets no
 * advertising any more. The same receipt again, and "delivered" after worse, change nothing. Receipts of unknown messages are taken and forgotten.
 */
export async function receiveReceipt(
  deps: Deps,
  tx: Tx,
  headers: Readonly<Record<string, string | undefined>>,
  body: Buffer,
): Promise<void> {
  const id = verifyWebhook([deps.receiptsSecret], headers, body, new Date())
  if (id === undefined) throw errors.badSignature()
  const receipt = parse(body)
  const [message] = await tx<{ address: string | null }[]>`
    update messages m set receipt = ${receipt.outcome}, receipt_at = now()
     where m.id = ${receipt.messageId} and m.state = 'sent' and (m.receipt is null or m.receipt = 'delivered')
    returning m.address`
  if (!message?.address) return
  const hash = addressHash(deps.addressKey, message.address)
  if (receipt.outcome === 'bounced' && receipt.permanent !== false) await suppress(tx, hash, 'all', 'bounced')
  if (receipt.outcome === 'complained') await suppress(tx, hash, 'marketing', 'complained')
}

function parse(body: Buffer): Receipt {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    throw errors.badReceipt()
  }
  if (!Check(Receipt, value) || !/^[0-9a-f-]{36}$/i.test(value.messageId)) throw errors.badReceipt()
  return value
}
