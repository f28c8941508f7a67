import type { Item } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { ifSeen, SeenVersion } from '../parts/seen-version.tsx'
import { Tick } from '../parts/select.tsx'
import { api } from '../session.ts'
import { CHANGE } from './use-warehouses.ts'

type StockItem = Item<'GET /api/inventory'>

/** A number of units that may be missing: an empty field is null. */
function unitsIn(form: FormData, name: string): number | null {
  const typed = String(form.get(name) ?? '').trim()
  return typed === '' ? null : Number(typed)
}

/** When a SKU counts as low, when and how much more is ordered, from whom, and whether it sells beyond what is there. */
export function ItemSettings({ item }: { item: StockItem }) {
  const units = { type: 'number', min: 0, step: 1 } as const
  return (
    <Action
      name="Change"
      permission={CHANGE}
      run={(form) =>
        api.call(
          'PUT /api/inventory/{sku}',
          {
            path: { sku: item.sku },
            body: {
              lowStockThreshold: Number(form.get('lowStockThreshold')),
              reorderPoint: unitsIn(form, 'reorderPoint'),
              reorderQuantity: unitsIn(form, 'reorderQuantity'),
              leadTimeDays: Number(form.get('leadTimeDays')),
              supplier: String(form.get('supplier')).trim() || null,
              allowBackorder: form.get('allowBackorder') === 'yes',
            },
          },
          ifSeen(form),
        )
      }
    >
      <p className="soft">{item.sku}</p>
      <SeenVersion of={item.version} />
      <Field
        label="Counts as low at"
        name="lowStockThreshold"
        {...units}
        required
        max={1_000_000}
        defaultValue={item.lowStockThreshold}
        hint="Units to sell, over all warehouses. Operations are told once when they fall so far."
      />
      <div className="pair">
        <Field
          label="Order more at"
          name="reorderPoint"
          {...units}
          max={1_000_000}
          defaultValue={item.reorderPoint ?? ''}
          hint="Empty: nothing is ordered by itself."
        />
        <Field
          label="Units to order"
          name="reorderQuantity"
          {...units}
          min={1}
          max={1_000_000}
          defaultValue={item.reorderQuantity ?? ''}
        />
      </div>
      <div className="pair">
        <Field label="Supplier" name="supplier" maxLength={200} defaultValue={item.supplier ?? ''} />
        <Field
          label="Days until goods arrive"
          name="leadTimeDays"
          {...units}
          required
          max={730}
          defaultValue={item.leadTimeDays}
        />
      </div>
      <Tick label="Sells beyond what is there" name="allowBackorder" initial={item.allowBackorder} />
    </Action>
  )
}
