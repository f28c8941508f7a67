import type { PaymentMethodKind } from '#contracts/events/payments.ts'
import type { GatewayFact } from '../payment.ts'

/*
 * The port behind which payment companies live. A driver translates; it holds no rules and no state of ours.
 * Every call carries OUR key: the same key twice has the effect once, and `status` answers by it even when the answer to the
 * first call was lost. Drivers never see card numbers: only tokens that the company's own page or SDK made. An answer carries the
 * amount and the currency that the company names, wherever it names them: they are compared with what was asked. Without an amount a
 * status is about all of the payment, and the answer to a capture about what that call asked for: a driver that learns of another sum
 * names it. The reference may be another one for each step; the first is the one we keep and hand to later calls.
 */

/** The request did not reach the gateway (refused connection, unknown host): it is safe to ask another one. */
export class GatewayUnreachable extends Error {
  override name = 'GatewayUnreachable'
}

export interface MoneyRequest {
  /** our idempotency key */
  readonly key: string
  readonly orderId: string
  readonly amount: bigint
  readonly currency: string
  readonly method: PaymentMethodKind
  readonly token: string
  /** take the money at once (a "sale") instead of only setting it aside */
  readonly capture: boolean
  /** the customer is not there: a renewal under an agreement given before */
  readonly merchantInitiated: boolean
}

export interface FollowUp {
  /** our idempotency key of this very call */
  readonly key: string
  /** key of the payment it belongs to */
  readonly paymentKey: string
  /** the gateway's reference of the payment, where we know it */
  readonly reference: string | null
  readonly amount: bigint
  readonly currency: string
}

/** `unknown`: the gateway has never heard of the key. */
export type GatewayStatus = GatewayFact | { readonly kind: 'unknown' }
export type RefundAnswer =
  | { readonly kind: 'refunded'; readonly reference: string; readonly amount?: bigint; readonly currency?: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'pending' }

export type MessageFact =
  | GatewayFact
  | { readonly kind: 'chargeback-opened'; readonly chargeback: string; readonly amount: bigint; readonly reason: string }
  | { readonly kind: 'chargeback-closed'; readonly chargeback: string; readonly won: boolean }
  /** a message we have no use for */
  | { readonly kind: 'other' }

/** A webhook message after its signature was checked. */
export interface GatewayMessage {
  /** the gateway's id of the message: the same id is the same message */
  readonly id: string
  /** our key, if the gateway sends it along */
  readonly key: string | null
  /** without our key: the one that the first answer named, not one of a later step, else no payment is found and the message waits for staff */
  readonly reference: string
  /** amount the message speaks of; compared with ours before it is believed */
  readonly amount: bigint
  readonly currency: string
  readonly fact: MessageFact
}

export interface Gateway {
  readonly name: string
  readonly methods: readonly PaymentMethodKind[]
  /** What it knows, it knows from our own database: a payment need not be on disk before it is asked. */
  readonly inside?: true
  authorize(request: MoneyRequest, signal: AbortSignal): Promise<GatewayFact>
  capture(request: FollowUp, signal: AbortSignal): Promise<GatewayStatus>
  /** Lets authorised money go, or stops a payment that is still open. */
  void(request: FollowUp, signal: AbortSignal): Promise<GatewayStatus>
  refund(request: FollowUp, signal: AbortSignal): Promise<RefundAnswer>
  status(key: string, signal: AbortSignal): Promise<GatewayStatus>
  /** The id of a genuine message, `undefined` for a forged or outdated one. Looks at the raw bytes. */
  verify(headers: Readonly<Record<string, string | undefined>>, body: Buffer, now: Date): string | undefined
  /** Understands a genuine message; throws errors.badMessage. */
  parse(id: string, body: Buffer): GatewayMessage
}
