import type { Route } from './+types/search-suggest'
import { apiOf, orElse } from '../api.server.ts'

const SHORTEST = 2

/** What somebody who is typing may mean. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const q = new URL(request.url).searchParams.get('q')?.trim().slice(0, 100) ?? ''
  const nothing = { q, queries: [], categories: [], brands: [], products: [] }
  if (q.length < SHORTEST) return nothing
  const answer = await orElse(
    apiOf(context, request, { ended: 'fail' }).call('GET /api/search/suggest', { query: { q, limit: 5 } }),
    nothing,
  )
  return { ...answer, q }
}
