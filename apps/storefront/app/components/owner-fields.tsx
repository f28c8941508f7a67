import { useSpeech } from '../i18n/later.ts'
import { Field } from './field.tsx'

/** Password, and code where two-step sign-in is on: asked for before anything that opens the account is added or removed. */
export function OwnerFields({ id, wrong }: { id: string; wrong?: Readonly<Record<string, string>> }) {
  const { words } = useSpeech()
  return (
    <>
      <Field
        label={words.me.currentPassword}
        name="password"
        id={`${id}-password`}
        type="password"
        autoComplete="current-password"
        hint={words.me.passkeyPassword}
      />
      <Field
        label={words.me.codeIfOn}
        name="code"
        id={`${id}-code`}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        wrong={wrong?.['code']}
      />
    </>
  )
}
