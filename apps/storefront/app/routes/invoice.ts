import { redirect } from 'react-router'
import type { Route } from './+types/invoice'
import { unlessMissing } from '../api.server.ts'
import { orderCalls, orderMissing } from '../order.server.ts'

/** The invoice as PDF, through the shop: the address of the file itself is nobody's business. */
export async function loader({ context, request, params: { id } }: Route.LoaderArgs) {
  const { api, options } = orderCalls(context, request, id)
  const answer = await unlessMissing(api.call('GET /api/orders/{id}/invoice', { path: { id } }, options))
  if (!(answer instanceof Response)) throw orderMissing(context, request, id)
  const place = answer.headers.get('location')
  if (place) return redirect(place)
  return new Response(answer.body, {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': answer.headers.get('content-disposition') ?? 'inline',
      'cache-control': 'private, no-store',
    },
  })
}
