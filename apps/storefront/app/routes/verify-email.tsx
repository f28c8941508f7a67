import { Form, useSearchParams } from 'react-router'
import type { Route } from './+types/verify-email'
import { apiOf, isBusy, isRefusal } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { textOf } from '../form-answer.server.ts'
import { languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'

/** By a button, not by the link itself: programs that look at mails follow links too. */
export async function action({ context, request }: Route.ActionArgs) {
  const { mail, checkout } = wordsOf(languageOf(new URL(request.url).pathname))
  const token = textOf(await request.formData(), 'token')
  try {
    await apiOf(context, request).call('POST /api/auth/email/verify', { body: { token } })
    return { done: mail.verified }
  } catch (error) {
    if (!isRefusal(error)) throw error
    // the link is as good as before: the button stays
    return isBusy(error.status) ? { message: checkout.busy, again: true } : { message: mail.verifyFailed }
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).mail.verify, location, matches, hidden: true })

export default function VerifyEmail({ actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const [search] = useSearchParams()
  return (
    <div className="page section stack" style={{ maxWidth: '32rem' }}>
      <h1>{words.mail.verify}</h1>
      <AnswerNote answer={actionData} />
      {actionData && !actionData.again ? (
        <Link to="/account">{words.shop.account}</Link>
      ) : (
        <Form method="post">
          <input type="hidden" name="token" value={search.get('token') ?? ''} />
          <button className="button" type="submit">
            {words.mail.verifyGo}
          </button>
        </Form>
      )}
    </div>
  )
}
