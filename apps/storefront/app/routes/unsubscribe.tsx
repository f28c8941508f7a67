import { Form, useSearchParams } from 'react-router'
import type { Route } from './+types/unsubscribe'
import { apiOf, isBusy, isRefusal } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { textOf } from '../form-answer.server.ts'
import { languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'

/** Whether the link is one of ours; asking changes nothing. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const token = new URL(request.url).searchParams.get('token') ?? ''
  return await answerOf(request, undefined, () =>
    apiOf(context, request).call('GET /api/notifications/unsubscribe', { query: { token } }),
  )
}

/** By a button, not by the link itself: programs that look at mails follow links too. */
export async function action({ context, request }: Route.ActionArgs) {
  const token = textOf(await request.formData(), 'token')
  const { mail } = wordsOf(languageOf(new URL(request.url).pathname))
  return await answerOf(request, mail.unsubscribed, () =>
    apiOf(context, request).call(
      'POST /api/notifications/unsubscribe',
      { query: { token }, body: 'List-Unsubscribe=One-Click' },
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ),
  )
}

/** What to say of it, and whether the button is to stay. */
interface UnsubscribeAnswer {
  readonly done?: string
  readonly message?: string
  readonly again: boolean
}

async function answerOf(request: Request, done: string | undefined, work: () => Promise<unknown>): Promise<UnsubscribeAnswer> {
  try {
    await work()
    return done === undefined ? { again: true } : { done, again: false }
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { mail, checkout } = wordsOf(languageOf(new URL(request.url).pathname))
    return isBusy(error.status) ? { message: checkout.busy, again: true } : { message: mail.unsubscribeFailed, again: false }
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).mail.unsubscribe, location, matches, hidden: true })

export default function Unsubscribe({ loaderData, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const [search] = useSearchParams()
  const answer = actionData ?? loaderData
  return (
    <div className="page section stack" style={{ maxWidth: '32rem' }}>
      <h1>{words.mail.unsubscribe}</h1>
      <AnswerNote answer={answer} />
      {answer.again ? (
        <>
          <p>{words.mail.unsubscribeText}</p>
          <Form method="post" className="stack">
            <input type="hidden" name="token" value={search.get('token') ?? ''} />
            <button className="button" type="submit">
              {words.mail.unsubscribeGo}
            </button>
          </Form>
        </>
      ) : (
        <Link to="/account/profile">{words.mail.unsubscribeElsewhere}</Link>
      )}
    </div>
  )
}
