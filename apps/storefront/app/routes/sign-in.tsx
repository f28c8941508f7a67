import { Form, redirect, useNavigation, useSearchParams } from 'react-router'
import type { Route } from './+types/sign-in'
import { apiOf, type Client, type Input, ONCE, orElse, isRefusal } from '../api.server.ts'
import { Field } from '../components/field.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { PasskeySignIn } from '../components/passkey-sign-in.tsx'
import { ProviderSignIns } from '../components/providers.tsx'
import { enter } from '../enter.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { ownPath } from '../own-path.ts'
import { sessionOf } from '../session.server.ts'

/** How one can sign in here, besides with a password. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const session = sessionOf(context)
  const { secondStep } = session.value
  if (secondStep) session.change({ secondStep: undefined })
  const none = { passkeys: false, providers: [] }
  return { ...(await orElse(apiOf(context, request).call('GET /api/auth/ways'), none)), mfaToken: secondStep }
}

type PasskeyAnswer = Input<'POST /api/auth/passkeys/sign-in'>['body']['credential']

/** Shows the shop what was filled in: a passkey, the code of the second step, or e-mail and password. */
async function show(api: Client, field: (name: string) => string) {
  if (field('credential')) {
    const credential = JSON.parse(field('credential')) as PasskeyAnswer
    return await api.call('POST /api/auth/passkeys/sign-in', { body: { credential } }, ONCE)
  }
  if (field('mfaToken')) {
    const body = { mfaToken: field('mfaToken'), code: field('code').trim() }
    return await api.call('POST /api/auth/mfa/verify', { body })
  }
  const body = { email: field('email').trim(), password: field('password') }
  return await api.call('POST /api/auth/login', { body })
}

export async function action({ context, request }: Route.ActionArgs) {
  const url = new URL(request.url)
  const language = languageOf(url.pathname)
  const form = await request.formData()
  const field = (name: string) => String(form.get(name) ?? '')
  const api = apiOf(context, request)
  try {
    const answer = await show(api, field)
    if (!('accessToken' in answer)) return { mfaToken: answer.mfaToken, message: undefined }
    await enter(context, request, answer)
    return redirect(ownPath(url.searchParams.get('to'), inLanguage(language, '/account')))
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { account } = wordsOf(language)
    const message = error.status !== 401 ? error.message : field('credential') ? account.passkeyWrong : account.wrong
    return { mfaToken: field('mfaToken') || undefined, message }
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).account.signIn, location, matches, hidden: true })

export default function SignIn({ actionData, loaderData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const [search] = useSearchParams()
  const busy = useNavigation().state === 'submitting'
  const to = search.get('to')
  const mfaToken = actionData ? actionData.mfaToken : loaderData.mfaToken
  return (
    <div className="page section stack" style={{ maxWidth: '28rem' }}>
      <h1>{words.account.signIn}</h1>
      {actionData?.message ? (
        <p className="note bad" role="alert">
          {actionData.message}
        </p>
      ) : null}
      <Form method="post" className="stack">
        {mfaToken ? (
          <>
            <input type="hidden" name="mfaToken" value={mfaToken} />
            <Field
              label={words.account.code}
              name="code"
              required
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={12}
            />
          </>
        ) : (
          <>
            <Field label={words.account.email} name="email" type="email" required autoComplete="username" />
            <Field label={words.account.password} name="password" type="password" required autoComplete="current-password" />
          </>
        )}
        <button className="button" type="submit" disabled={busy}>
          {words.account.signIn}
        </button>
      </Form>
      {mfaToken ? null : (
        <>
          {loaderData.passkeys ? <PasskeySignIn busy={busy} /> : null}
          <ProviderSignIns providers={loaderData.providers} to={to} />
        </>
      )}
      <p>
        <Link to="/forgot-password">{words.mail.forgot}</Link>
      </p>
      <p>
        {words.account.noAccount}{' '}
        <Link to={`/register${to ? `?to=${encodeURIComponent(to)}` : ''}`}>{words.account.register}</Link>
      </p>
    </div>
  )
}
