import { type FormEvent, useEffect, useState } from 'react'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Logo } from '../../../storefront/app/components/pictures.tsx'
import { hasPasskeys, type SignInAnswer, signIn, signInWithPasskey } from '../session.ts'

export function SignIn() {
  const [mfaToken, setMfaToken] = useState<string>()
  const [message, setMessage] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [passkeys, setPasskeys] = useState(false)
  useEffect(() => {
    // without an answer there is still the password
    hasPasskeys().then(setPasskeys, () => undefined)
  }, [])
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
    const shown = mfaToken
      ? { mfaToken, code: text('code').trim() }
      : { email: text('email').trim(), password: text('password') }
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
      {passkeys && !mfaToken ? (
        <button type="button" className="button quiet" disabled={busy} onClick={() => void enter(signInWithPasskey)}>
          Sign in with a passkey
        </button>
      ) : null}
    </main>
  )
}
