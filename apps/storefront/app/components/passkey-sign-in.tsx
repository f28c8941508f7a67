import { useEffect, useState } from 'react'
import { useSubmit } from 'react-router'
import { useSpeech } from '../i18n/later.ts'
import { showPasskey } from './passkey-device.ts'

/** Passkeys need scripts and a browser that knows them: without, there is no button. */
export function usePasskeys(): boolean {
  const [known, setKnown] = useState(false)
  useEffect(() => setKnown('PublicKeyCredential' in window), [])
  return known
}

/** Signs in with a passkey that the device offers; the page's own action takes what the device signed. */
export function PasskeySignIn({ busy }: { busy: boolean }) {
  const { words } = useSpeech()
  const submit = useSubmit()
  const known = usePasskeys()
  const [asking, setAsking] = useState(false)
  const [message, setMessage] = useState<string>()
  if (!known) return null
  const enter = async () => {
    setAsking(true)
    setMessage(undefined)
    try {
      const asked = await fetch('/api/auth/passkeys/challenge', { method: 'POST', signal: AbortSignal.timeout(10_000) })
      const credential = asked.ok ? await showPasskey(await asked.json()) : undefined
      if (credential) await submit({ credential: JSON.stringify(credential) }, { method: 'post' })
      else setMessage(words.account.passkeyNone)
    } catch {
      setMessage(words.account.passkeyNone)
    } finally {
      setAsking(false)
    }
  }
  return (
    <div className="stack">
      <button type="button" className="button quiet" disabled={busy || asking} onClick={() => void enter()}>
        {words.account.passkey}
      </button>
      {message ? (
        <p className="note bad" role="alert">
          {message}
        </p>
      ) : null}
    </div>
  )
}
