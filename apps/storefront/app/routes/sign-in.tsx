import { Form, redirect, useNavigation, useSearchParams } from 'react-router'
import type { Route } from './+types/sign-in'
import { apiOf, type Input, orElse, SoukError } from '../api.server.ts'
import { Field } from '../components/field.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { PasskeySignIn } from '../components/passkey-sign-in.tsx'
import { enter } from '../enter.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { ownPath } from '../own-path.ts'

/** How one can sign in here, besides with a password. */
export const loader = async ({ context, request }: Route.LoaderArgs) =>
  await orElse(apiOf(context, request).call('GET /api/auth/ways'), { passkeys: false })

type PasskeyAnswer = Input<'POST /api/auth/passkeys/sign-in'>['body']['credential']

export async function action({ context, request }: Route.ActionArgs) {
  const url = new URL(request.url)
  const language = languageOf(url.pathname)
  const form = await request.formData()
  const field = (name: string) => String(form.get(name) ?? '')
  const api = apiOf(context, request)
  try {
    const answer = field('credential')
      ? await api.call('POST /api/auth/passkeys/sign-in', { body: { credential: JSON.parse(field('credential')) as PasskeyAnswer } })
      : field('mfaToken')
      ? await api.call('POST /api/auth/mfa/verify', { body: { mfaToken: field('mfaToken'), code: field('code').trim() } })
      : await api.call('POST /api/auth/login', { body: { email: field('email').trim(), password: field('password') } })
    if (!('accessToken' in answer)) return { mfaToken: answer.mfaToken, message: undefined }
    await enter(context, request, answer)
    return redirect(ownPath(url.searchParams.get('to'), inLanguage(language, '/account')))
  } catch (error) {
    if (!(error instanceof SoukError) || error.status >= 500) throw error
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
  return (
    <div className="page section stack" style={{ maxWidth: '28rem' }}>
      <h1>{words.account.signIn}</h1>
      {actionData?.message ? (
        <p className="note bad" role="alert">
          {actionData.message}
        </p>
      ) : null}
      <Form method="post" className="stack">
        {actionData?.mfaToken ? (
          <>
            <input type="hidden" name="mfaToken" value={actionData.mfaToken} />
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
      {loaderData.passkeys && !actionData?.mfaToken ? <PasskeySignIn busy={busy} /> : null}
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
