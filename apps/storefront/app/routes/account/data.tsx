import { Form, redirect } from 'react-router'
import type { Route } from './+types/data'
import { apiOf } from '../../api.server.ts'
import { AnswerNote } from '../../components/answer.tsx'
import { pageMeta } from '../../components/meta.ts'
import { answered } from '../../form-answer.server.ts'
import { inLanguage, languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { requireUser, sessionOf } from '../../session.server.ts'

export const loader = ({ context, request }: Route.LoaderArgs) => {
  requireUser(context, request)
  return null
}

export async function action({ context, request }: Route.ActionArgs) {
  requireUser(context, request)
  const language = languageOf(new URL(request.url).pathname)
  const form = await request.formData()
  const answer = await answered(language, async () => {
    if (form.get('sure') !== '1') return undefined
    await apiOf(context, request).call('DELETE /api/users/me')
    return wordsOf(language).me.erased
  })
  if (!answer.done) return answer
  const session = sessionOf(context)
  session.signOut()
  session.change({ notice: answer.done })
  return redirect(inLanguage(language, '/'))
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).me.data, location, matches, hidden: true })

export default function Data({ actionData }: Route.ComponentProps) {
  const { language, words } = useSpeech()
  return (
    <div className="stack-wide" style={{ maxWidth: '40rem' }}>
      <section className="stack">
        <h2>{words.me.export}</h2>
        <p className="soft">{words.me.exportText}</p>
        <a className="button quiet" href={inLanguage(language, '/account/export')} download>
          {words.me.export}
        </a>
      </section>
      <Form method="post" className="stack panel">
        <h2>{words.me.erase}</h2>
        <AnswerNote answer={actionData} />
        <p>{words.me.eraseText}</p>
        <label className="row">
          <input type="checkbox" name="sure" value="1" required />
          {words.me.eraseConfirm}
        </label>
        <button className="button quiet" type="submit">
          {words.me.erase}
        </button>
      </Form>
    </div>
  )
}
