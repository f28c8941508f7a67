import { useState } from 'react'
import type { Item } from '../../../../packages/client/src/client.ts'
import { type Made, NewKey, ShownOnce } from '../api-keys/new-key.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State, when } from '../parts/show.tsx'
import { api } from '../session.ts'

const PERMISSION = 'api-keys:write'
type Key = Item<'GET /api/auth/api-keys'>

/** Keys with which programs of others use the shop. */
export function ApiKeys() {
  const [made, setMade] = useState<Made>()
  const [open, setOpen] = useState<Key>()
  const { values, set } = useFilter(['which'])
  const which = values.which === 'used' || values.which === 'ended' ? values.which : undefined
  return (
    <div className="stack">
      <div className="spread">
        <h1>API keys</h1>
        <NewKey permission={PERMISSION} onMade={setMade} />
      </div>
      <p className="soft">
        A program that shows a key may do what the key says, as long as whoever made it may do it too. Revoke what nobody uses.
      </p>
      {made ? <ShownOnce made={made} close={() => setMade(undefined)} /> : null}
      <div className="row">
        <Choice
          label="Which"
          value={which}
          options={[
            { value: 'used', label: 'in use' },
            { value: 'ended', label: 'revoked or expired' },
          ]}
          onChange={(value) => set('which', value)}
        />
      </div>
      {open ? <Details of={open} close={() => setOpen(undefined)} /> : null}
      <Rows
        label="API keys"
        name={['api keys', which]}
        load={(cursor) =>
          api.call('GET /api/auth/api-keys', { query: { limit: 50, cursor, ...(which ? { ended: which === 'ended' } : {}) } })
        }
        keyOf={({ id }) => id}
        empty={which ? 'There are none.' : 'No program has a key.'}
        columns={[
          {
            title: 'For',
            width: 'minmax(9rem, 1.5fr)',
            cell: (key) => (
              <button type="button" className="link" onClick={() => setOpen(key)}>
                {key.name}
              </button>
            ),
          },
          { title: 'State', width: '6rem', cell: ({ state }) => <State of={state === 'active' ? 'ACTIVE' : state} /> },
          { title: 'May do', width: '5rem', cell: ({ permissions }) => `${permissions.length} things` },
          { title: 'Made by', width: 'minmax(8rem, 1fr)', cell: ({ madeBy }) => madeBy.email },
          { title: 'Last used', width: '9.5rem', cell: ({ lastUsedAt }) => (lastUsedAt ? when(lastUsedAt) : 'never') },
          { title: 'Ends', width: '9.5rem', cell: ({ expiresAt }) => (expiresAt ? when(expiresAt) : 'when revoked') },
          {
            title: 'To do',
            width: '6rem',
            cell: ({ id, name, state }) =>
              state === 'active' || state === 'locked' ? (
                <Action
                  name="Revoke"
                  permission={PERMISSION}
                  confirm={`Whatever uses “${name}” is refused from now on. This cannot be undone.`}
                  run={() => api.call('DELETE /api/auth/api-keys/{id}', { path: { id } })}
                />
              ) : null,
          },
        ]}
      />
    </div>
  )
}

function Details({ of, close }: { of: Key; close: () => void }) {
  const lost = new Set(of.lostPermissions)
  return (
    <section className="panel stack" aria-label={`What ${of.name} may do`}>
      <div className="spread">
        <h2>{of.name}</h2>
        <button type="button" className="link" onClick={close}>
          Close
        </button>
      </div>
      <p className="soft">
        Made {when(of.createdAt)} by {of.madeBy.email}
        {of.revokedAt ? `, revoked ${when(of.revokedAt)}` : ''}.
      </p>
      <ul>
        {of.permissions.map((permission) => (
          <li key={permission}>
            <code>{permission}</code>
            {lost.has(permission) ? <span className="soft"> not any more: whoever made the key lost it</span> : null}
          </li>
        ))}
      </ul>
    </section>
  )
}
