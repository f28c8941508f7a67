import { Form } from 'react-router'
import type { Route } from './+types/profile'
import { apiOf } from '../../api.server.ts'
import { AnswerNote } from '../../components/answer.tsx'
import { Field } from '../../components/field.tsx'
import { pageMeta } from '../../components/meta.ts'
import { answered, textOf } from '../../form-answer.server.ts'
import { LANGUAGES, languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { requireUser } from '../../session.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  const api = apiOf(context, request)
  const [me, preferences] = await Promise.all([api.call('GET /api/users/me'), api.call('GET /api/users/me/preferences')])
  return { me, preferences }
}

export async function action({ context, request }: Route.ActionArgs) {
  requireUser(context, request)
  const language = languageOf(new URL(request.url).pathname)
  const form = await request.formData()
  const api = apiOf(context, request)
  return await answered(language, async () => {
    await api.call('PATCH /api/users/me', { body: { fullName: textOf(form, 'fullName'), phone: textOf(form, 'phone') || null } })
    await api.call('PATCH /api/users/me/preferences', {
      body: { locale: textOf(form, 'locale'), marketingConsent: form.get('marketingConsent') === '1' },
    })
    return wordsOf(language).me.saved
  })
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).me.profile, location, matches, hidden: true })

export default function Profile({ loaderData: { me, preferences }, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const wrong = actionData?.fields ?? {}
  return (
    <Form method="post" className="stack" style={{ maxWidth: '32rem' }}>
      <h2>{words.me.profile}</h2>
      <AnswerNote answer={actionData} />
      <Field
        label={words.account.fullName}
        name="fullName"
        required
        autoComplete="name"
        defaultValue={me.fullName}
        wrong={wrong['fullName']}
      />
      <Field label={words.account.email} name="email" type="email" readOnly value={me.email ?? ''} />
      <Field
        label={words.me.phone}
        name="phone"
        type="tel"
        autoComplete="tel"
        defaultValue={me.phone ?? ''}
        wrong={wrong['phone']}
      />
      <div className="field">
        <label htmlFor="locale">{words.me.language}</label>
        <select id="locale" name="locale" defaultValue={preferences.locale}>
          {LANGUAGES.map((one) => (
            <option key={one} value={one}>
              {one === 'en' ? words.shop.english : words.shop.german}
            </option>
          ))}
        </select>
      </div>
      <label className="row">
        <input type="checkbox" name="marketingConsent" value="1" defaultChecked={preferences.marketingConsent} />
        {words.me.marketing}
      </label>
      <button className="button" type="submit">
        {words.me.save}
      </button>
    </Form>
  )
}
