import type { Input } from '../../../../packages/client/src/client.ts'

type Changes = Input<'POST /api/orders/{id}/edits'>['body']['lines']

/** Goods that somebody adds; `units` as they were typed. */
export interface NewLine {
  readonly sku: string
  readonly title: string
  readonly units: string
}

/** What is to change, of the units that were typed for lines (by their id) and of new goods. A field that was emptied says nothing yet. */
export function changesOf(
  items: readonly { readonly lineId: string; readonly quantity: number }[],
  typed: Readonly<Record<string, string>>,
  added: readonly NewLine[],
): Changes {
  const changed = items.flatMap(({ lineId, quantity }) => {
    const units = unitsIn(typed[lineId])
    return units === undefined || units === quantity ? [] : [{ lineId, quantity: units }]
  })
  const fresh = added.flatMap(({ sku, units }) => {
    const quantity = unitsIn(units)
    return quantity === undefined || quantity === 0 ? [] : [{ sku, quantity }]
  })
  return [...changed, ...fresh]
}

const unitsIn = (typed = ''): number | undefined => (/^\d{1,7}$/.test(typed) ? Number(typed) : undefined)
