import type { PaymentOutcome } from '#contracts/rpc/payments.ts'
import type { Payment } from '../payment.ts'

/** What a payment means to the one who asked for the money. Money that was let go, or goes back, is as good as refused. */
export function outcomeOf(payment: Payment): PaymentOutcome {
  const known = { paymentId: payment.id, method: payment.method }
  if (payment.undoAt) return { outcome: 'declined', ...known, reason: payment.undoReason ?? 'undone' }
  switch (payment.state) {
    case 'created':
    case 'pending':
      return { outcome: 'pending', ...known }
    case 'challenge':
      return { outcome: 'challenge', ...known, url: payment.challengeUrl ?? '' }
    case 'authorized':
      return { outcome: 'authorized', ...known }
    case 'captured':
    case 'partially-refunded':
    case 'chargeback':
      return { outcome: 'captured', ...known }
    case 'refunded':
      return { outcome: 'declined', ...known, reason: 'refunded' }
    case 'declined':
    case 'failed':
    case 'voided':
      return { outcome: 'declined', ...known, reason: payment.reason ?? payment.state }
  }
}
