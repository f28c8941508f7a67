import { killpoint } from '#kit/core/killpoint.ts'
import type { PaymentOutcome } from '#contracts/rpc/payments.ts'
import type { Deps } from '../deps.ts'
import type { Payment } from '../payment.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { errors } from '../errors.ts'
import { isSettled } from '../payment.ts'
import { heldAgainst } from '../gateways/differs.ts'
import type { GatewayStatus } from '../gateways/gateway.ts'
import type { Asked } from '../gateways/registry.ts'
import { outcomeOf } from '../queries/payment-outcome.ts'
import { findPayment } from '../store.ts'
import { chooseGateway, type Route } from './choose-gateway.ts'
import { settlePayment } from './settle-payment.ts'

export interface AuthorizeInput {
  readonly orderId: string
  readonly attempt: number
  readonly amount: { readonly amount: number; readonly currency: string }
  readonly paymentMethodId: string
  readonly capture: boolean
  readonly customerId: string | null
  readonly imported?: boolean | undefined
  /** the caller lives with commits that are on disk a little later */
  readonly late?: boolean | undefined
  /** ISO 8601; only for imported history */
  readonly at?: string | undefined
}

/**
 * Asks for the money of an order, once per (order, attempt). Our row comes first, then the gateway (never inside a
 * transaction), then the answer is noted; a crash in between is healed by asking the gateway for our key. A repeated call
 * answers with what is known, and carries on where an earlier one stopped. Throws errors.attemptDiffers, errors.cardNumber.
 */
export async function authorizePayment(deps: Deps, input: AuthorizeInput): Promise<PaymentOutcome> {
  const amount = BigInt(input.amount.amount)
  const imported = input.imported ?? false
  const at = input.at === undefined ? undefined : new Date(input.at)
  const route = await chooseGateway(deps, {
    paymentMethodId: input.paymentMethodId,
    customerId: input.customerId,
    amount,
    imported,
  })
  const id = uuidv7(at)
  const { late = false } = input
  const payment = await deps.store.insert(
    {
      id,
      orderId: input.orderId,
      attempt: input.attempt,
      customerId: input.customerId,
      method: route.method,
      token: route.token,
      gateway: route.gateway,
      currency: input.amount.currency,
      amount,
      captureNow: input.capture,
      imported,
      at: at?.toISOString() ?? null,
    },
    // a company outside must not know of a payment that a crash takes from us
    { late: late && deps.gateways.get(route.gateway).inside === true },
  )
  killpoint('payment.after-insert')
  if (payment.id === id) return outcomeOf(await firstTry(deps, payment, route, { at, late }))
  if (payment.amount !== amount || payment.currency !== input.amount.currency || payment.token !== route.token)
    throw errors.attemptDiffers()
  if (isSettled(payment.state) || payment.state === 'challenge') return outcomeOf(payment)
  return outcomeOf(await recheckPayment(deps, payment))
}

/** `late`: the answer of a gateway can be had again */
interface Noting {
  readonly at?: Date | undefined
  readonly late?: boolean
}

async function firstTry(deps: Deps, payment: Payment, route: Route, noting: Noting): Promise<Payment> {
  if (payment.undoAt) return settlePayment(deps, payment, { kind: 'failed', reason: payment.undoReason ?? 'order-cancelled' })
  if (route.refusal) return settlePayment(deps, payment, { kind: 'declined', reason: route.refusal })
  return askForMoney(deps, payment, route.merchantInitiated, noting)
}

/** What the gateway knows of a payment, by our key. */
export function askStatus(deps: Deps, payment: Payment): Promise<Asked<GatewayStatus>> {
  const { gateway: name, gatewayKey } = payment
  return deps.gateways.ask(name, (gateway, signal) => gateway.status(gatewayKey, signal), heldAgainst(payment))
}

/**
 * What became of a payment whose answer we do not have: the gateway is asked for our key, and if it never heard of it, asked
 * for the money again under the same key. Leaves the payment as it is when the gateway stays silent.
 */
export async function recheckPayment(deps: Deps, payment: Payment): Promise<Payment> {
  const asked = await askStatus(deps, payment)
  if (!('answer' in asked)) return payment
  if (asked.answer.kind !== 'unknown') return settlePayment(deps, payment, asked.answer)
  if (payment.undoAt) return payment
  return askForMoney(deps, payment, false, {})
}

async function askForMoney(deps: Deps, payment: Payment, merchantInitiated: boolean, noting: Noting): Promise<Payment> {
  const offering = deps.gateways.namesFor(payment.method)
  // Nobody moves this money: `offline`, which says yes to history and to orders that cost nothing, would give the goods away.
  if (!offering.includes(payment.gateway) && !payment.imported && payment.amount > 0n)
    return settlePayment(deps, payment, { kind: 'declined', reason: 'method-not-offered' })
  let current = payment
  const others = offering.filter((name) => name !== payment.gateway)
  for (;;) {
    const { gatewayKey, orderId, amount, currency, method, token, captureNow } = current
    const request = { key: gatewayKey, orderId, amount, currency, method, token, capture: captureNow, merchantInitiated }
    const about = heldAgainst(current)
    const asked = await deps.gateways.ask(current.gateway, (gateway, signal) => gateway.authorize(request, signal), about)
    killpoint('payment.after-gateway')
    if ('answer' in asked) return settlePayment(deps, current, asked.answer, noting)
    if ('unanswered' in asked) return settlePayment(deps, current, { kind: 'pending' })
    // It certainly did not arrive, so another gateway may be asked; after silence it would be a second charge.
    const next = others.shift()
    const moved = next === undefined ? undefined : await moveToGateway(deps, current, next)
    if (!moved) return current
    current = moved
  }
}

/** Before the next gateway is asked the row must name it: a crash afterwards has to ask the right one. */
async function moveToGateway(deps: Deps, payment: Payment, gateway: string): Promise<Payment | undefined> {
  const moved = await deps.db.sql`
    update payments set gateway = ${gateway}, version = version + 1, updated_at = now()
     where id = ${payment.id} and gateway = ${payment.gateway} and state = 'created'`
  return moved.count === 1 ? findPayment(deps.db.sql, payment.id) : undefined
}
