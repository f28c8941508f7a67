import { killpoint } from '#kit/core/killpoint.ts'
import type { PaymentOutcome } from '#contracts/rpc/payments.ts'
import type { Deps } from '../deps.ts'
import type { Payment } from '../payment.ts'
import { errors } from '../errors.ts'
import { whatDiffers } from '../gateways/differs.ts'
import type { GatewayStatus } from '../gateways/gateway.ts'
import { outcomeOf } from '../queries/payment-outcome.ts'
import { decisivePayment, paymentColumns, paymentsOfOrder } from '../store.ts'
import { settlePayment } from './settle-payment.ts'

/**
 * Takes money that was set aside: all of it, or `amount` (the rest is let go). The wish is noted before the gateway is asked, so
 * that reconciliation can finish it. Money taken before: answers `captured`. Throws errors.nothingToCapture, .amountTooHigh,
 * .wrongCurrency.
 */
export async function capturePayment(
  deps: Deps,
  input: { orderId: string; amount?: { amount: number; currency: string } | undefined },
): Promise<PaymentOutcome> {
  const { sql } = deps.db
  const amount = input.amount ? BigInt(input.amount.amount) : null
  const [wanted] = await sql<Payment[]>`
    update payments p
       set capturing = coalesce(p.capturing, ${amount}::bigint, p.authorized), version = p.version + 1, updated_at = now()
     where p.order_id = ${input.orderId} and p.state = 'authorized' and p.undo_at is null
       and coalesce(${amount}::bigint, p.authorized) between 1 and p.authorized
       and p.currency = coalesce(${input.amount?.currency ?? null}::text, p.currency)
    returning ${paymentColumns(sql)}`
  if (wanted) return outcomeOf(await finishCapture(deps, wanted))
  const payment = decisivePayment(await paymentsOfOrder(sql, input.orderId))
  if (!payment || payment.undoAt) throw errors.nothingToCapture()
  // also where it was taken before: "captured" would say that this money was
  if (input.amount && input.amount.currency !== payment.currency) throw errors.wrongCurrency()
  if (payment.state === 'authorized') throw errors.amountTooHigh()
  if (payment.captured > 0n) return outcomeOf(payment)
  throw errors.nothingToCapture({ state: payment.state })
}

/** Asks the gateway for a capture that was noted. Silence leaves it noted. */
export async function finishCapture(deps: Deps, payment: Payment): Promise<Payment> {
  const amount = payment.capturing ?? payment.authorized
  const { gatewayKey: paymentKey, reference, currency } = payment
  const asked = await deps.gateways.ask(
    payment.gateway,
    (gateway, signal) => gateway.capture({ key: `${paymentKey}:capture`, paymentKey, reference, amount, currency }, signal),
    { paymentId: payment.id, differs: (answer) => whatDiffers(payment, asAsked(answer, amount)) },
  )
  killpoint('payment.after-capture')
  if (!('answer' in asked) || asked.answer.kind === 'unknown') return payment
  return settlePayment(deps, payment, asAsked(asked.answer, amount))
}

/** "Captured", said to a call with our key, is about the amount of that call. */
function asAsked<T extends GatewayStatus>(said: T, amount: bigint): T {
  return said.kind === 'captured' ? { ...said, amount: said.amount ?? amount } : said
}
