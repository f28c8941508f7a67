import type { PaymentMethodKind } from '#contracts/events/payments.ts'
import type { Deps } from '../deps.ts'
import { hasCardNumber } from '#kit/http/card-number.ts'
import { errors } from '../errors.ts'

export interface Route {
  readonly method: PaymentMethodKind
  readonly token: string
  readonly gateway: string
  readonly merchantInitiated: boolean
  /** why it cannot be tried at all; the payment is stored as declined */
  readonly refusal?: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const PROMISES = new Set<string>(['cash-on-delivery', 'invoice'])

/**
 * What a `paymentMethodId` stands for: the id of a saved method (only its owner's), a promise (`invoice`,
 * `cash-on-delivery`), or a gateway's token whose beginning tells the method. Throws errors.cardNumber for a card number.
 */
export async function chooseGateway(
  deps: Deps,
  input: { paymentMethodId: string; customerId: string | null; amount: bigint; imported: boolean },
): Promise<Route> {
  const id = input.paymentMethodId
  if (hasCardNumber(id)) throw errors.cardNumber()
  const plain = { token: id, merchantInitiated: false }
  const method = methodOf(id)
  // history, and orders that cost nothing, have nobody to ask
  if (input.imported || input.amount === 0n) return { ...plain, method, gateway: 'offline' }
  if (UUID.test(id)) return savedMethod(deps, id, input.customerId)
  const [gateway = 'offline'] = deps.gateways.namesFor(method)
  return { ...plain, method, gateway }
}

function methodOf(id: string): PaymentMethodKind {
  if (PROMISES.has(id)) return id as PaymentMethodKind
  for (const kind of ['upi', 'net-banking', 'wallet', 'gift-card'] as const) {
    if (id === kind || id.startsWith(`${kind}_`) || id.startsWith(`${kind}:`)) return kind
  }
  return 'card'
}

async function savedMethod(deps: Deps, id: string, customerId: string | null): Promise<Route> {
  const [saved] = await deps.db.sql<{ kind: PaymentMethodKind; token: string; gateway: string; merchantInitiated: boolean }[]>`
    select m.kind, m.token, m.gateway, m.merchant_initiated as "merchantInitiated" from payment_methods m
     where m.id = ${id} and m.user_id = ${customerId}::uuid`
  if (!saved)
    return { method: 'card', token: id, gateway: 'offline', merchantInitiated: false, refusal: 'unknown-payment-method' }
  return { method: saved.kind, token: saved.token, gateway: saved.gateway, merchantInitiated: saved.merchantInitiated }
}
