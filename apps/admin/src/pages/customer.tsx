import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { ActivityOf, CartOf, OrdersOf, ReturnsOf, ReviewsOf } from '../customers/dealings.tsx'
import { Addresses, Consents, type Customer, GroupsOf, Person, READ } from '../customers/person.tsx'
import { saveFile } from '../files/save-file.ts'
import { Action } from '../parts/action.tsx'
import { State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const CHANGE = 'users:write-any'

/** Everything one asks about somebody on the phone. Every part asks for itself: who may not see one sees the others. */
export function CustomerPage() {
  const { id = '' } = useParams()
  const { data, error, refetch } = useQuery({
    queryKey: ['customer', id],
    queryFn: () => api.call('GET /api/users/{id}', { path: { id } }),
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  return (
    <div className="stack">
      <div className="spread">
        <h1>
          {data.fullName} {data.disabled ? <State of="disabled" /> : null}
        </h1>
        <div className="row">
          <Actions customer={data} />
        </div>
      </div>
      <div className="columns">
        <Person customer={data} />
        <OrdersOf id={id} />
        <CartOf id={id} />
        <Addresses id={id} />
        <ReturnsOf id={id} />
        <GroupsOf customer={data} />
        <Consents id={id} />
        <ReviewsOf id={id} />
      </div>
      <ActivityOf id={id} />
    </div>
  )
}

function Actions({ customer: { id, email, fullName, locale, disabled } }: { customer: Customer }) {
  const navigate = useNavigate()
  const path = { id }
  const called = email ?? fullName
  return (
    <>
      <Action
        name="New draft order"
        permission="orders:draft"
        run={async () => {
          const draft = await api.call('POST /api/orders/drafts', { body: { customerId: id, locale } })
          await navigate(`/drafts/${draft.id}`)
        }}
      />
      <Action
        name="Export"
        permission={READ}
        confirm={`Everything that the shop holds about ${called}, as a file. Only they, or who may act for them, should get it.`}
        run={() =>
          saveFile(
            // the client has read it already, as everything that is JSON; people read it in lines
            async () => new Response(JSON.stringify(await api.call('GET /api/users/{id}/export', { path }), undefined, 2)),
            `customer-${id}.json`,
          )
        }
      />
      {disabled ? (
        <Action
          name="Let in again"
          permission={CHANGE}
          confirm={`${called} can sign in again.`}
          run={() => api.call('POST /api/auth/users/{id}/enable', { path })}
        />
      ) : (
        <Action
          name="Lock out"
          permission={CHANGE}
          confirm={`${called} is signed out everywhere at once and cannot sign in until you let them in again.`}
          run={() => api.call('POST /api/auth/users/{id}/disable', { path })}
        />
      )}
      <Action
        name="Erase"
        permission={CHANGE}
        confirm={`The account of ${called} goes away, with profile, addresses, reviews and activity. Orders stay, under an id that leads to nobody. This cannot be undone.`}
        run={async () => {
          await api.call('DELETE /api/users/{id}', { path })
          // what is read again afterwards must not be a page about nobody
          await navigate('/customers', { replace: true })
        }}
      />
    </>
  )
}
