export interface Units {
  readonly sku: string
  readonly quantity: number
}

/** By SKU, what was ordered and lies in no parcel. Two lines of one SKU are one: a parcel does not tell them apart. */
export function unpacked(ordered: readonly Units[], packed: readonly Units[]): Units[] {
  const left = new Map<string, number>()
  const count = ({ sku, quantity }: Units, sign: 1 | -1) => left.set(sku, (left.get(sku) ?? 0) + sign * quantity)
  for (const line of ordered) count(line, 1)
  for (const line of packed) count(line, -1)
  return [...left].map(([sku, quantity]) => ({ sku, quantity })).filter(({ quantity }) => quantity > 0)
}

export const countUnits = (lines: readonly Units[]): number => lines.reduce((units, { quantity }) => units + quantity, 0)

/** Of these, what somebody chose; the fields stand in the same order. Throws a RangeError where that is nothing. */
export function chosenUnits(form: FormData, of: readonly Units[]): Units[] {
  const chosen = of
    .map(({ sku }, place) => ({ sku, quantity: Number(form.get(unitsField(place))) }))
    .filter(({ quantity }) => quantity > 0)
  if (chosen.length === 0) throw new RangeError('Choose at least one unit.')
  return chosen
}

/** What the field of one of them is called. */
export const unitsField = (place: number): string => `units-${place}`
