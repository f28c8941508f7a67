import type { RouterContextProvider } from 'react-router'
import { apiOf, orElse } from './api.server.ts'
import { type Session, sessionOf } from './session.server.ts'

/** Signs somebody in. What the guest had put into a cart comes along; the shop goes on without, should that fail. */
export async function enter(
  context: Readonly<RouterContextProvider>,
  request: Request,
  tokens: Parameters<Session['signIn']>[0],
): Promise<void> {
  const session = sessionOf(context)
  const guestCart = session.value.cart
  session.signIn(tokens)
  if (!guestCart) return
  const merging = apiOf(context, request).call('POST /api/cart/merge', {}, { headers: { 'x-guest-token': guestCart } })
  await orElse(merging, undefined)
  session.change({ cart: undefined })
}
