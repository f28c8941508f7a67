import type { RouterContextProvider } from 'react-router'
import { apiOf, type Client } from './api.server.ts'
import { sessionOf } from './session.server.ts'

/** A guest shows the secret of the order; it came with the answer to it, or in the link of a mail. */
export function orderCalls(
  context: Readonly<RouterContextProvider>,
  request: Request,
  id: string,
): { api: Client; options: { headers?: Record<string, string> } } {
  const session = sessionOf(context)
  const token = new URL(request.url).searchParams.get('token')
  // it goes into a cookie
  if (token && token.length <= 100 && session.value.orders?.[id] !== token) session.rememberOrder(id, token)
  const secret = session.value.orders?.[id]
  return { api: apiOf(context, request), options: secret ? { headers: { 'x-guest-token': secret } } : {} }
}
