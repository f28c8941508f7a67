import type { Route } from './+types/search-click'
import { apiOf, orElse } from '../api.server.ts'
import { textOf } from '../form-answer.server.ts'

/** Which product of a search was chosen. Nobody waits for it, and nothing depends on it. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await request.formData()
  const body = {
    q: textOf(form, 'q'),
    productId: textOf(form, 'productId'),
    position: Math.trunc(Number(form.get('position'))) || 1,
  }
  await orElse(apiOf(context, request, { ended: 'fail' }).call('POST /api/search/clicks', { body }), undefined)
  return new Response(null, { status: 204 })
}
