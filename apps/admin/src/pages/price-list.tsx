import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import type { Item } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Find, useFilter } from '../parts/filter.tsx'
import { MoneyField } from '../parts/money-field.tsx'
import { Rows } from '../parts/rows.tsx'
import { ifSeen, SeenVersion } from '../parts/seen-version.tsx'
import { State, typedAmount, unitsOf } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { SETTLED, useUnsaved } from '../parts/unsaved.tsx'
import { PriceListFields, type PriceList, readPriceList } from '../prices/price-list-fields.tsx'
import { api } from '../session.ts'
import { datesOf, stateOf } from './price-lists.tsx'

type Price = Item<'GET /api/price-lists/{id}/prices'>
const keyOf = ({ sku, minQuantity }: Pick<Price, 'sku' | 'minQuantity'>) => `${minQuantity} ${sku}`
/** As many as one request takes. */
const AT_ONCE = 1000

export function PriceListPage() {
  const { id = '' } = useParams()
  const path = { id }
  const { data, error, refetch } = useQuery({
    queryKey: ['price-list', id],
    queryFn: () => api.call('GET /api/price-lists/{id}', { path }),
  })
  const again = () => void refetch()
  if (!data) return error ? <Trouble error={error} again={again} /> : <p className="soft">Loading …</p>
  return (
    <div className="stack">
      {error ? <Trouble error={error} again={again} /> : null}
      <div className="spread">
        <h1>
          {data.name} <State of={stateOf(data)} />
        </h1>
        <Whole list={data} />
      </div>
      <p className="soft">
        {data.kind === 'sale' ? 'A sale' : 'Regular prices'} in {data.currency}, {data.channel ?? 'every channel'},{' '}
        {data.customerGroup ?? 'everybody'}, priority {data.priority}, {datesOf(data.validFrom, data.validTo)}
      </p>
      <Prices key={id} list={data} />
    </div>
  )
}

function Whole({ list }: { list: PriceList }) {
  const navigate = useNavigate()
  const path = { id: list.id }
  return (
    <div className="row">
      <Action
        name="Edit"
        permission="products:write"
        confirm={list.inForce ? 'It counts now: what changes here, shoppers see at once.' : 'It does not count now.'}
        run={(form) => api.call('PATCH /api/price-lists/{id}', { path, body: readPriceList(form) }, ifSeen(form))}
      >
        <SeenVersion of={list.version} />
        <PriceListFields list={list} />
      </Action>
      <Action
        name="Delete"
        permission="products:write"
        confirm="The list and all its prices are gone. What costs only here is no longer for sale."
        run={async () => {
          await api.call('DELETE /api/price-lists/{id}', { path }, { ifMatch: `"${list.version}"` })
          void navigate('/price-lists', SETTLED)
        }}
      />
    </div>
  )
}

/** The prices of a list, page by page; changes are collected and saved together. */
function Prices({ list }: { list: PriceList }) {
  const queries = useQueryClient()
  const { values, set } = useFilter(['sku'])
  const [changes, setChanges] = useState<ReadonlyMap<string, { sku: string; minQuantity: number; amount: number | null }>>(
    new Map(),
  )
  useUnsaved(changes.size > 0)
  const path = { id: list.id }
  const put = ({ sku, minQuantity, amount: before }: Price, amount: number | null) => {
    const next = new Map(changes)
    if (amount === before) next.delete(keyOf({ sku, minQuantity }))
    else next.set(keyOf({ sku, minQuantity }), { sku, minQuantity, amount })
    setChanges(next)
  }
  const save = useMutation({
    mutationFn: async () => {
      const prices = [...changes.values()]
      for (let from = 0; from < prices.length; from += AT_ONCE)
        await api.call('PUT /api/price-lists/{id}/prices', { path, body: { prices: prices.slice(from, from + AT_ONCE) } })
    },
    onSuccess: async () => {
      setChanges(new Map())
      await queries.invalidateQueries({ queryKey: ['price-list', list.id] })
    },
  })
  const undo = () => {
    save.reset()
    setChanges(new Map())
  }
  return (
    <div className="stack">
      <div className="row">
        <Find label="SKU" value={values.sku} onChange={(value) => set('sku', value)} />
        <NewPrice list={list} />
      </div>
      <Rows
        label="Prices"
        name={['price-list', list.id, 'prices', values.sku]}
        load={(cursor) => api.call('GET /api/price-lists/{id}/prices', { path, query: { limit: 100, cursor, sku: values.sku } })}
        keyOf={keyOf}
        empty={values.sku ? 'It has no price for this SKU.' : 'It has no prices yet.'}
        columns={[
          { title: 'SKU', width: 'minmax(9rem, 2fr)', cell: ({ sku }) => sku },
          { title: 'From how many', width: '7rem', end: true, cell: ({ minQuantity }) => minQuantity },
          {
            title: `Price in ${list.currency}`,
            width: '9rem',
            cell: (price) => {
              const changed = changes.get(keyOf(price))
              if (changed?.amount === null) return <s className="soft">{typedAmount(price.amount, list.currency)}</s>
              return (
                <MoneyField
                  label={`Price of ${price.sku} from ${price.minQuantity}`}
                  currency={list.currency}
                  amount={changed?.amount ?? price.amount}
                  required
                  onChange={(amount) => put(price, amount)}
                />
              )
            },
          },
          {
            title: 'To do',
            width: '8rem',
            cell: (price) => {
              const gone = changes.get(keyOf(price))?.amount === null
              return (
                <button
                  type="button"
                  className="link"
                  aria-label={`${gone ? 'Keep' : 'Remove'} the price of ${price.sku} from ${price.minQuantity}`}
                  onClick={() => put(price, gone ? price.amount : null)}
                >
                  {gone ? 'Keep' : 'Remove'}
                </button>
              )
            },
          },
        ]}
      />
      {changes.size > 0 ? (
        <section className="save-bar" aria-label="Unsaved changes">
          {save.error ? (
            <Trouble error={save.error} />
          ) : (
            <span>{changes.size === 1 ? '1 price' : `${changes.size} prices`} not saved yet</span>
          )}
          <span className="row">
            <button type="button" className="link" onClick={undo}>
              Undo changes
            </button>
            <button type="button" className="button small" disabled={save.isPending} onClick={() => save.mutate()}>
              {save.isPending ? 'Saving …' : 'Save'}
            </button>
          </span>
        </section>
      ) : null}
    </div>
  )
}

function NewPrice({ list }: { list: PriceList }) {
  return (
    <Action
      name="Add a price"
      permission="products:write"
      run={(form) => {
        const amount = unitsOf(String(form.get('amount')), list.currency)
        if (amount === undefined) throw new RangeError(`That is no amount in ${list.currency}.`)
        const price = { sku: String(form.get('sku')).trim(), minQuantity: Math.trunc(Number(form.get('minQuantity'))), amount }
        return api.call('PUT /api/price-lists/{id}/prices', { path: { id: list.id }, body: { prices: [price] } })
      }}
    >
      <Field label="SKU" name="sku" id="price-sku" required maxLength={64} />
      <Field
        label="From how many"
        name="minQuantity"
        id="price-quantity"
        type="number"
        min={1}
        max={1_000_000}
        step={1}
        defaultValue={1}
        required
      />
      <Field
        label={`Price in ${list.currency}`}
        name="amount"
        id="price-amount"
        required
        inputMode="decimal"
        pattern="\d+([.,]\d+)?"
      />
    </Action>
  )
}
