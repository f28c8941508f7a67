import { randomUUID } from 'node:crypto'
import { redirect } from 'react-router'
import type { Route } from './+types/remember'
import { apiOf, orElse } from '../api.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { ownPath } from '../own-path.ts'
import { sessionOf } from '../session.server.ts'

/** A visitor agrees to be remembered, or does not want it any more: then all that is known of their visits goes. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await request.formData()
  const session = sessionOf(context)
  const { user, visitor } = session.value
  const remembered = form.get('remember') === 'yes'
  const api = apiOf(context, request)
  if (user) {
    const path = { userId: user.id }
    await api.call('PUT /api/recommendations/{userId}/preferences', { path, body: { remembered } })
  } else if (remembered) {
    session.change({ visitor: visitor ?? randomUUID() })
  } else {
    if (visitor) await orElse(api.call('DELETE /api/recommendations/visitor'), undefined)
    session.change({ visitor: undefined })
  }
  const language = languageOf(new URL(request.url).pathname)
  return redirect(ownPath(String(form.get('to') ?? ''), inLanguage(language, '/')))
}

export const loader = ({ request }: Route.LoaderArgs) => redirect(inLanguage(languageOf(new URL(request.url).pathname), '/'))
