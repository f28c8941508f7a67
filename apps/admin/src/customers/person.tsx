import { Link } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Action } from '../parts/action.tsx'
import { Part } from '../parts/part.tsx'
import { Select } from '../parts/select.tsx'
import { Panel, when } from '../parts/show.tsx'
import { api } from '../session.ts'
import { MANAGE_GROUPS, useGroups } from './groups.tsx'

export type Customer = Answer<'GET /api/users/{id}'>
export const READ = 'users:read-any'

const LANGUAGES = new Intl.DisplayNames('en', { type: 'language' })
const yesOrNo = (value: unknown): string => (value === true ? 'yes' : value === false ? 'no' : String(value ?? '–'))

/** How one reaches them, and since when they are here. */
export function Person({ customer }: { customer: Customer }) {
  const { email, emailVerified, phone, locale, country, createdAt, roles } = customer
  const facts: readonly (readonly [string, string])[] = [
    ['E-mail', email ? `${email} (${emailVerified ? 'confirmed' : 'not confirmed'})` : 'none'],
    ['Phone', phone ?? 'none'],
    ['Language', LANGUAGES.of(locale) ?? locale],
    ['Country', country ?? 'not known'],
    ['Customer since', when(createdAt)],
    ['Roles', roles.join(', ').toLowerCase()],
  ]
  return (
    <Panel title="Person">
      <Facts facts={facts} />
    </Panel>
  )
}

function Facts({ facts }: { facts: readonly (readonly [string, string])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} className="spread">
          <dt className="soft">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What they are in, and a way in and out for those who may. */
export function GroupsOf({ customer: { id, fullName, groups: keys } }: { customer: Customer }) {
  const { data: groups = [] } = useGroups()
  const nameOf = (key: string) => groups.find((group) => group.key === key)?.name ?? key
  const others = groups.map(({ key }) => key).filter((key) => !keys.includes(key))
  return (
    <Panel
      title="Groups"
      actions={
        others.length > 0 ? (
          <Action
            name="Put into a group"
            permission={MANAGE_GROUPS}
            run={(form) => api.call('PUT /api/users/groups/{key}/members/{id}', { path: { key: String(form.get('group')), id } })}
          >
            <Select label="Group" name="group" options={others} show={nameOf} />
          </Action>
        ) : null
      }
    >
      {keys.length === 0 ? <p className="soft">In no group.</p> : null}
      {keys.map((key) => (
        <p key={key} className="spread">
          <Link to={`/customers?group=${key}`}>{nameOf(key)}</Link>
          <Action
            name={`Take out of ${nameOf(key)}`}
            permission={MANAGE_GROUPS}
            confirm={`${fullName} no longer gets what members of this group get, its prices for example.`}
            run={() => api.call('DELETE /api/users/groups/{key}/members/{id}', { path: { key, id } })}
          />
        </p>
      ))}
    </Panel>
  )
}

/** What they agreed to, and what the shop keeps about them in words of its own. */
export function Consents({ id }: { id: string }) {
  return (
    <Part
      title="Consents and attributes"
      permission={READ}
      name={['customer', id, 'preferences']}
      load={async () => {
        const [preferences, defined] = await Promise.all([
          api.call('GET /api/users/{id}/preferences', { path: { id } }),
          api.call('GET /api/users/attributes'),
        ])
        return { ...preferences, labels: new Map(defined.attributes.map(({ key, label }) => [key, label])) }
      }}
    >
      {({ marketingConsent, marketingConsentAt, attributes, labels }) => (
        <Facts
          facts={[
            [
              'Advertising by mail',
              marketingConsent ? `agreed${marketingConsentAt ? `, ${when(marketingConsentAt)}` : ''}` : 'did not agree',
            ],
            ...Object.entries(attributes).map(([key, value]) => [labels.get(key) ?? key, yesOrNo(value)] as const),
          ]}
        />
      )}
    </Part>
  )
}

export function Addresses({ id }: { id: string }) {
  return (
    <Part
      title="Addresses"
      permission={READ}
      name={['customer', id, 'addresses']}
      load={async () => (await api.call('GET /api/users/{id}/addresses', { path: { id } })).addresses}
    >
      {(addresses) =>
        addresses.length === 0 ? (
          <p className="soft">None saved.</p>
        ) : (
          <ul className="stack">
            {addresses.map((one) => (
              <li key={one.id}>
                <p>
                  {[one.name, one.company, one.line1, one.line2, `${one.postalCode} ${one.city}`, one.region, one.country]
                    .filter(Boolean)
                    .join(', ')}
                </p>
                <p className="soft small">
                  {[one.phone, one.defaultShipping && 'parcels go here', one.defaultBilling && 'bills go here']
                    .filter(Boolean)
                    .join(' · ')}
                </p>
              </li>
            ))}
          </ul>
        )
      }
    </Part>
  )
}
