import { useQuery } from '@tanstack/react-query'
import type { Answer, Item } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { Tick } from '../parts/select.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api, staffNow } from '../session.ts'

type Rights = Answer<'GET /api/auth/roles'>
const PERMISSION = 'users:roles'

/** Who works here, and what each role may do. */
export function Staff() {
  const rights = useQuery({ queryKey: ['rights'], queryFn: () => api.call('GET /api/auth/roles'), staleTime: 60_000 })
  const { values, set } = useFilter(['role'])
  if (rights.error) return <Trouble error={rights.error} again={() => void rights.refetch()} />
  if (!rights.data) return <p className="soft">Loading …</p>
  const roles = rights.data.roles.filter(({ name }) => name !== 'CUSTOMER')
  const role = roles.find(({ name }) => name === values.role)?.name
  return (
    <div className="stack-wide">
      <div className="spread">
        <h1>Staff</h1>
        <NewStaff roles={roles} />
      </div>
      <div className="row">
        <Choice label="Role" value={role} options={roles.map(({ name }) => name)} onChange={(value) => set('role', value)} />
      </div>
      <Rows
        label="Staff"
        name={['staff', role]}
        load={(cursor) => api.call('GET /api/auth/staff', { query: { limit: 50, cursor, role } })}
        keyOf={({ id }) => id}
        empty="Nobody has this role."
        columns={[
          { title: 'E-mail', width: 'minmax(12rem, 1.5fr)', cell: ({ email }) => email },
          {
            title: 'Roles',
            width: 'minmax(9rem, 1fr)',
            cell: ({ roles: own }) =>
              own
                .filter((one) => one !== 'CUSTOMER')
                .join(', ')
                .toLowerCase(),
          },
          { title: 'Second step', width: '7rem', cell: ({ mfa }) => (mfa ? 'on' : 'off') },
          { title: 'State', width: '7rem', cell: ({ disabled }) => <State of={disabled ? 'disabled' : 'ACTIVE'} /> },
          { title: 'Since', width: '11rem', cell: ({ createdAt }) => when(createdAt) },
          { title: 'To do', width: '17rem', cell: (one) => <Change one={one} roles={roles} /> },
        ]}
      />
      <Roles rights={rights.data} />
    </div>
  )
}

type Roles = Rights['roles']

/** The roles that are ticked, and those somebody keeps. */
const chosen = (form: FormData, kept: readonly string[] = []): string[] => {
  const roles = [...new Set([...kept, ...form.getAll('role').map(String)])]
  return roles.length > 0 ? roles : ['CUSTOMER']
}

function RoleTicks({ roles, own = [] }: { roles: Roles; own?: readonly string[] }) {
  return (
    <fieldset className="stack">
      <legend className="legend">Roles</legend>
      {roles.map(({ name, permissions }) => (
        <Tick
          key={name}
          label={name.toLowerCase()}
          name="role"
          value={name}
          initial={own.includes(name)}
          hint={permissions.includes('*') ? 'may do everything' : `${permissions.length} permissions`}
        />
      ))}
    </fieldset>
  )
}

function Change({ one: { id, email, roles: own, disabled }, roles }: { one: Item<'GET /api/auth/staff'>; roles: Roles }) {
  const path = { id }
  const self = id === staffNow()?.userId
  return (
    <span className="row">
      <Action
        name="Change roles"
        permission={PERMISSION}
        confirm={`${self ? 'These are your own rights. ' : ''}All sessions of ${email} end at once. Without a role it is a customer.`}
        run={(form) => api.call('PUT /api/auth/users/{id}/roles', { path, body: { roles: chosen(form) } })}
      >
        <RoleTicks roles={roles} own={own} />
      </Action>
      {disabled ? (
        <Action
          name="Let in again"
          permission="users:write-any"
          run={() => api.call('POST /api/auth/users/{id}/enable', { path })}
        />
      ) : (
        <Action
          name="Lock out"
          permission="users:write-any"
          confirm={`${email} is signed out everywhere at once and cannot sign in until you let them in again.`}
          run={() => api.call('POST /api/auth/users/{id}/disable', { path })}
        />
      )}
    </span>
  )
}

/** Somebody who has an account already; whoever has none opens one in the shop first, so that nobody else knows the password. */
function NewStaff({ roles }: { roles: Roles }) {
  return (
    <Action
      name="Give a role to somebody"
      permission={PERMISSION}
      quiet={false}
      run={async (form) => {
        const email = String(form.get('email')).trim()
        const { items } = await api.call('GET /api/users', { query: { limit: 1, search: email } })
        const found = items.find((user) => user.email?.toLowerCase() === email.toLowerCase())
        if (!found) throw new RangeError('Nobody has an account with this e-mail.')
        await api.call('PUT /api/auth/users/{id}/roles', { path: { id: found.id }, body: { roles: chosen(form, found.roles) } })
      }}
    >
      <Field label="E-mail" name="email" type="email" required maxLength={254} hint="Of an account of the shop." />
      <RoleTicks roles={roles} />
    </Action>
  )
}

function Roles({ rights: { roles, permissions } }: { rights: Rights }) {
  return (
    <Panel title="What each role may do">
      {roles.map(({ name, permissions: own }) => {
        const all = own.includes('*')
        const held = permissions.filter((one) => all || own.includes(one.name))
        return (
          <details key={name}>
            <summary>
              {name.toLowerCase()} <span className="soft small">{all ? 'everything' : `${held.length} permissions`}</span>
            </summary>
            {held.length === 0 ? <p className="soft">What every customer may do.</p> : null}
            <table className="plain">
              <tbody>
                {held.map((one) => (
                  <tr key={one.name}>
                    <th scope="row">{one.name}</th>
                    <td>{one.description}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        )
      })}
    </Panel>
  )
}
