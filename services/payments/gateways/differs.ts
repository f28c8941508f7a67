import { isLate, mayFollow, type Payment } from '../payment.ts'
import type { GatewayStatus, RefundAnswer } from './gateway.ts'
import type { About } from './registry.ts'

/*
 * An answer of the right form may still be about something else: another sum, another currency. What a company says is held against
 * what it was asked; where the two differ nothing is believed, and it is asked again later. References are not compared: every call
 * carries our key, and a company may call each of its steps by another name.
 */

/** What of an answer about a payment is not what was asked, in a word; undefined when it fits. Pure. */
export function whatDiffers(payment: Payment, said: GatewayStatus): 'amount' | 'currency' | undefined {
  if ('currency' in said && said.currency !== undefined && said.currency !== payment.currency) return 'currency'
  // what changes nothing need not fit: the news of yesterday may come again
  if (said.kind === 'unknown' || !mayFollow(payment.state, said.kind)) return undefined
  return sumFits(payment, said) ? undefined : 'amount'
}

/** What an answer about a payment is held against: the payment as it is now. */
export function heldAgainst(payment: Payment): About<GatewayStatus> {
  return { paymentId: payment.id, differs: (answer) => whatDiffers(payment, answer) }
}

function sumFits(payment: Payment, said: Exclude<GatewayStatus, { kind: 'unknown' }>): boolean {
  switch (said.kind) {
    case 'authorized':
      return isWhole(payment, said.amount) || (isUnwanted(payment, said.kind) && isPart(payment, said.amount))
    case 'captured':
      return captureFits(payment, said.amount ?? payment.amount)
    case 'voided':
      // a part of what was set aside is let go: the rest is still held
      if (payment.state === 'authorized')
        // a company may also name what it was first asked for: nothing of that is held any more
        return (
          (said.amount ?? payment.authorized) === payment.authorized || (payment.undoAt !== null && isWhole(payment, said.amount))
        )
      return (
        isWhole(payment, said.amount) || said.amount === 0n || (isUnwanted(payment, said.kind) && isPart(payment, said.amount))
      )
    default:
      return true
  }
}

/**
 * Exactly the part that was asked for, or all of it. Two cases leave the sum open: money that nobody wants any more goes back
 * whatever it is, and staff may take a part of authorised money at the company, without us.
 */
function captureFits(payment: Payment, taken: bigint): boolean {
  if (payment.capturing !== null && payment.state === 'authorized' && payment.undoAt === null) return taken === payment.capturing
  const open = payment.state === 'authorized' || isUnwanted(payment, 'captured')
  return isWhole(payment, taken) || (open && isPart(payment, taken))
}

/** Nobody wants this money any more: however much of it there is, it goes back. */
function isUnwanted(payment: Payment, to: 'authorized' | 'captured' | 'voided'): boolean {
  return payment.undoAt !== null || isLate(payment.state, to)
}

function isWhole(payment: Payment, sum: bigint | undefined): boolean {
  return sum === undefined || sum === payment.amount
}

function isPart(payment: Payment, sum: bigint | undefined): boolean {
  return sum !== undefined && sum > 0n && sum < payment.amount
}

/** The same for a refund of `amount` in the payment's currency. */
export function whatDiffersInRefund(
  asked: { amount: bigint; currency: string },
  said: RefundAnswer,
): 'amount' | 'currency' | undefined {
  if (said.kind !== 'refunded') return undefined
  if (said.currency !== undefined && said.currency !== asked.currency) return 'currency'
  return said.amount !== undefined && said.amount !== asked.amount ? 'amount' : undefined
}
