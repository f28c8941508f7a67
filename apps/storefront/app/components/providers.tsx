import { Form } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { inLanguage } from '../i18n/language.ts'
import { moment } from '../i18n/format.ts'
import { useSpeech } from '../i18n/later.ts'
import { Link } from './link.tsx'
import { OwnerFields } from './owner-fields.tsx'

type Provider = Answer<'GET /api/auth/ways'>['providers'][number]

/** A way to each of the other sign-ins. A whole request each: it leads out of the shop. */
export function ProviderSignIns({ providers, to }: { providers: readonly Provider[]; to: string | null }) {
  const { words } = useSpeech()
  return (
    <>
      {providers.map(({ key, name }) => (
        <Link
          key={key}
          className="button quiet"
          reloadDocument
          to={`/sign-in/provider/${key}${to ? `?to=${encodeURIComponent(to)}` : ''}`}
        >
          {words.account.through(name)}
        </Link>
      ))}
    </>
  )
}

interface Props {
  readonly providers: readonly Provider[]
  readonly connected: Answer<'GET /api/auth/providers'>['providers']
}

/** The other sign-ins of the account: connect, disconnect. */
export function ConnectedProviders({ providers, connected }: Props) {
  const { language, words } = useSpeech()
  const open = providers.filter(({ key }) => !connected.some((one) => one.key === key))
  if (providers.length + connected.length === 0) return null
  return (
    <section className="stack" aria-labelledby="providers">
      <h2 id="providers">{words.me.providers}</h2>
      <ul className="stack">
        {connected.map(({ key, name, connectedAt }) => (
          <li key={key} className="panel stack">
            <span>
              {name} <span className="soft small">· {words.me.connectedSince(moment(connectedAt, language))}</span>
            </span>
            <ProviderSignIns providers={[{ key, name }]} to={inLanguage(language, '/account/security')} />
            <details>
              <summary>{words.me.disconnect}</summary>
              <Asked id={`off-${key}`} provider={key} what="provider-off" label={words.me.disconnect} />
            </details>
          </li>
        ))}
        {open.map(({ key, name }) => (
          <li key={key} className="panel stack">
            <span>{name}</span>
            <details>
              <summary>{words.me.connect}</summary>
              <Asked id={`on-${key}`} provider={key} what="provider-connect" label={words.me.connect} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Asked({ id, provider, what, label }: { id: string; provider: string; what: string; label: string }) {
  return (
    <Form method="post" className="stack">
      <input type="hidden" name="id" value={provider} />
      <OwnerFields id={id} />
      <button className="button quiet" type="submit" name="do" value={what}>
        {label}
      </button>
    </Form>
  )
}
