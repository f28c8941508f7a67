import type { Deps } from '../deps.ts'
import type { GatewayFact, Payment } from '../payment.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { holdsMoney, settle } from '../payment.ts'
import { giveBack } from './give-back.ts'

/** Somebody else may settle the same payment at the same moment; each try starts from what is there by then. */
const TRIES = 3

/**
 * The one way by which anything a gateway says reaches a payment: the client's answer, a webhook, a status asked for later.
 * Of two that come at once one changes the row, the other finds nothing new. Money nobody wants (the order was undone, or
 * another attempt had brought it) is given back at once, and by reconciliation if that fails. Returns the payment as it is now.
 */
export async function settlePayment(deps: Deps, payment: Payment, fact: GatewayFact, at?: Date): Promise<Payment> {
  let current = payment
  for (let tried = 0; tried < TRIES; tried += 1) {
    const settlement = settle(current, fact, at)
    if (!settlement) return current
    const result = await deps.store.settle(current, settlement, { at }).catch((error: unknown) => {
      if (!isUniqueViolation(error, 'payments_one_success_per_order')) throw error
      deps.log.warn(
        { paymentId: payment.id, orderId: payment.orderId },
        'a second payment of an order succeeded and is given back',
      )
      return deps.store.settle(current, settlement, { at, superseded: true })
    })
    current = result.payment
    if (result.changed) break
  }
  return current.undoAt !== null && holdsMoney(current) ? giveBack(deps, current) : current
}
