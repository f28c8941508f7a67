import { address } from '../../e2e/stock-the-shop.ts'
import type { OwnedKind } from '../objects.ts'
import { password } from '../people.ts'

/**
 * How to ask for something that belongs to somebody: what it is, and a body good enough to reach the question of whose it
 * is. Every route with a parameter that its declared access leaves to the handler stands here or in `nobodysOwn`.
 */
export interface Specimen {
  readonly kind: OwnedKind
  readonly body?: unknown
  readonly query?: string
  /** it is gone afterwards: whoever may do it gets one of their own */
  readonly consumes?: true
}

const unknown = '01890000-0000-7000-8000-000000000000'
const lines = [{ lineId: unknown, quantity: 1, reason: 'changed-mind' }]
const texts = { en: { title: 'Changed' } }

function users(): Record<string, Specimen> {
  const profile = { fullName: 'Changed', locale: 'en' }
  return {
    'GET /api/users/:id': { kind: 'user' },
    'PUT /api/users/:id': { kind: 'user', body: profile },
    'PATCH /api/users/:id': { kind: 'user', body: profile },
    'DELETE /api/users/:id': { kind: 'user', consumes: true },
    'GET /api/users/:id/export': { kind: 'user' },
    'GET /api/users/:id/activity': { kind: 'user' },
    'GET /api/users/:id/preferences': { kind: 'user' },
    'PUT /api/users/:id/preferences': { kind: 'user', body: { locale: 'en' } },
    'PATCH /api/users/:id/preferences': { kind: 'user', body: { locale: 'en' } },
    'GET /api/users/:id/addresses': { kind: 'user' },
    'POST /api/users/:id/addresses': { kind: 'user', body: address },
    'GET /api/users/:id/addresses/:addressId': { kind: 'address' },
    'PUT /api/users/:id/addresses/:addressId': { kind: 'address', body: address },
    'DELETE /api/users/:id/addresses/:addressId': { kind: 'address', consumes: true },
    'GET /api/users/me/addresses/:addressId': { kind: 'address' },
    'PUT /api/users/me/addresses/:addressId': { kind: 'address', body: address },
    'DELETE /api/users/me/addresses/:addressId': { kind: 'address', consumes: true },
  }
}

function orders(): Record<string, Specimen> {
  return {
    'GET /api/orders/:id': { kind: 'order' },
    'GET /api/orders/number/:number': { kind: 'orderNumber' },
    'GET /api/orders/:id/timeline': { kind: 'order' },
    'GET /api/orders/:id/parcels': { kind: 'order' },
    'GET /api/orders/:id/returns': { kind: 'order' },
    'GET /api/orders/:id/invoice': { kind: 'order' },
    'PUT /api/orders/:id/confirm': { kind: 'order', query: '?paymentMethodId=tok_approve' },
    'PATCH /api/orders/:id': { kind: 'order', body: { attributes: {} } },
    'PATCH /api/orders/:id/status': { kind: 'order', body: { status: 'DELIVERED' } },
    'PUT /api/orders/:id/cancel': { kind: 'order', consumes: true },
    'POST /api/orders/:id/cancel': { kind: 'order', consumes: true },
    'POST /api/orders/:id/returns': { kind: 'order', body: { lines } },
    'POST /api/orders/:id/exchanges': { kind: 'order', body: { lines: [{ ...lines[0], wantedSku: 'matrix-mug' }] } },
    'PUT /api/orders/:id/shipping-address': { kind: 'order', body: address },
    'GET /api/orders/:id/edits': { kind: 'order' },
    'GET /api/orders/:id/edits/:editId': { kind: 'edit' },
    'POST /api/orders/:id/edits/:editId/pay': { kind: 'edit', body: { paymentMethodId: 'tok_approve' } },
    'DELETE /api/orders/:id/edits/:editId': { kind: 'edit' },
    'GET /api/returns/:id': { kind: 'return' },
    'GET /api/returns/:id/timeline': { kind: 'return' },
    'GET /api/returns/:id/credit-note': { kind: 'return' },
    'GET /api/payments/:id': { kind: 'payment' },
    'GET /api/payments/orders/:orderId': { kind: 'orderPayments' },
  }
}

function products(): Record<string, Specimen> {
  return {
    'GET /api/products/:id/edit': { kind: 'product' },
    'PUT /api/products/:id': { kind: 'product', body: { texts } },
    'PATCH /api/products/:id': { kind: 'product', body: { texts } },
    'DELETE /api/products/:id': { kind: 'product', consumes: true },
    'GET /api/products/:id/images': { kind: 'product' },
    'POST /api/products/:id/images': { kind: 'product' },
    'PATCH /api/products/:id/images/:mediaId': { kind: 'picture', body: { position: 0 } },
    'DELETE /api/products/:id/images/:mediaId': { kind: 'picture', consumes: true },
  }
}

function reviews(): Record<string, Specimen> {
  return {
    'GET /api/reviews/:id': { kind: 'review' },
    'PATCH /api/reviews/:id': { kind: 'review', body: { stars: 3 } },
    'DELETE /api/reviews/:id': { kind: 'review', consumes: true },
    'POST /api/reviews/:id/pictures': { kind: 'review' },
    'DELETE /api/reviews/:id/pictures/:pictureId': { kind: 'reviewPicture', consumes: true },
  }
}

export const specimens: Readonly<Record<string, Specimen>> = {
  ...users(),
  ...orders(),
  ...products(),
  ...reviews(),
  'GET /api/recommendations/:userId': { kind: 'person' },
  'GET /api/recommendations/:userId/recently-viewed': { kind: 'person' },
  'GET /api/recommendations/:userId/buy-again': { kind: 'person' },
  'GET /api/recommendations/:userId/history': { kind: 'person' },
  'DELETE /api/recommendations/:userId/history': { kind: 'person' },
  'PUT /api/recommendations/:userId/preferences': { kind: 'person', body: { remembered: true } },
  'GET /api/cart/:userId': { kind: 'cart' },
  'POST /api/cart/:userId': { kind: 'cart', body: { sku: 'matrix-mug', quantity: 1 } },
  'DELETE /api/cart/:userId': { kind: 'cart' },
  'DELETE /api/auth/sessions/:id': { kind: 'session', consumes: true },
  'PATCH /api/auth/passkeys/:id': { kind: 'passkey', body: { name: 'Changed' } },
  'DELETE /api/auth/passkeys/:id': { kind: 'passkey', body: { password }, consumes: true },
  'PATCH /api/payments/methods/:id': { kind: 'paymentMethod', body: { label: 'Changed' } },
  'DELETE /api/payments/methods/:id': { kind: 'paymentMethod', consumes: true },
}

/** Their parameter names nothing that belongs to anybody: always the caller's own cart, list or vote, or a link that carries its own proof. Who may answer a review is tried in services/reviews. */
export const nobodysOwn: ReadonlySet<string> = new Set([
  'POST /api/auth/providers/:key/connect',
  'DELETE /api/auth/providers/:key',
  'PUT /api/cart/items/:sku',
  'PATCH /api/cart/items/:sku',
  'DELETE /api/cart/items/:sku',
  'DELETE /api/cart/coupons/:code',
  'DELETE /api/wishlists/:productId',
  'GET /api/reviews/products/:productId/mine',
  'PUT /api/reviews/:id/vote',
  'DELETE /api/reviews/:id/vote',
  'POST /api/reviews/:id/reports',
  'PUT /api/reviews/:id/reply',
  'DELETE /api/reviews/:id/reply',
  'GET /api/delivery/shipments/:id/label',
])
