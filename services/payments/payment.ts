import type { PaymentMethodKind } from '#contracts/events/payments.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import { PaymentAuthorized, PaymentFailed, PaymentProcessed, PaymentVoided } from '#contracts/events/payments.ts'
import { toJsonAmount } from '#kit/core/money.ts'

/*
 * The rules of one payment: one try to get the money of an order. Pure: no clock, no I/O.
 * Our view of the money follows what a gateway reports (a fact); a fact that is not new, or that cannot follow the state
 * the payment is in, changes nothing. The store checks the same table again in the statement that writes.
 */

export type PaymentState =
  | 'created'
  | 'pending'
  | 'challenge'
  | 'authorized'
  | 'captured'
  | 'partially-refunded'
  | 'refunded'
  | 'chargeback'
  | 'declined'
  | 'failed'
  | 'voided'

/** Where a fact about the payment may lead. */
export const transitions: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  created: ['pending', 'challenge', 'authorized', 'captured', 'declined', 'failed', 'voided'],
  pending: ['challenge', 'authorized', 'captured', 'declined', 'failed', 'voided'],
  challenge: ['pending', 'authorized', 'captured', 'declined', 'failed', 'voided'],
  authorized: ['captured', 'voided'],
  captured: ['partially-refunded', 'refunded', 'chargeback'],
  'partially-refunded': ['partially-refunded', 'refunded', 'chargeback'],
  refunded: [],
  // ended by news of the dispute alone (commands/chargeback.ts): that the money was once taken, told again, wins it for nobody
  chargeback: [],
  // Money that comes after we gave up is accepted as a fact, and given back (see `isLate`).
  declined: ['authorized', 'captured'],
  failed: ['authorized', 'captured'],
  voided: ['captured'],
}

export const paymentStates = Object.keys(transitions) as PaymentState[]

export function mayFollow(from: PaymentState, to: PaymentState): boolean {
  return transitions[from].includes(to)
}

/** States from which `to` may be reached: what a conditional UPDATE compares with. */
export function statesBefore(to: PaymentState): PaymentState[] {
  return paymentStates.filter((from) => mayFollow(from, to))
}

/** We told the shop that there is no money, and now there is. */
export function isLate(from: PaymentState, to: PaymentState): boolean {
  return (to === 'authorized' || to === 'captured') && (from === 'declined' || from === 'failed' || from === 'voided')
}

/** Nothing more is expected from the gateway, unless somebody asks it for something. */
export function isSettled(state: PaymentState): boolean {
  return state !== 'created' && state !== 'pending' && state !== 'challenge'
}

/** The money, or a promise of it that can be taken, is in our hands. */
export function holdsMoney(payment: Pick<Payment, 'state'>): boolean {
  return payment.state === 'authorized' || payment.state === 'captured' || payment.state === 'partially-refunded'
}

