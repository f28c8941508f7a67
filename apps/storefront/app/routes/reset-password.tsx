import { Form, redirect, useSearchParams } from 'react-router'
import type { Route } from './+types/reset-password'
import { apiOf } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Field } from '../components/field.tsx'
import { pageMeta } from '../components/meta.ts'
import { answered, textOf } from '../form-answer.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { sessionOf } from '../session.server.ts'

export async function action({ context, request }: Route.ActionArgs) {
  const language = languageOf(new URL(request.url).pathname)
  const form = await request.formData()
  const answer = await answered(language, async () => {
    await apiOf(context, request).call('POST /api/auth/password/reset', {
      body: { token: textOf(form, 'token'), password: String(form.get('password') ?? '') },
    })
    return wordsOf(language).mail.resetDone
  })
  if (!answer.done) return answer
  sessionOf(context).change({ notice: answer.done })
  return redirect(inLanguage(language, '/sign-in'))
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).mail.reset, location, matches, hidden: true })

export default function ResetPassword({ actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const [search] = useSearchParams()
  return (
    <div className="page section stack" style={{ maxWidth: '28rem' }}>
      <h1>{words.mail.reset}</h1>
      <AnswerNote answer={actionData} />
      <Form method="post" className="stack">
        <input type="hidden" name="token" value={search.get('token') ?? ''} />
        <Field
          label={words.me.newPassword}
          name="password"
          type="password"
          required
          minLength={8}
          autoComplete="new-password"
          hint={words.account.passwordRule}
          wrong={actionData?.fields['password']}
        />
        <button className="button" type="submit">
          {words.me.save}
        </button>
      </Form>
    </div>
  )
}
