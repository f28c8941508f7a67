import { redirect } from 'react-router'
import type { Route } from './+types/provider-start'
import { apiOf, SoukError } from '../api.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { ownPath } from '../own-path.ts'
import { sessionOf } from '../session.server.ts'

/** Sends somebody to another sign-in; the cookie remembers that this browser began it. */
export async function loader({ context, params, request }: Route.LoaderArgs) {
  const { pathname, searchParams } = new URL(request.url)
  const language = languageOf(pathname)
  const session = sessionOf(context)
  try {
    const { url, ticket } = await apiOf(context, request).call('POST /api/auth/providers/{key}/start', {
      path: { key: params.key },
      // who is signed in already comes to show that it is them
      body: { for: 'shop', again: session.value.user !== undefined },
    })
    session.change({ trip: { ticket, language, to: ownPath(searchParams.get('to'), inLanguage(language, '/account')) } })
    return redirect(url)
  } catch (error) {
    if (!(error instanceof SoukError)) throw error
    session.change({ notice: error.message })
    return redirect(inLanguage(language, '/sign-in'))
  }
}