export interface Payment {
  readonly id: string
  readonly orderId: string
  readonly attempt: number
  readonly customerId: string | null
  readonly method: PaymentMethodKind
  /** the gateway's token for the means of payment */
  readonly token: string
  readonly gateway: string
  /** our idempotency key towards the gateway */
  readonly gatewayKey: string
  readonly reference: string | null
  readonly state: PaymentState
  readonly reason: string | null
  readonly challengeUrl: string | null
  readonly currency: string
  readonly amount: bigint
  readonly authorized: bigint
  readonly captured: bigint
  readonly refunding: bigint
  readonly refunded: bigint
  readonly chargedBack: bigint
  readonly captureNow: boolean
  readonly capturing: bigint | null
  readonly undoAt: Date | null
  readonly undoReason: string | null
  readonly imported: boolean
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** The money a company speaks of, where it does: held against what it was asked (gateways/differs.ts). Without an amount: all of it. */
interface MoneySaid {
  readonly amount?: bigint
  readonly currency?: string
}

/** What a gateway says about a payment. */
export type GatewayFact =
  | ({ readonly kind: 'authorized'; readonly reference: string } & MoneySaid)
  | ({ readonly kind: 'captured'; readonly reference: string } & MoneySaid)
  | { readonly kind: 'declined'; readonly reference?: string; readonly reason: string }
  | { readonly kind: 'challenge'; readonly reference: string; readonly url: string }
  | { readonly kind: 'pending'; readonly reference?: string }
  | ({ readonly kind: 'voided'; readonly reference?: string } & MoneySaid)
  /** not the gateway's word but ours: it never heard of the payment, or let it lie for too long */
  | { readonly kind: 'failed'; readonly reason: string }

/** What changes in the row, and what the world is told. */
export interface Settlement {
  readonly to: PaymentState
  readonly reference: string | null
  readonly reason: string | null
  readonly challengeUrl: string | null
  readonly authorized: bigint
  readonly captured: bigint
  readonly events: readonly NewEvent[]
}

/**
 * What follows from a fact; `undefined`: nothing new. Amounts never exceed what was asked for: a gateway that reports more is
 * not believed (the CHECK of the table would refuse it anyway).
 */
export function settle(payment: Payment, fact: GatewayFact, at?: Date): Settlement | undefined {
  const to: PaymentState = fact.kind
  if (!mayFollow(payment.state, to)) return undefined
  const base = {
    to,
    reference: 'reference' in fact ? (fact.reference ?? null) : null,
    reason: null,
    challengeUrl: null,
    authorized: payment.authorized,
    captured: payment.captured,
  }
  const told = eventFacts(payment)
  switch (fact.kind) {
    case 'authorized': {
      const held = fact.amount ?? payment.amount
      if (held < 0n || held > payment.amount) return undefined
      return { ...base, authorized: held, events: [PaymentAuthorized(told(held), { at })] }
    }
    case 'captured': {
      const taken = fact.amount ?? payment.amount
      if (taken < 0n || taken > payment.amount) return undefined
      return { ...base, authorized: payment.amount, captured: taken, events: [PaymentProcessed(told(taken), { at })] }
    }
    case 'declined':
    case 'failed':
      return { ...base, reason: fact.reason, events: [PaymentFailed({ ...told(payment.amount), reason: fact.reason }, { at })] }
    case 'voided':
      // nothing was held, so there is nothing to tell but that no money will come
      return payment.state === 'authorized'
        ? { ...base, reason: payment.undoReason ?? 'voided', events: [PaymentVoided(told(payment.authorized), { at })] }
        : {
            ...base,
            reason: payment.undoReason ?? 'voided',
            events: [PaymentFailed({ ...told(payment.amount), reason: 'voided' }, { at })],
          }
    case 'challenge':
      return { ...base, challengeUrl: fact.url, events: [] }
    case 'pending':
      return { ...base, events: [] }
  }
}

/** The payment after a settlement, as the database makes it too. */
export function evolve(payment: Payment, settlement: Settlement): Payment {
  return {
    ...payment,
    state: settlement.to,
    reference: payment.reference ?? settlement.reference,
    reason: settlement.reason,
    challengeUrl: settlement.challengeUrl,
    authorized: settlement.authorized,
    captured: settlement.captured,
    version: payment.version + 1,
  }
}

/** What can still be given back. */
export function refundable(payment: Payment): bigint {
  if (payment.state !== 'captured' && payment.state !== 'partially-refunded') return 0n
  return payment.captured - payment.refunded - payment.refunding - payment.chargedBack
}

/** The state of a payment of which `refunded` of `captured` has gone back. */
export function stateAfterRefund(captured: bigint, refunded: bigint): 'captured' | 'partially-refunded' | 'refunded' {
  if (refunded <= 0n) return 'captured'
  return refunded >= captured ? 'refunded' : 'partially-refunded'
}

/** The part that all payment events share. */
export function eventFacts(payment: Payment) {
  return (amount: bigint) => ({
    paymentId: payment.id,
    orderId: payment.orderId,
    amount: { amount: toJsonAmount(amount), currency: payment.currency },
    method: payment.method,
    gateway: payment.gateway,
    imported: payment.imported,
  })
}
