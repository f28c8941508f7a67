import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { Item } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'
import { ItemSettings } from './item-settings.tsx'
import { OrderMore } from './purchase-orders.tsx'
import { reorderOf } from './stock-list.tsx'
import { CHANGE, warehouseIn } from './use-warehouses.ts'
import { WarehouseChoice } from './warehouse-choice.tsx'

type StockItem = Item<'GET /api/inventory'>

/** One SKU: what lies where, when more is ordered, and how it came to be so. */
export function Shelf({ sku }: { sku: string }) {
  const path = { sku }
  const { data, error, refetch } = useQuery({
    queryKey: ['shelf', sku],
    queryFn: async () => {
      const [level, movements] = await Promise.all([
        api.call('GET /api/inventory/{sku}', { path }),
        api.call('GET /api/inventory/{sku}/movements', { path, query: { limit: 50 } }),
      ])
      return { level, movements: movements.items }
    },
    refetchInterval: 10_000,
  })
  if (!data) return error ? <Trouble error={error} again={() => void refetch()} /> : <p className="soft">Loading …</p>
  const item = data.level.staff
  return (
    <div className="stack">
      {/* beside what was read before: somebody may be filling in a form */}
      {error ? <Trouble error={error} again={() => void refetch()} /> : null}
      <div className="spread">
        <h1>
          {sku} {item ? <State of={item.alert} /> : null}
        </h1>
        <Adjust sku={sku} />
      </div>
      <p>{data.level.available} to sell</p>
      {item ? (
        <div className="columns">
          <Shelves item={item} />
          <Reordering item={item} />
        </div>
      ) : null}
      <Panel title="Movements">
        {data.movements.length === 0 ? <p className="soft">Nothing has moved yet.</p> : null}
        <ul className="stack">
          {data.movements.map((movement) => (
            <li key={movement.id} className="spread">
              <span className="number">
                {movement.delta > 0 ? '+' : ''}
                {movement.delta}
              </span>
              <span>{movement.kind}</span>
              <span className="soft">{movement.reason}</span>
              <span className="soft small">
                {movement.warehouse} · {when(movement.at)}
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  )
}

function Adjust({ sku }: { sku: string }) {
  return (
    <Action
      name="Adjust"
      permission={CHANGE}
      run={(form) =>
        api.call('POST /api/inventory/adjustments', {
          body: {
            sku,
            ...warehouseIn(form),
            delta: Math.trunc(Number(form.get('delta'))),
            reason: String(form.get('reason')),
          },
        })
      }
    >
      <WarehouseChoice label="Warehouse" />
      <Field label="Change (− takes away)" name="delta" type="number" required step={1} />
      <Field label="Reason" name="reason" required maxLength={200} hint="Stands in the ledger for ever." />
    </Action>
  )
}

function Shelves({ item: { shelves } }: { item: StockItem }) {
  return (
    <Panel title="In the warehouses">
      {shelves.length === 0 ? <p className="soft">It lies nowhere yet.</p> : null}
      {shelves.length > 0 ? (
        <Wide label="In the warehouses">
          <table className="plain">
            <thead>
              <tr>
                <th>Warehouse</th>
                <th className="end">On the shelf</th>
                <th className="end">Held</th>
                <th className="end">Owed</th>
                <th className="end">To sell</th>
              </tr>
            </thead>
            <tbody>
              {shelves.map(({ warehouse, onHand, reserved, owed, available }) => (
                <tr key={warehouse}>
                  <th scope="row">{warehouse}</th>
                  <td className="end">{onHand}</td>
                  <td className="end">{reserved}</td>
                  <td className="end">{owed}</td>
                  <td className="end">{available}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
    </Panel>
  )
}

function Reordering({ item }: { item: StockItem }) {
  const { sku, lowStockThreshold, leadTimeDays, supplier, allowBackorder, incoming, reorderQuantity } = item
  const facts = [
    ['Counts as low at', lowStockThreshold],
    ['Orders more', reorderOf(item)],
    ['Supplier', supplier ?? '–'],
    ['Days until goods arrive', leadTimeDays],
    ['Sells beyond what is there', allowBackorder ? 'yes' : 'no'],
  ] as const
  return (
    <Panel
      title="Reordering"
      actions={
        <>
          <OrderMore sku={sku} quantity={reorderQuantity} />
          <ItemSettings item={item} />
        </>
      }
    >
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="soft">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt className="soft">Coming</dt>
          <dd>
            <Link to={`/inventory?part=purchase-orders&sku=${encodeURIComponent(sku)}`}>{incoming}</Link>
          </dd>
        </div>
      </dl>
    </Panel>
  )
}
