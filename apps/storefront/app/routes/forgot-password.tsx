import { Form } from 'react-router'
import type { Route } from './+types/forgot-password'
import { apiOf } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Field } from '../components/field.tsx'
import { pageMeta } from '../components/meta.ts'
import { answered, textOf } from '../form-answer.server.ts'
import { languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'

export async function action({ context, request }: Route.ActionArgs) {
  const language = languageOf(new URL(request.url).pathname)
  const email = textOf(await request.formData(), 'email')
  return await answered(language, async () => {
    await apiOf(context, request).call('POST /api/auth/password/forgot', { body: { email } })
    return wordsOf(language).mail.forgotSent
  })
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).mail.forgot, location, matches, hidden: true })

export default function ForgotPassword({ actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  return (
    <div className="page section stack" style={{ maxWidth: '28rem' }}>
      <h1>{words.mail.forgot}</h1>
      <p className="soft">{words.mail.forgotText}</p>
      <AnswerNote answer={actionData} />
      <Form method="post" className="stack">
        <Field
          label={words.account.email}
          name="email"
          type="email"
          required
          autoComplete="username"
          wrong={actionData?.fields['email']}
        />
        <button className="button" type="submit">
          {words.mail.send}
        </button>
      </Form>
    </div>
  )
}
