import { Form, redirect, useNavigation } from 'react-router'
import type { Route } from './+types/register'
import { apiOf, isRefusal } from '../api.server.ts'
import { explain } from '../checkout.server.ts'
import { Field } from '../components/field.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { enter } from '../enter.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { ownPath } from '../own-path.ts'
import { sessionOf } from '../session.server.ts'

export async function action({ context, request }: Route.ActionArgs) {
  const url = new URL(request.url)
  const language = languageOf(url.pathname)
  const form = await request.formData()
  const field = (name: string) => String(form.get(name) ?? '').trim()
  const person = { email: field('email'), fullName: field('fullName'), password: String(form.get('password') ?? '') }
  try {
    await apiOf(context, request).call('POST /api/users/register', { body: { ...person, locale: language } })
    const answer = await apiOf(context, request).call('POST /api/auth/login', {
      body: { email: person.email, password: person.password },
    })
    if ('accessToken' in answer) await enter(context, request, answer)
    sessionOf(context).change({ notice: wordsOf(language).account.registered })
    return redirect(ownPath(url.searchParams.get('to'), inLanguage(language, '/account')))
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { ...explain(error, wordsOf(language)), email: person.email, fullName: person.fullName }
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).account.register, location, matches, hidden: true })

export default function Register({ actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const busy = useNavigation().state === 'submitting'
  const wrong = actionData?.fields ?? {}
  return (
    <div className="page section stack" style={{ maxWidth: '28rem' }}>
      <h1>{words.account.register}</h1>
      {actionData?.message ? (
        <p className="note bad" role="alert">
          {actionData.message}
        </p>
      ) : null}
      <Form method="post" className="stack">
        <Field
          label={words.account.fullName}
          name="fullName"
          required
          autoComplete="name"
          defaultValue={actionData?.fullName}
          wrong={wrong['fullName']}
        />
        <Field
          label={words.account.email}
          name="email"
          type="email"
          required
          autoComplete="username"
          defaultValue={actionData?.email}
          wrong={wrong['email']}
        />
        <Field
          label={words.account.password}
          name="password"
          type="password"
          required
          minLength={8}
          autoComplete="new-password"
          hint={words.account.passwordRule}
          wrong={wrong['password']}
        />
        <button className="button" type="submit" disabled={busy}>
          {words.account.register}
        </button>
      </Form>
      <p>
        {words.account.haveAccount} <Link to="/sign-in">{words.account.signIn}</Link>
      </p>
    </div>
  )
}
