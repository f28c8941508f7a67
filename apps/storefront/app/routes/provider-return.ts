import { redirect } from 'react-router'
import type { Route } from './+types/provider-return'
import { apiOf, ONCE, SoukError } from '../api.server.ts'
import { enter } from '../enter.server.ts'
import { inLanguage } from '../i18n/language.ts'
import { loadLaterWords, wordsOf } from '../i18n/later.ts'
import { sessionOf } from '../session.server.ts'

/** Somebody comes back from another sign-in: signed in, asked for the second step, or told why not. */
export async function loader({ context, params, request }: Route.LoaderArgs) {
  const session = sessionOf(context)
  const { trip } = session.value
  const language = trip?.language ?? 'en'
  const signIn = inLanguage(language, '/sign-in')
  session.change({ trip: undefined })
  // the address has no language, the person has
  await loadLaterWords(language)
  const { account, me } = wordsOf(language)
  // another browser began it, or nobody
  if (!trip) {
    session.change({ notice: account.providerRefused })
    return redirect(signIn)
  }
  const api = apiOf(context, request)
  const body = { provider: params.key, ticket: trip.ticket, query: new URL(request.url).search.slice(1) || 'nothing' }
  try {
    if (trip.connect) {
      await api.call('POST /api/auth/providers/connect', { body }, ONCE)
      session.change({ notice: me.providerConnected })
      return redirect(trip.to)
    }
    const answer = await api.call('POST /api/auth/providers/finish', { body }, ONCE)
    if (!('accessToken' in answer)) {
      session.change({ secondStep: answer.mfaToken })
      return redirect(`${signIn}?to=${encodeURIComponent(trip.to)}`)
    }
    await enter(context, request, answer)
    return redirect(trip.to)
  } catch (error) {
    if (!(error instanceof SoukError)) throw error
    const known: Readonly<Record<string, string>> = {
      'auth/provider-refused': account.providerRefused,
      'auth/account-exists': account.accountExists,
      'auth/email-not-verified-there': account.emailNotVerifiedThere,
    }
    session.change({ notice: known[error.code] ?? error.message })
    return redirect(trip.connect ? trip.to : signIn)
  }
}
