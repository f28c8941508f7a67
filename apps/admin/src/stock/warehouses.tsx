import type { Item } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { ifSeen, SeenVersion } from '../parts/seen-version.tsx'
import { State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'
import { CHANGE, useWarehouses } from './use-warehouses.ts'

type Warehouse = Item<'GET /api/inventory/warehouses'>

/** The places goods lie in, in the order in which they are asked for them. */
export function Warehouses() {
  const { data, error, refetch } = useWarehouses()
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  return (
    <>
      <div className="row">
        <NewWarehouse />
      </div>
      {data.length === 0 ? <p className="soft">There is no warehouse yet: nothing can be on a shelf.</p> : null}
      <Wide label="Warehouses">
        <table className="plain">
          <thead>
            <tr>
              <th>Name</th>
              <th className="end">Priority</th>
              <th>Country</th>
              <th>State</th>
              <th>To do</th>
            </tr>
          </thead>
          <tbody>
            {data.map((one) => (
              <tr key={one.key}>
                <th scope="row">
                  {one.name}
                  <p className="soft small">{one.key}</p>
                </th>
                <td className="end">{one.priority}</td>
                <td>{one.country ?? '–'}</td>
                <td>
                  <State of={one.active ? 'ACTIVE' : 'closed'} />
                </td>
                <td>
                  <span className="row">
                    <ChangeWarehouse warehouse={one} />
                    {one.active ? <CloseWarehouse warehouse={one} /> : null}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  )
}

const bodyOf = (form: FormData) => ({
  name: String(form.get('name')).trim(),
  priority: Number(form.get('priority')),
  country: String(form.get('country')).trim().toUpperCase() || null,
})

function WarehouseFields({ warehouse }: { warehouse?: Warehouse }) {
  return (
    <>
      <Field label="Name" name="name" required maxLength={120} defaultValue={warehouse?.name} />
      <div className="pair">
        <Field
          label="Priority"
          name="priority"
          type="number"
          required
          min={0}
          max={100_000}
          step={1}
          defaultValue={warehouse?.priority ?? 100}
          hint="The lowest is asked first."
        />
        <Field
          label="Country, two letters"
          name="country"
          pattern="[A-Za-z]{2}"
          maxLength={2}
          defaultValue={warehouse?.country ?? ''}
        />
      </div>
    </>
  )
}

function NewWarehouse() {
  return (
    <Action
      name="New warehouse"
      permission={CHANGE}
      quiet={false}
      run={(form) => api.call('POST /api/inventory/warehouses', { body: { key: String(form.get('key')), ...bodyOf(form) } })}
    >
      <Field label="Key, in small letters" name="key" required maxLength={40} pattern="[a-z0-9][a-z0-9\-]*" />
      <WarehouseFields />
    </Action>
  )
}

function ChangeWarehouse({ warehouse }: { warehouse: Warehouse }) {
  return (
    <Action
      name={warehouse.active ? 'Change' : 'Open again'}
      permission={CHANGE}
      run={(form) =>
        api.call('PUT /api/inventory/warehouses/{key}', { path: { key: warehouse.key }, body: bodyOf(form) }, ifSeen(form))
      }
    >
      <SeenVersion of={warehouse.version} />
      <WarehouseFields warehouse={warehouse} />
    </Action>
  )
}

function CloseWarehouse({ warehouse: { key, name } }: { warehouse: Warehouse }) {
  return (
    <Action
      name="Close"
      permission={CHANGE}
      confirm={`Nothing is sold from ${name} any more. It has to be empty; the ledger keeps naming it.`}
      run={() => api.call('DELETE /api/inventory/warehouses/{key}', { path: { key } })}
    />
  )
}
