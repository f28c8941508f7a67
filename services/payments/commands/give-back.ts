import type { Deps } from '../deps.ts'
import type { Payment } from '../payment.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { findPayment } from '../store.ts'
import { isSettled, refundable } from '../payment.ts'
import { refundPayment } from './refund-payment.ts'
import { settlePayment } from './settle-payment.ts'

/**
 * Lets go of, or returns, the money of a payment that is marked to be undone, as far as it gets now. Safe to repeat:
 * the gateway knows the keys. Returns the payment as it is afterwards.
 */
export async function giveBack(deps: Deps, payment: Payment): Promise<Payment> {
  if (payment.state === 'authorized' || !isSettled(payment.state)) {
    const asked = await deps.gateways.ask(payment.gateway, (gateway, signal) =>
      gateway.void(
        {
          key: `${payment.gatewayKey}:void`,
          paymentKey: payment.gatewayKey,
          reference: payment.reference,
          amount: payment.amount,
          currency: payment.currency,
        },
        signal,
      ),
    )
    if (!('answer' in asked)) return payment
    if (asked.answer.kind === 'unknown') {
      // an offline promise, or a request that may still be on its way: reconciliation decides when it is old enough
      return payment
    }
    return settlePayment(deps, payment, asked.answer)
  }
  const amount = refundable(payment)
  if (amount <= 0n) return payment
  await refundPayment(deps, {
    orderId: payment.orderId,
    paymentId: payment.id,
    // the same payment is undone by the same refund, however often we try
    refundId: uuidFrom(`undo:${payment.id}`),
    amount,
    currency: payment.currency,
    reason: payment.undoReason ?? 'undone',
    requestedBy: 'payments',
  })
  return (await findPayment(deps.db.sql, payment.id)) ?? payment
}
