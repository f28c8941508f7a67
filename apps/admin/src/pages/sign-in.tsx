import { type FormEvent, useEffect, useState } from 'react'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Logo } from '../../../storefront/app/components/pictures.tsx'
import { type SignInAnswer, signIn, signInWithPasskey, waysIn } from '../session.ts'

/** What another sign-in that did not work is told by in the address. */
const REFUSALS: Readonly<Record<string, string>> = {
  'auth/account-exists':
    'There is an account with this e-mail address already. Connect the two in the shop, under sign-in and security of the account.',
  'auth/email-not-verified-there': 'Your e-mail address is not confirmed over there. Confirm it and try again.',
  'auth/account-disabled': 'This account is disabled.',
  'auth/provider-unavailable': 'The other sign-in does not answer at the moment.',
}

/** What the address says of a sign-in elsewhere, read once. */
function fromElsewhere(): { mfaToken: string | undefined; message: string | undefined } {
  const refused = new URLSearchParams(location.search).get('refused')
  const mfaToken = new URLSearchParams(location.hash.slice(1)).get('second-step') ?? undefined
  return { mfaToken, message: refused ? (REFUSALS[refused] ?? 'The sign-in was not completed. Please start again.') : undefined }
}

export function SignIn() {
  const [elsewhere] = useState(fromElsewhere)
  const [mfaToken, setMfaToken] = useState(elsewhere.mfaToken)
  const [message, setMessage] = useState(elsewhere.message)
  const [busy, setBusy] = useState(false)
  const [ways, setWays] = useState<Awaited<ReturnType<typeof waysIn>>>()
  useEffect(() => {
    if (elsewhere.message || elsewhere.mfaToken) history.replaceState(history.state, '', location.pathname)
    // without an answer there is still the password
    waysIn().then(setWays, () => undefined)
  }, [elsewhere])
  const enter = async (work: () => Promise<SignInAnswer>) => {
    setBusy(true)
    try {
      const answer = await work()
      if ('mfaToken' in answer) setMfaToken(answer.mfaToken)
      setMessage('message' in answer ? answer.message : undefined)
    } catch {
      setMessage('The shop did not answer. Try again in a moment.')
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    const shown = mfaToken ? { mfaToken, code: text('code').trim() } : { email: text('email').trim(), password: text('password') }
    void enter(() => signIn(shown))
  }
  return (
    <main className="page section stack" style={{ maxWidth: '24rem' }}>
      <p className="admin-brand">
        <Logo /> Souk
      </p>
      <h1>Sign in to run the shop</h1>
      {message ? (
        <p className="note bad" role="alert">
          {message}
        </p>
      ) : null}
      <form className="stack" onSubmit={submit}>
        {mfaToken ? (
          <Field label="Code from your authenticator app" name="code" required inputMode="numeric" autoComplete="one-time-code" />
        ) : (
          <>
            <Field label="E-mail" name="email" type="email" required autoComplete="username" />
            <Field label="Password" name="password" type="password" required autoComplete="current-password" />
          </>
        )}
        <button className="button" type="submit" disabled={busy}>
          Sign in
        </button>
      </form>
      {ways?.passkeys && !mfaToken ? (
        <button type="button" className="button quiet" disabled={busy} onClick={() => void enter(signInWithPasskey)}>
          Sign in with a passkey
        </button>
      ) : null}
      {mfaToken
        ? null
        : ways?.providers.map(({ key, name }) => (
            <a key={key} className="button quiet" href={`/admin/session/provider/${key}`}>
              Sign in with {name}
            </a>
          ))}
    </main>
  )
}
