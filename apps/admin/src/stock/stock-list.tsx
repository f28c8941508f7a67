import { Link } from 'react-router'
import type { Item } from '../../../../packages/client/src/client.ts'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State } from '../parts/show.tsx'
import { api } from '../session.ts'
import { ItemSettings } from './item-settings.tsx'
import { useWarehouses } from './use-warehouses.ts'

const ALERTS = ['ok', 'low', 'out'] as const
type StockItem = Item<'GET /api/inventory'>

/** Every SKU with what is there, what is promised, and when more is ordered. */
export function StockList() {
  const { values, set } = useFilter(['alert', 'warehouse'])
  const alert = ALERTS.find((one) => one === values.alert)
  const { warehouse } = values
  const warehouses = useWarehouses().data ?? []
  return (
    <>
      <div className="row">
        <Choice label="State" value={alert} options={ALERTS} onChange={(value) => set('alert', value)} />
        <Choice
          label="Lies in"
          value={warehouse}
          options={warehouses.map(({ key, name }) => ({ value: key, label: name }))}
          onChange={(value) => set('warehouse', value)}
        />
      </div>
      <Rows
        label="Stock"
        name={['inventory', alert, warehouse]}
        load={(cursor) => api.call('GET /api/inventory', { query: { limit: 100, cursor, alert, warehouse } })}
        keyOf={(item) => item.sku}
        empty="Nothing here."
        columns={[
          {
            title: 'SKU',
            width: 'minmax(9rem, 2fr)',
            cell: (item) => <Link to={`/inventory/${encodeURIComponent(item.sku)}`}>{item.sku}</Link>,
          },
          { title: 'State', width: '5rem', cell: (item) => <State of={item.alert} /> },
          { title: 'On the shelf', width: '6rem', end: true, cell: ({ onHand }) => onHand },
          { title: 'Held', width: '4rem', end: true, cell: ({ reserved }) => reserved },
          { title: 'To sell', width: '5rem', end: true, cell: ({ available }) => available },
          { title: 'Coming', width: '5rem', end: true, cell: ({ incoming }) => incoming },
          { title: 'Low at', width: '4.5rem', end: true, cell: ({ lowStockThreshold }) => lowStockThreshold },
          { title: 'Orders more', width: 'minmax(8rem, 1fr)', cell: reorderOf },
          { title: 'To do', width: '6.5rem', cell: (item) => <ItemSettings item={item} /> },
        ]}
      />
    </>
  )
}

/** When more is ordered without anybody doing it. */
export const reorderOf = ({ reorderPoint, reorderQuantity }: Pick<StockItem, 'reorderPoint' | 'reorderQuantity'>): string =>
  reorderPoint === null ? 'by hand' : `${reorderQuantity} at ${reorderPoint}`
