import { isLate, maySettle, type Payment } from '../payment.ts'
import type { GatewayStatus, RefundAnswer } from './gateway.ts'

/*
 * An answer of the right form may still be about something else: another payment, another sum, another currency. What a company says
 * is held against what it was asked; where the two differ nothing is believed, and it is asked again later.
 */

/** What of an answer about a payment is not what was asked, in a word; undefined when it fits. Pure. */
export function whatDiffers(payment: Payment, said: GatewayStatus): string | undefined {
  if ('reference' in said && said.reference !== undefined && payment.reference !== null && said.reference !== payment.reference)
    return 'reference'
  if ('currency' in said && said.currency !== undefined && said.currency !== payment.currency) return 'currency'
  // what changes nothing need not fit: the news of yesterday may come again
  if (said.kind === 'unknown' || !maySettle(payment.state, said.kind)) return undefined
  if (said.kind === 'captured') return captureFits(payment, said.amount ?? payment.amount) ? undefined : 'amount'
  if (said.kind === 'authorized' && (said.amount ?? payment.amount) !== payment.amount) return 'amount'
  // a part of what was set aside is let go: the rest is still held
  if (said.kind === 'voided' && payment.state === 'authorized' && (said.amount ?? payment.authorized) !== payment.authorized)
    return 'amount'
  return undefined
}

/**
 * Exactly the part that was asked for, or all of it. Two cases leave the sum open: money that nobody wants any more goes back
 * whatever it is, and staff may take a part of authorised money at the company, without us.
 */
function captureFits(payment: Payment, taken: bigint): boolean {
  if (payment.capturing !== null && payment.state === 'authorized' && payment.undoAt === null) return taken === payment.capturing
  const open = payment.state === 'authorized' || payment.undoAt !== null || isLate(payment.state, 'captured')
  if (open) return taken <= payment.amount && (taken > 0n || payment.amount === 0n)
  return taken === payment.amount
}

/** The same for a refund of `amount` in the payment's currency. */
export function whatDiffersInRefund(asked: { amount: bigint; currency: string }, said: RefundAnswer): string | undefined {
  if (said.kind !== 'refunded') return undefined
  if (said.currency !== undefined && said.currency !== asked.currency) return 'currency'
  return said.amount !== undefined && said.amount !== asked.amount ? 'amount' : undefined
}
