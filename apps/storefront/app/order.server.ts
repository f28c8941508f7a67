import type { RouterContextProvider } from 'react-router'
import { apiOf, type Client, notFound } from './api.server.ts'
import { requireUser, sessionOf } from './session.server.ts'

/** A guest shows the secret of the order; it came with the answer to it, or by the link of a mail to `/track`. */
export function orderCalls(
  context: Readonly<RouterContextProvider>,
  request: Request,
  id: string,
): { api: Client; options: { headers?: Record<string, string> } } {
  const secret = sessionOf(context).value.orders?.[id]
  return { api: apiOf(context, request), options: secret ? { headers: { 'x-guest-token': secret } } : {} }
}

/** No such order, as far as this visitor may know. The link in a mail to somebody with an account shows nothing before they have signed in. */
export function orderMissing(context: Readonly<RouterContextProvider>, request: Request, id: string) {
  if (!sessionOf(context).value.orders?.[id]) requireUser(context, request)
  return notFound()
}
