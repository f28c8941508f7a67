import { Link, useNavigate } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, Find, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { Select } from '../parts/select.tsx'
import { State, when } from '../parts/show.tsx'
import { api } from '../session.ts'

const STATUSES = ['open', 'placed'] as const
const LANGUAGES = ['en', 'de'] as const

/** Orders that staff write for somebody, on the telephone for example. */
export function Drafts() {
  const { values, set } = useFilter(['status', 'email'])
  const navigate = useNavigate()
  const status = STATUSES.find((one) => one === values.status)
  return (
    <div className="stack">
      <div className="spread">
        <h1>Draft orders</h1>
        <Action
          name="New draft"
          permission="orders:draft"
          quiet={false}
          run={async (form) => {
            const email = String(form.get('email')).trim()
            const locale = String(form.get('locale'))
            const customerId = await customerOf(email)
            const draft = await api.call('POST /api/orders/drafts', {
              body: { locale, ...(customerId ? { customerId } : { email }) },
            })
            await navigate(`/drafts/${draft.id}`)
          }}
        >
          <Field
            label="Customer’s e-mail"
            name="email"
            type="email"
            required
            maxLength={254}
            hint="Whoever has an account gets the order there; anybody else orders as a guest."
          />
          <Select label="Language of mails" name="locale" options={LANGUAGES} />
        </Action>
      </div>
      <div className="row">
        <Choice label="Status" value={status} options={STATUSES} onChange={(value) => set('status', value)} />
        <Find label="Guest’s e-mail" value={values.email} onChange={(value) => set('email', value)} />
      </div>
      <Rows
        label="Draft orders"
        name={['drafts', status, values.email]}
        load={(cursor) => api.call('GET /api/orders/drafts', { query: { limit: 50, cursor, status, email: values.email } })}
        keyOf={({ id }) => id}
        empty="No draft fits."
        columns={[
          { title: 'Begun', width: '11rem', cell: ({ id, createdAt }) => <Link to={`/drafts/${id}`}>{when(createdAt)}</Link> },
          {
            title: 'For',
            width: 'minmax(11rem, 1fr)',
            cell: ({ email, customerId }) => email ?? (customerId ? 'a customer with an account' : 'nobody yet'),
          },
          { title: 'Units', width: '4rem', end: true, cell: ({ units }) => units },
          { title: 'Status', width: '7rem', cell: (draft) => <State of={draft.status} /> },
          { title: 'Goes away', width: '11rem', cell: (draft) => (draft.status === 'open' ? when(draft.expiresAt) : '–') },
        ]}
      />
    </div>
  )
}

/** The account of an e-mail address, where there is one and whoever asks may see customers. */
async function customerOf(email: string): Promise<string | undefined> {
  const { items } = await api.call('GET /api/users', { query: { limit: 1, search: email } })
  return items.find((user) => user.email?.toLowerCase() === email.toLowerCase())?.id
}
