import { Link } from 'react-router'
import { Groups, useGroups } from '../customers/groups.tsx'
import { Choice, Find, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State, when } from '../parts/show.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { Views } from '../parts/views.tsx'
import { api } from '../session.ts'

const PARTS = [
  { value: 'list', label: 'Customers' },
  { value: 'groups', label: 'Groups' },
] as const

/** Who has an account, and the groups they are in. */
export function Customers() {
  const { values } = useFilter(['part'])
  const now = values.part === 'groups' ? 'groups' : 'list'
  return (
    <div className="stack">
      <h1>Customers</h1>
      <Tabs label="Parts of the customers" parts={PARTS} now={now} />
      {now === 'groups' ? <Groups /> : <List />}
    </div>
  )
}

function List() {
  const { values, set, setAll } = useFilter(['search', 'group'])
  const { data: groups = [] } = useGroups()
  const nameOf = (key: string) => groups.find((group) => group.key === key)?.name ?? key
  const { search, group } = values
  return (
    <>
      <Views list="customers" now={values} onChoose={setAll} />
      <div className="row">
        <Find label="Name or whole e-mail" value={search} onChange={(value) => set('search', value)} />
        <Choice
          label="Group"
          value={group}
          options={groups.map(({ key, name }) => ({ value: key, label: name }))}
          onChange={(value) => set('group', value)}
        />
      </div>
      <Rows
        label="Customers"
        name={['users', search, group]}
        load={(cursor) => api.call('GET /api/users', { query: { limit: 100, cursor, search, group } })}
        keyOf={({ id }) => id}
        empty="Nobody fits."
        columns={[
          {
            title: 'Name',
            width: 'minmax(9rem, 1fr)',
            cell: ({ id, fullName }) => <Link to={`/customers/${id}`}>{fullName}</Link>,
          },
          { title: 'E-mail', width: 'minmax(12rem, 1.5fr)', cell: ({ email }) => email ?? 'erased' },
          { title: 'Groups', width: 'minmax(7rem, 1fr)', cell: ({ groups: keys }) => keys.map(nameOf).join(', ') || '–' },
          { title: 'State', width: '6rem', cell: ({ disabled }) => <State of={disabled ? 'disabled' : 'ACTIVE'} /> },
          { title: 'Since', width: '11rem', cell: ({ createdAt }) => when(createdAt) },
          { title: 'Roles', width: '9rem', cell: ({ roles }) => roles.join(', ').toLowerCase() },
        ]}
      />
    </>
  )
}
