import Type from 'typebox'
import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { forgetView, saveView, viewsOf } from '../saved-views.ts'
import { del, get, put, type Route, signedIn } from '#kit/http/route.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'

const List = Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'name of the list: `products`, `orders`' })
const Name = Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' })
const View = closed({
  list: List,
  name: Name,
  filters: mapOf(Type.String({ minLength: 1, maxLength: 40 }), Type.String({ maxLength: 300 }), { maxProperties: 20 }),
})
const path = '/api/users/me/views'
/** Safe to repeat as they are. */
const repeatable = { idempotency: 'none' } as const

/** Filters of lists that somebody wants to come back to, on every device of theirs. Nobody else sees them. */
export const viewRoutes = (deps: UsersDeps): Route[] => [
  get(
    path,
    {
      access: signedIn,
      summary: 'The own saved views, by list and name',
      query: closed({ list: Type.Optional(List) }),
      response: closed({ views: Type.Array(View) }),
    },
    async ({ principal, query }) => ({ views: await viewsOf(deps.db.sql, principal.id, query.list) }),
  ),
  put(
    path,
    {
      ...repeatable,
      access: signedIn,
      summary: 'Save a view, in the place of one of the same name',
      body: View,
      status: 204,
      errors: [errors.notFound, errors.tooManyViews],
    },
    async ({ tx, principal, body }) => saveView(tx, principal.id, { ...body, name: body.name.trim() }),
  ),
  del(
    path,
    { ...repeatable, access: signedIn, summary: 'Forget a view', query: closed({ list: List, name: Name }), status: 204 },
    async ({ tx, principal, query }) => forgetView(tx, principal.id, query),
  ),
]
