import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { useChannels } from '../catalogue.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { AddressFields, addressFrom } from '../parts/address-fields.tsx'
import { DraftCosts } from '../parts/draft-costs.tsx'
import { findSku } from '../parts/find-sku.ts'
import { amountIn, money, Panel, State, typedAmount, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const PERMISSION = 'orders:draft'
export type Draft = Answer<'GET /api/orders/drafts/{id}'>
export type Quote = Answer<'GET /api/orders/drafts/{id}/quote'>

/** One draft: whose it is, what is in it, what staff decided about prices, and what it would cost now. */
export function DraftPage() {
  const { id = '' } = useParams()
  const navigate = useNavigate()
  const path = { id }
  const draft = useQuery({ queryKey: ['draft', id], queryFn: () => api.call('GET /api/orders/drafts/{id}', { path }) })
  const quote = useQuery({
    queryKey: ['draft', id, 'quote', draft.data?.version],
    queryFn: () => api.call('GET /api/orders/drafts/{id}/quote', { path }),
    enabled: draft.data?.status === 'open' && draft.data.lines.length > 0,
  })
  const channels = useChannels()
  const currency = quote.data?.currency ?? channels.data?.find(({ key }) => key === draft.data?.channel)?.currency
  if (draft.error) return <Trouble error={draft.error} again={() => void draft.refetch()} />
  if (!draft.data) return <p className="soft">Loading …</p>
  const open = draft.data.status === 'open'
  return (
    <div className="stack">
      <div className="spread">
        <h1>
          Draft order <State of={draft.data.status} />
        </h1>
        {open ? (
          <Action
            name="Delete"
            permission={PERMISSION}
            confirm="The draft is gone for good."
            run={async () => {
              await api.call('DELETE /api/orders/drafts/{id}', { path })
              await navigate('/drafts')
            }}
          />
        ) : null}
      </div>
      {draft.data.orderId ? (
        <p className="note good">
          It has become an order: <Link to={`/orders/${draft.data.orderId}`}>show it</Link>. The customer has a mail that leads to
          it.
        </p>
      ) : (
        <p className="soft">It holds no stock, and goes away by itself {when(draft.data.expiresAt)}.</p>
      )}
      <div className="columns">
        <Lines draft={draft.data} quote={quote.data} open={open} currency={currency} />
        <div className="stack">
          <Customer draft={draft.data} open={open} />
          {open ? <DraftCosts draft={draft.data} quote={quote.data} error={quote.error} currency={currency} /> : null}
        </div>
      </div>
    </div>
  )
}

interface Part {
  readonly draft: Draft
  readonly open: boolean
}

/** Without its currency no price can be typed. */
function Lines({ draft, quote, open, currency }: Part & { quote: Quote | undefined; currency: string | undefined }) {
  return (
    <Panel title="Goods" actions={open ? <AddLine draft={draft} /> : null}>
      {draft.lines.length === 0 ? <p className="soft">Nothing yet.</p> : null}
      <ul className="stack">
        {draft.lines.map((line) => {
          const priced = quote?.lines.find(({ sku }) => sku === line.sku)
          const path = { id: draft.id, sku: line.sku }
          return (
            <li key={line.sku} className="stack">
              <p className="spread">
                <span>
                  {line.quantity} × {priced?.title ?? line.sku} <span className="soft small">{line.sku}</span>
                </span>
                <span className="number">{priced && currency ? money({ amount: priced.total, currency }) : ''}</span>
              </p>
              {line.override ? (
                <p className="soft small">
                  {money(line.override.unitPrice)} each
                  {priced && currency ? ` instead of ${money({ amount: priced.catalogueUnitPrice, currency })}` : ''}:{' '}
                  {line.override.reason}
                </p>
              ) : null}
              {open && currency ? (
                <p className="row">
                  <Action
                    name="Change"
                    permission={PERMISSION}
                    run={(form) => {
                      const price = amountIn(form.get('price'), currency)
                      const override =
                        price === undefined
                          ? undefined
                          : { unitPrice: { amount: price, currency }, reason: String(form.get('reason')).trim() }
                      if (override && override.reason === '') throw new RangeError('A price of your own needs a reason.')
                      return api.call('PUT /api/orders/drafts/{id}/lines/{sku}', {
                        path,
                        body: { quantity: Number(form.get('quantity')), ...(override ? { override } : {}) },
                      })
                    }}
                  >
                    <Field label="Units" name="quantity" type="number" required min={1} defaultValue={line.quantity} />
                    <Field
                      label={`Price of one, ${currency}`}
                      name="price"
                      inputMode="decimal"
                      defaultValue={line.override ? typedAmount(line.override.unitPrice.amount, currency) : ''}
                      hint="Empty: as in the catalogue."
                    />
                    <Field label="Why another price" name="reason" maxLength={300} defaultValue={line.override?.reason} />
                  </Action>
                  <Action
                    name="Take out"
                    permission={PERMISSION}
                    run={() => api.call('DELETE /api/orders/drafts/{id}/lines/{sku}', { path })}
                  />
                </p>
              ) : null}
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}

function AddLine({ draft }: { draft: Draft }) {
  return (
    <Action
      name="Add goods"
      permission={PERMISSION}
      run={async (form) => {
        const { sku } = await findSku(String(form.get('what')).trim())
        const before = draft.lines.find((line) => line.sku === sku)
        await api.call('PUT /api/orders/drafts/{id}/lines/{sku}', {
          path: { id: draft.id, sku },
          body: {
            quantity: Number(form.get('quantity')) + (before?.quantity ?? 0),
            ...(before?.override ? { override: before.override } : {}),
          },
        })
      }}
    >
      <Field label="SKU, or words of the title" name="what" required maxLength={100} />
      <Field label="Units" name="quantity" type="number" required min={1} defaultValue={1} />
    </Action>
  )
}

function Customer({ draft, open }: Part) {
  const { id, customerId, email, shippingAddress } = draft
  const customer = useQuery({
    queryKey: ['draft customer', customerId],
    queryFn: () => api.call('GET /api/users/{id}', { path: { id: customerId ?? '' } }),
    enabled: customerId !== null,
  })
  const actions = open ? (
    <Action
      name="Change address"
      permission={PERMISSION}
      run={(form) =>
        api.call('PATCH /api/orders/drafts/{id}', { path: { id }, body: { shippingAddress: addressFrom(form), addressId: null } })
      }
    >
      <AddressFields address={shippingAddress ?? undefined} />
    </Action>
  ) : null
  return (
    <Panel title="For" actions={actions}>
      <p>
        {customer.data ? (
          <>
            <Link to={`/customers/${customer.data.id}`}>{customer.data.fullName}</Link>, {customer.data.email ?? 'erased'}
          </>
        ) : (
          (email ?? 'a customer with an account')
        )}
      </p>
      {shippingAddress ? (
        <address>
          {[shippingAddress.name, shippingAddress.company, shippingAddress.line1, shippingAddress.line2]
            .filter(Boolean)
            .join(', ')}
          <br />
          {shippingAddress.postalCode} {shippingAddress.city}, {shippingAddress.country}
        </address>
      ) : (
        <p className="soft">No address yet{customerId && open ? ': choose one of the customer’s, or write one.' : '.'}</p>
      )}
      {customerId && open ? <SavedAddresses draft={draft} customerId={customerId} /> : null}
    </Panel>
  )
}

function SavedAddresses({ draft, customerId }: { draft: Draft; customerId: string }) {
  const { data } = useQuery({
    queryKey: ['draft addresses', customerId],
    queryFn: () => api.call('GET /api/users/{id}/addresses', { path: { id: customerId } }),
  })
  return (
    <ul className="stack">
      {data?.addresses.map((address) => (
        <li key={address.id} className="spread">
          <span className="small">
            {address.name}, {address.line1}, {address.postalCode} {address.city}
          </span>
          {draft.addressId === address.id ? (
            <span className="soft small">goes there</span>
          ) : (
            <Action
              name="Send it there"
              permission={PERMISSION}
              run={() =>
                api.call('PATCH /api/orders/drafts/{id}', {
                  path: { id: draft.id },
                  body: { addressId: address.id, shippingAddress: null },
                })
              }
            />
          )}
        </li>
      ))}
    </ul>
  )
}
