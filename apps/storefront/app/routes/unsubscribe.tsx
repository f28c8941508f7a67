import { Form, useSearchParams } from 'react-router'
import type { Route } from './+types/unsubscribe'
import { apiOf, SoukError } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { textOf } from '../form-answer.server.ts'
import { languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'

/** Whether the link is one of ours; asking changes nothing. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const token = new URL(request.url).searchParams.get('token') ?? ''
  return {
    message: await refusalOf(request, () =>
      apiOf(context, request).call('GET /api/notifications/unsubscribe', { query: { token } }),
    ),
  }
}

/** By a button, not by the link itself: programs that look at mails follow links too. */
export async function action({ context, request }: Route.ActionArgs) {
  const token = textOf(await request.formData(), 'token')
  const message = await refusalOf(request, () =>
    apiOf(context, request).call(
      'POST /api/notifications/unsubscribe',
      { query: { token }, body: 'List-Unsubscribe=One-Click' },
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ),
  )
  return message === undefined ? { done: wordsOf(languageOf(new URL(request.url).pathname)).mail.unsubscribed } : { message }
}

/** What to say where the shop does not know the link; `undefined`: it does. */
async function refusalOf(request: Request, work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof SoukError && (error.status === 400 || error.status === 404))
      return wordsOf(languageOf(new URL(request.url).pathname)).mail.unsubscribeFailed
    throw error
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).mail.unsubscribe, location, matches, hidden: true })

export default function Unsubscribe({ loaderData, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const [search] = useSearchParams()
  const answer = actionData ?? (loaderData.message === undefined ? undefined : loaderData)
  return (
    <div className="page section stack" style={{ maxWidth: '32rem' }}>
      <h1>{words.mail.unsubscribe}</h1>
      <AnswerNote answer={answer} />
      {answer ? (
        <Link to="/account/profile">{words.mail.unsubscribeElsewhere}</Link>
      ) : (
        <>
          <p>{words.mail.unsubscribeText}</p>
          <Form method="post" className="stack">
            <input type="hidden" name="token" value={search.get('token') ?? ''} />
            <button className="button" type="submit">
              {words.mail.unsubscribeGo}
            </button>
          </Form>
        </>
      )}
    </div>
  )
}
