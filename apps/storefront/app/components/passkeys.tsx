import { useEffect, useRef, useState } from 'react'
import { Form, useSubmit } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { moment } from '../i18n/format.ts'
import { useSpeech } from '../i18n/later.ts'
import { Field } from './field.tsx'
import { OwnerFields } from './owner-fields.tsx'
import { makePasskey } from './passkey-device.ts'
import { usePasskeys } from './passkey-sign-in.tsx'

export type Passkey = Answer<'GET /api/auth/passkeys'>['passkeys'][number]

/** What a device is asked to make, once the owner has shown that it is them. */
export interface Making {
  readonly options: Answer<'POST /api/auth/passkeys/options'>
  readonly name: string
}

interface Props {
  readonly passkeys: readonly Passkey[]
  readonly making: Making | undefined
  readonly wrong: Readonly<Record<string, string>>
}

/** The passkeys of the account: add, rename, remove. */
export function Passkeys({ passkeys, making, wrong }: Props) {
  const { words } = useSpeech()
  const known = usePasskeys()
  const failed = useMaking(making)
  return (
    <section className="stack" aria-labelledby="passkeys">
      <h2 id="passkeys">{words.me.passkeys}</h2>
      <p className="soft">{words.me.passkeysText}</p>
      {failed ? (
        <p className="note bad" role="alert">
          {words.account.passkeyNone}
        </p>
      ) : null}
      {passkeys.length > 0 ? (
        <ul className="stack">
          {passkeys.map((passkey) => (
            <One key={passkey.id} passkey={passkey} />
          ))}
        </ul>
      ) : null}
      {known ? (
        <Form method="post" className="stack">
          <Field label={words.me.passkeyName} name="name" id="passkey-name" required maxLength={60} wrong={wrong['name']} />
          <OwnerFields id="passkey" wrong={wrong} />
          <button className="button quiet" type="submit" name="do" value="passkey-options">
            {words.me.passkeyAdd}
          </button>
        </Form>
      ) : null}
    </section>
  )
}

function One({ passkey }: { passkey: Passkey }) {
  const { language, words } = useSpeech()
  return (
    <li className="panel stack">
      <Form method="post" className="row">
        <input type="hidden" name="id" value={passkey.id} />
        <Field
          label={words.me.passkeyName}
          name="name"
          id={`name-${passkey.id}`}
          defaultValue={passkey.name}
          required
          maxLength={60}
        />
        <button className="link" type="submit" name="do" value="passkey-rename">
          {words.me.rename}
        </button>
      </Form>
      <p className="soft small">
        {passkey.lastUsedAt ? `${words.me.lastSeen} ${moment(passkey.lastUsedAt, language)}` : words.me.neverUsed}
        {passkey.synced ? ` · ${words.me.passkeySynced}` : ''}
      </p>
      <details>
        <summary>{words.me.remove}</summary>
        <Form method="post" className="stack">
          <input type="hidden" name="id" value={passkey.id} />
          <OwnerFields id={`remove-${passkey.id}`} />
          <button className="button quiet" type="submit" name="do" value="passkey-remove">
            {words.me.remove}
          </button>
        </Form>
      </details>
    </li>
  )
}

/** Asks the device once for each set of options, and hands what it made to the page's action. */
function useMaking(making: Making | undefined): boolean {
  const submit = useSubmit()
  const asked = useRef<Making>(undefined)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (!making || asked.current === making) return
    asked.current = making
    setFailed(false)
    makePasskey(making.options).then(
      async (credential) => {
        if (!credential) return setFailed(true)
        await submit({ do: 'passkey-add', name: making.name, credential: JSON.stringify(credential) }, { method: 'post' })
      },
      () => setFailed(true),
    )
  }, [making, submit])
  return failed
}
