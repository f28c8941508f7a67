import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { useChannels } from '../catalogue.ts'
import { fromShopTime, toShopTime } from '../parts/shop-time.ts'

export type PriceList = Answer<'GET /api/price-lists/{id}'>

/** What can be said of a price list, also later. */
export function PriceListFields({ list }: { list?: PriceList }) {
  const channels = useChannels()
  return (
    <>
      <Field label="Name" name="name" id="list-name" required maxLength={200} defaultValue={list?.name ?? ''} />
      <label className="field">
        <span className="legend">Kind</span>
        <select className="input" name="kind" defaultValue={list?.kind ?? 'regular'}>
          <option value="regular">regular prices</option>
          <option value="sale">a sale: what it cost before is crossed out</option>
        </select>
      </label>
      <label className="field">
        <span className="legend">Channel</span>
        <select className="input" name="channel" defaultValue={list?.channel ?? ''}>
          <option value="">every channel with this currency</option>
          {(channels.data ?? []).map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Field
        label="Only for the customer group"
        name="customerGroup"
        id="list-group"
        maxLength={60}
        defaultValue={list?.customerGroup ?? ''}
      />
      <Field
        label="Priority"
        name="priority"
        id="list-priority"
        type="number"
        step={1}
        min={-1000}
        max={1000}
        required
        defaultValue={list?.priority ?? 0}
        hint="Of several regular lists the highest counts."
      />
      <div className="pair">
        <Field
          label="From"
          name="validFrom"
          id="list-from"
          type="datetime-local"
          defaultValue={toShopTime(list?.validFrom)}
          hint="Time of the shop."
        />
        <Field label="Until" name="validTo" id="list-to" type="datetime-local" defaultValue={toShopTime(list?.validTo)} />
      </div>
      <label className="check">
        <input type="checkbox" name="active" defaultChecked={list?.active ?? true} />
        counts, between these dates
      </label>
    </>
  )
}

/** The fields above as the shop takes them. */
export function readPriceList(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  return {
    name: text('name'),
    kind: text('kind') === 'sale' ? ('sale' as const) : ('regular' as const),
    channel: text('channel') || null,
    customerGroup: text('customerGroup') || null,
    priority: Math.trunc(Number(text('priority'))),
    validFrom: fromShopTime(text('validFrom')),
    validTo: fromShopTime(text('validTo')),
    active: form.get('active') !== null,
  }
}
