import { killpoint } from '#kit/core/killpoint.ts'
import type { Deps } from '../deps.ts'
import type { GatewayFact, Payment } from '../payment.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { holdsMoney, isSettled, refundable, settle } from '../payment.ts'
import { findPayment } from '../store.ts'
import { heldAgainst } from '../gateways/differs.ts'
import type { GatewayStatus } from '../gateways/gateway.ts'
import type { Asked } from '../gateways/registry.ts'
import { refundPayment } from './refund-payment.ts'

/** Somebody else may settle the same payment at the same moment; each try starts from what is there by then. */
const TRIES = 3

/**
 * The one way by which anything a gateway says reaches a payment: the client's answer, a webhook, a status asked for later.
 * Of two that come at once one changes the row, the other finds nothing new. Money nobody wants (the order was undone, or
 * another attempt had brought it) is given back at once, and by reconciliation if that fails. Returns the payment as it is now.
 */
export async function settlePayment(
  deps: Deps,
  payment: Payment,
  fact: GatewayFact,
  { at, late = false }: { at?: Date | undefined; late?: boolean } = {},
): Promise<Payment> {
  let current = payment
  for (let tried = 0; tried < TRIES; tried += 1) {
    const settlement = settle(current, fact, at)
    if (!settlement) return current
    const result = await deps.store.settle(current, settlement, { at, late }).catch((error: unknown) => {
      if (!isUniqueViolation(error, 'payments_one_success_per_order')) throw error
      deps.log.warn(
        { paymentId: payment.id, orderId: payment.orderId },
        'a second payment of an order succeeded and is given back',
      )
      return deps.store.settle(current, settlement, { at, superseded: true })
    })
    killpoint('payment.after-settle')
    current = result.payment
    if (result.changed) break
  }
  return current.undoAt !== null && holdsMoney(current) ? giveBack(deps, current) : current
}

/** Asks the gateway to let go of what it holds, or to stop a payment that is still open. */
export function askToVoid(deps: Deps, payment: Payment): Promise<Asked<GatewayStatus>> {
  const { gatewayKey: paymentKey, reference, currency } = payment
  const amount = payment.state === 'authorized' ? payment.authorized : payment.amount
  return deps.gateways.ask(
    payment.gateway,
    (gateway, signal) => gateway.void({ key: `${paymentKey}:void`, paymentKey, reference, amount, currency }, signal),
    heldAgainst(payment),
  )
}

/**
 * Lets go of, or returns, the money of a payment that is marked to be undone, as far as it gets now. Safe to repeat:
 * the gateway knows the keys. Returns the payment as it is afterwards.
 */
export async function giveBack(deps: Deps, payment: Payment): Promise<Payment> {
  if (payment.state === 'authorized' || !isSettled(payment.state)) {
    const asked = await askToVoid(deps, payment)
    killpoint('payment.after-void')
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
