import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'

export const MANAGE_GROUPS = 'users:groups'

/** Groups of customers, by name. For those who may see customers. */
export const useGroups = () =>
  useQuery({
    queryKey: ['customer groups'],
    queryFn: async () => (await api.call('GET /api/users/groups')).groups,
    staleTime: 60_000,
  })

const nameIn = (form: FormData): string => String(form.get('name')).trim()

function NameField({ initial }: { initial?: string }) {
  return <Field label="Name" name="name" id="group-name" required maxLength={120} pattern=".*\S.*" defaultValue={initial} />
}

/** All groups: who is in them is a list of customers, which a click away is filtered by the group. */
export function Groups() {
  const { data: groups, error, refetch } = useGroups()
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!groups) return <p className="soft">Loading …</p>
  return (
    <>
      <div className="spread">
        <p className="soft">Prices and promotions can be made for a group.</p>
        <Action
          name="New group"
          permission={MANAGE_GROUPS}
          quiet={false}
          run={async (form) => {
            const key = String(form.get('key')).trim()
            // the API makes and renames alike: a key that is taken would give the other group this name
            if (groups.some((group) => group.key === key)) throw new RangeError('Another group has this key.')
            await api.call('PUT /api/users/groups/{key}', { path: { key }, body: { name: nameIn(form) } })
          }}
        >
          <NameField />
          <Field
            label="Key"
            name="key"
            id="group-key"
            required
            maxLength={60}
            pattern="[a-z0-9][a-z0-9\-]*"
            hint="Small letters, digits and hyphens. It stays as it is; price lists and imports name the group by it."
          />
        </Action>
      </div>
      {groups.length === 0 ? <p className="soft">There is no group yet.</p> : null}
      {groups.length > 0 ? (
        <Wide label="Customer groups">
          <table className="plain">
            <thead>
              <tr>
                <th>Name</th>
                <th>Key</th>
                <th>Members</th>
                <th>To do</th>
              </tr>
            </thead>
            <tbody>
              {groups.map(({ key, name, members }) => (
                <tr key={key}>
                  <td>{name}</td>
                  <td>
                    <code>{key}</code>
                  </td>
                  <td>
                    <Link to={`/customers?group=${key}`}>{countOf(members)}</Link>
                  </td>
                  <td>
                    <span className="row">
                      <Action
                        name="Rename"
                        permission={MANAGE_GROUPS}
                        run={(form) => api.call('PUT /api/users/groups/{key}', { path: { key }, body: { name: nameIn(form) } })}
                      >
                        <NameField initial={name} />
                      </Action>
                      <Action
                        name="Delete group"
                        permission={MANAGE_GROUPS}
                        confirm={`“${name}” goes away, and with it what ${countOf(members)} had by it. This cannot be undone.`}
                        run={() => api.call('DELETE /api/users/groups/{key}', { path: { key } })}
                      />
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
    </>
  )
}

const countOf = (members: number): string => `${members} ${members === 1 ? 'member' : 'members'}`
