import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const ALERTS = ['ok', 'low', 'out'] as const

export function Inventory() {
  const { sku } = useParams()
  const { values, set } = useFilter(['alert'])
  const alert = ALERTS.find((one) => one === values.alert)
  if (sku) return <Shelf sku={sku} />
  return (
    <div className="stack">
      <h1>Stock</h1>
      <div className="row">
        <Choice label="State" value={alert} options={ALERTS} onChange={(value) => set('alert', value)} />
      </div>
      <Rows
        label="Stock"
        name={['inventory', alert]}
        load={(cursor) => api.call('GET /api/inventory', { query: { limit: 100, cursor, alert } })}
        keyOf={(item) => item.sku}
        empty="Nothing here."
        columns={[
          {
            title: 'SKU',
            width: 'minmax(9rem, 2fr)',
            cell: (item) => <Link to={`/inventory/${encodeURIComponent(item.sku)}`}>{item.sku}</Link>,
          },
          { title: 'State', width: '6rem', cell: (item) => <State of={item.alert} /> },
          { title: 'On the shelf', width: '7rem', end: true, cell: ({ onHand }) => onHand },
          { title: 'Held', width: '5rem', end: true, cell: ({ reserved }) => reserved },
          { title: 'To sell', width: '5rem', end: true, cell: ({ available }) => available },
          { title: 'Coming', width: '5rem', end: true, cell: ({ incoming }) => incoming },
        ]}
      />
    </div>
  )
}

function Shelf({ sku }: { sku: string }) {
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
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  return (
    <div className="stack">
      <div className="spread">
        <h1>{sku}</h1>
        <Action
          name="Adjust"
          permission="inventory:write"
          run={(form) =>
            api.call('POST /api/inventory/adjustments', {
              body: { sku, delta: Math.trunc(Number(form.get('delta'))), reason: String(form.get('reason')) },
            })
          }
        >
          <Field label="Change (− takes away)" name="delta" type="number" required step={1} />
          <Field label="Reason" name="reason" required maxLength={200} hint="Stands in the ledger for ever." />
        </Action>
      </div>
      <p>{data.level.available} to sell</p>
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
