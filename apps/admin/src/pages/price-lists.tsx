import { Link, useNavigate } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { useChannels } from '../catalogue.ts'
import { Action } from '../parts/action.tsx'
import { Rows } from '../parts/rows.tsx'
import { State, when } from '../parts/show.tsx'
import { PriceListFields, type PriceList, readPriceList } from '../prices/price-list-fields.tsx'
import { api } from '../session.ts'

export function PriceLists() {
  return (
    <div className="stack">
      <div className="spread">
        <h1>Price lists</h1>
        <div className="row">
          <NewPriceList />
        </div>
      </div>
      <Rows
        label="Price lists"
        name={['price-lists']}
        load={() => api.call('GET /api/price-lists')}
        keyOf={({ id }) => id}
        empty="There is no price list."
        columns={[
          { title: 'Name', width: 'minmax(10rem, 2fr)', cell: ({ id, name }) => <Link to={`/price-lists/${id}`}>{name}</Link> },
          { title: 'Kind', width: '5rem', cell: ({ kind }) => kind },
          { title: 'Now', width: '7rem', cell: (list) => <State of={stateOf(list)} /> },
          { title: 'Currency', width: '5rem', cell: ({ currency }) => currency },
          { title: 'Channel', width: 'minmax(5rem, 1fr)', cell: ({ channel }) => channel ?? 'every' },
          { title: 'Customers', width: 'minmax(5rem, 1fr)', cell: ({ customerGroup }) => customerGroup ?? 'everybody' },
          { title: 'Priority', width: '5rem', end: true, cell: ({ priority }) => priority },
          { title: 'Dates', width: 'minmax(12rem, 2fr)', cell: (list) => datesOf(list.validFrom, list.validTo) },
        ]}
      />
    </div>
  )
}

export function stateOf({ active, inForce, validFrom }: PriceList): string {
  if (inForce) return 'in force'
  if (!active) return 'off'
  return validFrom !== null && Date.parse(validFrom) > Date.now() ? 'planned' : 'over'
}

export function datesOf(from: string | null, to: string | null): string {
  if (from === null && to === null) return 'always'
  return [from === null ? '' : `from ${when(from)}`, to === null ? '' : `until ${when(to)}`].filter(Boolean).join(' ')
}

function NewPriceList() {
  const navigate = useNavigate()
  const channels = useChannels()
  const currencies = [...new Set((channels.data ?? []).map(({ currency }) => currency))]
  return (
    <Action
      name="New price list"
      permission="products:write"
      quiet={false}
      run={async (form) => {
        const made = {
          key: String(form.get('key')),
          currency: String(form.get('currency')),
          ...readPriceList(form),
        }
        const { id } = await api.call('POST /api/price-lists', { body: made })
        void navigate(`/price-lists/${id}`)
      }}
    >
      <Field
        label="Key"
        name="key"
        id="list-key"
        required
        maxLength={60}
        pattern="[a-z0-9]+([-_][a-z0-9]+)*"
        title="small letters, digits, single hyphens"
        hint="Stays for good, as does the currency."
      />
      <label className="field">
        <span className="legend">Currency</span>
        <select className="input" name="currency">
          {currencies.map((currency) => (
            <option key={currency}>{currency}</option>
          ))}
        </select>
      </label>
      <PriceListFields />
    </Action>
  )
}
