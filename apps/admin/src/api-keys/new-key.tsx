import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Select, Tick } from '../parts/select.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

export type Made = Answer<'POST /api/auth/api-keys'>
type Permission = Answer<'GET /api/auth/api-keys/permissions'>['permissions'][number]

/** Days until a key ends; 0: when it is revoked. */
const LIVES = ['30', '90', '365', '0']

/** A key with some of one's own permissions, after the password was asked for again. */
export function NewKey({ permission, onMade }: { permission: string; onMade: (made: Made) => void }) {
  return (
    <Action
      name="New API key"
      permission={permission}
      quiet={false}
      run={async (form) => onMade(await api.call('POST /api/auth/api-keys', { body: wantedOf(form) }))}
    >
      <Field label="What it is for" name="name" required maxLength={80} hint="Like “Till in Bremen”." />
      <Permissions />
      <Select
        label="Ends"
        name="days"
        options={LIVES}
        initial="90"
        show={(days) => (days === '0' ? 'when it is revoked' : `after ${days} days`)}
      />
      <Field
        label="Your password"
        name="password"
        type="password"
        autoComplete="current-password"
        hint="Without one: sign in again first, within ten minutes."
      />
      <Field
        label="Code, if two-step sign-in is on"
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
      />
    </Action>
  )
}

function wantedOf(form: FormData) {
  const permissions = form.getAll('permission').map(String)
  if (permissions.length === 0) throw new RangeError('Choose what the key may do.')
  const days = Number(form.get('days'))
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const [password, code] = [String(form.get('password') ?? ''), text('code')]
  return {
    name: text('name'),
    permissions,
    expiresAt: days === 0 ? null : new Date(Date.now() + days * 86_400_000).toISOString(),
    ...(password === '' ? {} : { password }),
    ...(code === '' ? {} : { code }),
  }
}

/** What one can give, by the part of the shop it is about. */
function Permissions() {
  const { data, error, refetch } = useQuery({
    queryKey: ['permissions for keys'],
    queryFn: () => api.call('GET /api/auth/api-keys/permissions'),
    staleTime: 60_000,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const groups = Map.groupBy(data.permissions, ({ name }) => name.split(':', 1)[0] as string)
  return (
    <fieldset className="stack">
      <legend className="legend">What it may do; never more than you</legend>
      {[...groups].map(([group, permissions]) => (
        <Group key={group} name={group} permissions={permissions} />
      ))}
    </fieldset>
  )
}

function Group({ name, permissions }: { name: string; permissions: readonly Permission[] }) {
  const [chosen, setChosen] = useState(0)
  return (
    <details onChange={({ currentTarget }) => setChosen(currentTarget.querySelectorAll('input:checked').length)}>
      <summary>
        {name.replaceAll('-', ' ')}{' '}
        <span className="soft small">{chosen > 0 ? `${chosen} of ${permissions.length}` : permissions.length}</span>
      </summary>
      {permissions.map((one) => (
        <Tick key={one.name} label={one.description} name="permission" value={one.name} hint={one.name} />
      ))}
    </details>
  )
}

/** The key itself: this once. */
export function ShownOnce({ made, close }: { made: Made; close: () => void }) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => panel.current?.focus(), [])
  return (
    <section ref={panel} className="panel stack" aria-label="The new key" tabIndex={-1}>
      <h2>{made.name}</h2>
      <p>Copy the key now and keep it like a password. It is not shown again; when it is lost, make another one.</p>
      <Field
        label="API key"
        name="key"
        id="new-api-key"
        readOnly
        value={made.key}
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <div className="row">
        <Copy text={made.key} select={() => panel.current?.querySelector('input')?.focus()} />
        <button type="button" className="link" onClick={close}>
          I have kept it
        </button>
      </div>
      <p className="soft small">
        A program shows it with every request: <code>Authorization: Bearer souk_…</code>
      </p>
    </section>
  )
}

function Copy({ text, select }: { text: string; select: () => void }) {
  const [said, setSaid] = useState('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied.')
    } catch {
      // not over plain HTTP, and not where it was forbidden
      select()
      setSaid('It is selected: copy it with the keyboard.')
    }
  }
  return (
    <>
      <button type="button" className="button small" onClick={() => void copy()}>
        Copy
      </button>
      <span role="status">{said}</span>
    </>
  )
}
