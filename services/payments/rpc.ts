import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import { implement } from '#kit/rpc/rpc.ts'
import { authorizePayment } from './commands/authorize-payment.ts'
import { capturePayment } from './commands/capture-payment.ts'
import { refundPayment } from './commands/refund-payment.ts'
import { undoPayments } from './commands/undo-payments.ts'
import type { Deps } from './deps.ts'
import { outcomeOf } from './queries/payment-outcome.ts'
import { decisivePayment, paymentsOfOrder } from './store.ts'

/** What other services may ask of payments. */
export function paymentsImplementation(deps: Deps) {
  return implement(paymentsRpc, {
    authorize: (input, { late }) => authorizePayment(deps, { ...input, late }),
    capture: (input) => capturePayment(deps, input),
    undo: async (input) => ({ outcome: await undoPayments(deps, input) }),
    async refund(input, call) {
      const { outcome, refundable } = await refundPayment(deps, {
        orderId: input.orderId,
        refundId: input.refundId,
        amount: BigInt(input.amount.amount),
        currency: input.amount.currency,
        reason: input.reason,
        requestedBy: call.principal.id,
        at: input.at === undefined ? undefined : new Date(input.at),
      })
      return { outcome, refundable: { amount: toJsonAmount(refundable), currency: input.amount.currency } }
    },
    async status({ orderId }) {
      const payment = decisivePayment(await paymentsOfOrder(deps.db.sql, orderId))
      return payment ? outcomeOf(payment) : { outcome: 'none' as const }
    },
  })
}
