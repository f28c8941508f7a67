import { redirect } from 'react-router'
import type { Route } from './+types/sign-out'
import { apiOf, orElse } from '../api.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { sessionOf } from '../session.server.ts'

export async function action({ context, request }: Route.ActionArgs) {
  const { user } = sessionOf(context).value
  const left = user
    ? await orElse(
        apiOf(context, request, { ended: 'fail' }).call('POST /api/auth/providers/sign-out', {
          body: { refreshToken: user.refresh },
        }),
        undefined,
      )
    : undefined
  sessionOf(context).signOut()
  // who came through another sign-in leaves through it
  return redirect(left?.url ?? inLanguage(languageOf(new URL(request.url).pathname), '/'))
}

export const loader = ({ request }: Route.LoaderArgs) => redirect(inLanguage(languageOf(new URL(request.url).pathname), '/'))
