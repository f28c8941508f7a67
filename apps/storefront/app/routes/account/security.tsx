import { Form, redirect } from 'react-router'
import { renderSVG } from 'uqr'
import type { Route } from './+types/security'
import { apiOf, type Client, type Input, ONCE, SoukError } from '../../api.server.ts'
import { AnswerNote } from '../../components/answer.tsx'
import { Field } from '../../components/field.tsx'
import { pageMeta } from '../../components/meta.ts'
import { type Making, Passkeys } from '../../components/passkeys.tsx'
import { ConnectedProviders } from '../../components/providers.tsx'
import { answered, textOf } from '../../form-answer.server.ts'
import { moment } from '../../i18n/format.ts'
import { inLanguage, languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { requireUser, sessionOf, toSignIn } from '../../session.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  const api = apiOf(context, request)
  const [{ sessions }, { passkeys }, { providers: connected }, ways] = await Promise.all([
    api.call('GET /api/auth/sessions'),
    api.call('GET /api/auth/passkeys'),
    api.call('GET /api/auth/providers'),
    api.call('GET /api/auth/ways'),
  ])
  return { sessions, passkeys, connected, ways }
}

interface Enrolment {
  readonly secret?: string
  /** the secret as a picture for a camera */
  readonly picture?: string
  readonly codes?: readonly string[]
}

async function enrol(api: Client, password: string): Promise<Enrolment> {
  const { secret, uri } = await api.call('POST /api/auth/mfa/enrol', { body: { password } })
  return { secret, picture: `data:image/svg+xml;base64,${Buffer.from(renderSVG(uri, { border: 2 })).toString('base64')}` }
}

/**
 * Taking a way to sign in away ends the sessions that came by it. Where this is one of them, the page cannot be shown again to say what was done:
 * the sign-in says it, which leads back here. It is done also where that cannot be found out.
 */
async function unlessSignedOut(
  { context, request }: Pick<Route.ActionArgs, 'context' | 'request'>,
  done: string,
): Promise<string> {
  const api = apiOf(context, request, { ended: 'fail' })
  const signedOut = await api.call('GET /api/auth/sessions').then(
    ({ sessions }) => !sessions.some(({ current }) => current),
    (error: unknown) => error instanceof SoukError && error.status === 401,
  )
  if (!signedOut) return done
  sessionOf(context).change({ user: undefined, notice: done })
  throw toSignIn(context, request)
}

type NewPasskey = Input<'POST /api/auth/passkeys'>['body']

export async function action({ context, request }: Route.ActionArgs) {
  requireUser(context, request)
  const language = languageOf(new URL(request.url).pathname)
  const { me } = wordsOf(language)
  const form = await request.formData()
  const api = apiOf(context, request)
  const password = String(form.get('password') ?? '')
  const kind = textOf(form, 'do')
  let enrolment: Enrolment = {}
  let making: Making | undefined
  const id = textOf(form, 'id')
  const code = textOf(form, 'code')
  const owner = { ...(password ? { password } : {}), ...(code ? { code } : {}) }
  const answer = await answered(language, async () => {
    switch (kind) {
      case 'password': {
        const tokens = await api.call('POST /api/auth/password', {
          body: { currentPassword: password, newPassword: String(form.get('newPassword') ?? '') },
        })
        sessionOf(context).signIn(tokens)
        return me.passwordChanged
      }
      case 'enrol':
        enrolment = await enrol(api, password)
        return undefined
      case 'confirm':
        enrolment = {
          codes: (await api.call('POST /api/auth/mfa/confirm', { body: { code } })).recoveryCodes,
        }
        return me.twoFactorOn
      case 'off':
        await api.call('DELETE /api/auth/mfa', { body: { password, code } })
        return me.saved
      case 'session':
        await api.call('DELETE /api/auth/sessions/{id}', { path: { id } }).catch((error: unknown) => {
          if (!(error instanceof SoukError && error.status === 404)) throw error
        })
        return undefined
      case 'passkey-options':
        making = { options: await api.call('POST /api/auth/passkeys/options', { body: owner }), name: textOf(form, 'name') }
        return undefined
      case 'passkey-add': {
        const credential = JSON.parse(String(form.get('credential'))) as NewPasskey['credential']
        await api.call('POST /api/auth/passkeys', { body: { name: textOf(form, 'name'), credential } }, ONCE)
        return me.passkeyAdded
      }
      case 'passkey-rename':
        await api.call('PATCH /api/auth/passkeys/{id}', { path: { id }, body: { name: textOf(form, 'name') } })
        return me.saved
      case 'passkey-remove':
        await api.call('DELETE /api/auth/passkeys/{id}', { path: { id }, body: owner })
        return await unlessSignedOut({ context, request }, me.passkeyRemoved)
      case 'provider-connect': {
        const { url, ticket } = await api.call('POST /api/auth/providers/{key}/connect', { path: { key: id }, body: owner })
        const to = inLanguage(language, '/account/security')
        sessionOf(context).change({ trip: { ticket, language, to, connect: true } })
        throw redirect(url)
      }
      case 'provider-off':
        await api.call('DELETE /api/auth/providers/{key}', { path: { key: id }, body: owner })
        return await unlessSignedOut({ context, request }, me.disconnected)
      default:
        return undefined
    }
  })
  return { ...answer, kind, enrolment, making }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).me.security, location, matches, hidden: true })

