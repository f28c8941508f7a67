import { Link } from 'react-router'
import type { Item } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { day } from '../../../storefront/app/i18n/format.ts'
import { Action } from '../parts/action.tsx'
import { Choice, Find, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State } from '../parts/show.tsx'
import { api } from '../session.ts'
import { CHANGE, warehouseIn } from './use-warehouses.ts'
import { WarehouseChoice } from './warehouse-choice.tsx'

const REFRESH_MS = 10_000
const STATES = ['placed', 'partly-received', 'received', 'cancelled'] as const
type PurchaseOrder = Item<'GET /api/inventory/purchase-orders'>

/** What was ordered from suppliers, by staff or because stock fell to its reorder point. */
export function PurchaseOrders() {
  const { values, set } = useFilter(['state', 'sku'])
  const state = STATES.find((one) => one === values.state)
  const { sku } = values
  return (
    <>
      <div className="row">
        <Choice label="State" value={state} options={STATES} onChange={(value) => set('state', value)} />
        <Find label="SKU" value={sku} onChange={(value) => set('sku', value)} />
        <OrderMore quiet={false} />
      </div>
      <Rows
        label="Purchase orders"
        name={['purchase-orders', state, sku]}
        every={REFRESH_MS}
        load={(cursor) => api.call('GET /api/inventory/purchase-orders', { query: { limit: 50, cursor, state, sku } })}
        keyOf={({ id }) => id}
        empty="No purchase order fits."
        columns={[
          {
            title: 'SKU',
            width: 'minmax(5rem, 1fr)',
            cell: (order) => <Link to={`/inventory/${encodeURIComponent(order.sku)}`}>{order.sku}</Link>,
          },
          { title: 'By', width: '4.5rem', cell: ({ automatic }) => (automatic ? 'low stock' : 'staff') },
          { title: 'Supplier', width: 'minmax(5rem, 1fr)', cell: ({ supplier }) => supplier ?? '–' },
          { title: 'For', width: '4rem', cell: ({ warehouse }) => warehouse },
          { title: 'Arrived', width: '5rem', end: true, cell: ({ received, quantity }) => `${received} of ${quantity}` },
          { title: 'Expected', width: '8.5rem', cell: ({ expectedAt }) => day(expectedAt, 'en') },
          { title: 'State', width: '8.1rem', cell: (order) => <State of={order.state} /> },
          { title: 'To do', width: '12.3rem', cell: (order) => <Next order={order} /> },
        ]}
      />
    </>
  )
}

function Next({ order: { id, sku, quantity, received, state } }: { order: PurchaseOrder }) {
  if (state === 'received' || state === 'cancelled') return null
  const path = { id }
  const open = quantity - received
  return (
    <span className="row">
      <Action
        name="Receive"
        permission={CHANGE}
        run={(form) => {
          const reference = String(form.get('reference')).trim()
          return api.call('POST /api/inventory/purchase-orders/{id}/receipts', {
            path,
            body: { quantity: Number(form.get('quantity')), ...(reference ? { reference } : {}) },
          })
        }}
      >
        <p className="soft">{sku}</p>
        <Field
          label="Units that arrived"
          name="quantity"
          type="number"
          required
          min={1}
          max={open}
          step={1}
          defaultValue={open}
          hint={`${open} are open.`}
        />
        <Field label="Delivery note" name="reference" maxLength={100} hint="The same one counts once." />
      </Action>
      <Action
        name="Cancel"
        permission={CHANGE}
        confirm={`No more of the ${open} open units of ${sku} will come. What arrived stays.`}
        run={() => api.call('DELETE /api/inventory/purchase-orders/{id}', { path })}
      />
    </span>
  )
}

interface OrderMoreProps {
  /** undefined: it is asked for */
  readonly sku?: string
  readonly quantity?: number | null
  readonly quiet?: boolean
}

/** Orders goods from the supplier, by hand. */
export function OrderMore({ sku, quantity, quiet = true }: OrderMoreProps) {
  return (
    <Action
      name="Order more"
      permission={CHANGE}
      quiet={quiet}
      run={(form) => {
        const supplier = String(form.get('supplier')).trim()
        return api.call('POST /api/inventory/purchase-orders', {
          body: {
            sku: sku ?? String(form.get('ordered-sku')).trim(),
            quantity: Number(form.get('quantity')),
            ...warehouseIn(form),
            ...(supplier ? { supplier } : {}),
          },
        })
      }}
    >
      {sku === undefined ? <Field label="SKU" name="ordered-sku" required maxLength={64} /> : null}
      <Field
        label="Units to order"
        name="quantity"
        type="number"
        required
        min={1}
        max={1_000_000}
        step={1}
        defaultValue={quantity ?? ''}
      />
      <WarehouseChoice label="For the warehouse" />
      <Field label="Supplier" name="supplier" maxLength={200} hint="Empty: the one of the SKU." />
    </Action>
  )
}
