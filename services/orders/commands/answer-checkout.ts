import { killpoint } from '#kit/core/killpoint.ts'
import { hash } from 'node:crypto'
import { checkout } from '#contracts/processes/checkout.ts'
import { Reply } from '#kit/http/route.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { guestTokenOf } from '../guest-token.ts'
import type { PlacedOrderView } from '../order-view.ts'
import { paymentOf } from '../placed-view.ts'
import { getOrder } from '../queries/get-order.ts'
import { type Beaten, type Placed, type PlaceOrder, placeOrder } from './place-order.ts'

/** An answer under an Idempotency-Key: the view of a good order, or the refusal that ended it. */
type Kept =
  | { readonly view: PlacedOrderView }
  | { readonly refusal: 'outOfStock' | 'paymentDeclined'; readonly details: Record<string, unknown> }

/** sha256 over the request's body: the same key with another body is a mistake of the client. */
export function fingerprintOf(body: unknown): string {
  return hash('sha256', JSON.stringify(body), 'base64url')
}

/**
 * POST /api/orders under an Idempotency-Key. The persisted order and its checkout are the record: the same key gives the same
 * answer, byte for byte, also after a crash in between; another body is refused; while the first is at work, 409. `place`: how the order
 * comes about, for orders of a draft.
 */
export async function placeOrderOnce(
  deps: OrdersDeps,
  input: PlaceOrder,
  place: (deps: OrdersDeps, input: PlaceOrder) => Promise<Placed | Beaten> = placeOrder,
): Promise<Reply<PlacedOrderView>> {
  if (input.request) {
    const earlier = await replay(deps, input)
    if (earlier) return earlier
  }
  const placed = await place(deps, input)
  if (isBeaten(placed)) return await beaten(deps, input, placed)
  return answer(await keep(deps, input.request, keptOf(placed)))
}

function isBeaten(placed: Placed | Beaten): placed is Beaten {
  return 'beatenBy' in placed
}

function keptOf({ orderId, view, result }: Placed): Kept {
  if (result.outcome !== 'cancelled') return { view }
  const { reason, detail, missing } = result
  if (reason === 'out-of-stock') return { refusal: 'outOfStock', details: { orderId, number: view.number, missing } }
  return { refusal: 'paymentDeclined', details: { orderId, number: view.number, reason: detail ?? reason } }
}

function answer(kept: Kept): Reply<PlacedOrderView> {
  if ('refusal' in kept) throw errors[kept.refusal](kept.details)
  return new Reply(kept.view, { status: 201, headers: { location: `/api/orders/${kept.view.id}` } })
}

async function replay(deps: OrdersDeps, input: PlaceOrder): Promise<Reply<PlacedOrderView> | undefined> {
  const request = input.request!
  const [row] = await deps.kit.db.sql<{ fingerprint: string; order_id: string; response: string | null }[]>`
    select r.fingerprint, r.order_id, r.response from order_requests r where r.scope = ${request.scope} and r.key = ${request.key}`
  if (!row) return undefined
  if (row.fingerprint !== request.fingerprint) throw errors.keyReused({ orderId: row.order_id })
  if (row.response !== null) return answer(JSON.parse(row.response) as Kept)
  return await finishInterrupted(deps, row.order_id, request)
}

/** The first request is still at work, or died after the order was stored: its checkout decides. */
async function finishInterrupted(
  deps: OrdersDeps,
  orderId: string,
  request: PlaceOrder['request'],
): Promise<Reply<PlacedOrderView>> {
  const result = await deps.kit.processes.advance(checkout, orderId)
  const order = result && (await getOrder(deps.kit.db.sql, orderId))
  if (!order) throw errors.keyInFlight({ orderId }, { retryAfterSeconds: 1 })
  const guestToken = order.customerId === null ? guestTokenOf(deps.kit.secret('orders/guest-token'), orderId) : null
  // As it was when the checkout ended, wherever the order is by now.
  const then = result.outcome === 'confirmed' ? { status: 'CONFIRMED' as const, version: 2 } : {}
  const kept = keptOf({ orderId, view: { ...order, ...then, payment: paymentOf(result), guestToken }, result })
  return answer(await keep(deps, request, kept))
}

/** Stores the answer of a keyed request and gives back the stored one: of two that answer the same request the first wins. */
async function keep(deps: OrdersDeps, request: PlaceOrder['request'], kept: Kept): Promise<Kept> {
  killpoint('order.before-answer')
  if (!request) return kept
  const [row] = await deps.kit.db.sql<{ response: string }[]>`
    update order_requests set response = coalesce(order_requests.response, ${JSON.stringify(kept)})
    where order_requests.scope = ${request.scope} and order_requests.key = ${request.key}
    returning order_requests.response`
  killpoint('order.after-answer')
  return row ? (JSON.parse(row.response) as Kept) : kept
}

/** Same key: the same answer. Same cart: it is the caller's own, so the caller gets the order it became. */
async function beaten(deps: OrdersDeps, input: PlaceOrder, { beatenBy, orderId }: Beaten): Promise<Reply<PlacedOrderView>> {
  if (beatenBy === 'duplicate-request') {
    const earlier = await replay(deps, input)
    if (earlier) return earlier
    throw errors.keyInFlight({ orderId }, { retryAfterSeconds: 1 })
  }
  return await finishInterrupted(deps, orderId, null)
}