export default function Security({ loaderData: { sessions, passkeys, connected, ways }, actionData }: Route.ComponentProps) {
  const { language, words } = useSpeech()
  const wrong = actionData?.fields ?? {}
  const enrolment = actionData?.enrolment
  return (
    <div className="stack-wide" style={{ maxWidth: '40rem' }}>
      <AnswerNote answer={actionData} />
      {enrolment?.codes ? (
        <ul className="panel pair number">
          {enrolment.codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      ) : null}
      <Form method="post" className="stack">
        <h2>{words.me.password}</h2>
        <input type="hidden" name="do" value="password" />
        <Field
          label={words.me.currentPassword}
          name="password"
          id="current"
          type="password"
          required
          autoComplete="current-password"
        />
        <Field
          label={words.me.newPassword}
          name="newPassword"
          type="password"
          required
          minLength={8}
          autoComplete="new-password"
          hint={words.account.passwordRule}
          wrong={wrong['newPassword']}
        />
        <button className="button quiet" type="submit">
          {words.me.save}
        </button>
      </Form>
      {ways.passkeys ? <Passkeys passkeys={passkeys} making={actionData?.making} wrong={wrong} /> : null}
      <ConnectedProviders providers={ways.providers} connected={connected} />
      <section className="stack">
        <h2>{words.me.twoFactor}</h2>
        <p className="soft">{words.me.twoFactorText}</p>
        {enrolment?.picture ? (
          <Form method="post" className="stack panel">
            <input type="hidden" name="do" value="confirm" />
            <p>{words.me.twoFactorScan}</p>
            <img src={enrolment.picture} alt="" width={200} height={200} style={{ background: '#fff' }} />
            <p className="small">
              {words.me.twoFactorSecret}: <code>{enrolment.secret}</code>
            </p>
            <Field
              label={words.account.code}
              name="code"
              required
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={12}
            />
            <button className="button" type="submit">
              {words.me.turnOn}
            </button>
          </Form>
        ) : (
          <Form method="post" className="stack">
            <Field
              label={words.me.currentPassword}
              name="password"
              id="mfa-password"
              type="password"
              required
              autoComplete="current-password"
            />
            <Field
              label={words.account.code}
              name="code"
              id="mfa-code"
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={12}
            />
            <div className="row">
              <button className="button quiet" type="submit" name="do" value="enrol">
                {words.me.turnOn}
              </button>
              <button className="link" type="submit" name="do" value="off">
                {words.me.turnOff}
              </button>
            </div>
          </Form>
        )}
      </section>
      <section className="stack">
        <h2>{words.me.sessions}</h2>
        <ul className="stack">
          {sessions.map((session) => (
            <li key={session.id} className="panel spread">
              <span>
                {(session.userAgent ?? session.ip).slice(0, 80)}
                <span className="soft small">
                  {' '}
                  · {session.current ? words.me.thisDevice : `${words.me.lastSeen} ${moment(session.lastUsedAt, language)}`}
                </span>
              </span>
              {session.current ? null : (
                <Form method="post">
                  <input type="hidden" name="id" value={session.id} />
                  <button className="link" type="submit" name="do" value="session">
                    {words.me.signOutThere}
                  </button>
                </Form>
              )}
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}
