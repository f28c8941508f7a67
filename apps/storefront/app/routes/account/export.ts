import type { Route } from './+types/export'
import { apiOf } from '../../api.server.ts'
import { requireUser } from '../../session.server.ts'

/** Everything the shop knows of somebody, as a file. */
export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  const everything = await apiOf(context, request).call('GET /api/users/me/export')
  return new Response(JSON.stringify(everything, undefined, 2), {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="my-data.json"',
      'cache-control': 'private, no-store',
    },
  })
}
