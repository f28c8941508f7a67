import type { PostalAddress } from '#contracts/values.ts'
import type { Deps } from './deps.ts'
import { drawLabel } from './label.ts'
import type { Shipment } from './shipment.ts'
import { linesOf } from './store.ts'

export const labelKeyOf = (shipmentId: string): string => `labels/${shipmentId}.pdf`

/** The label of a booked parcel: drawn when somebody asks for the first time, kept from then on. Undefined where there is none (any more). */
export async function labelFile(deps: Deps, shipment: Shipment): Promise<Buffer | undefined> {
  const { id, labelKey, direction, trackingNumber, createdAt } = shipment
  if (labelKey === null || trackingNumber === null) return undefined
  const kept = await deps.objects.get(labelKey)
  if (kept) return kept.content
  const [row] = await deps.db.sql<
    { address: PostalAddress }[]
  >`select a.address from shipment_addresses a where a.shipment_id = ${id}`
  if (!row) return undefined
  const lines = await linesOf(deps.db.sql, id)
  const carrier = deps.carriers.get(shipment.carrier)?.title ?? shipment.carrier
  const label = await drawLabel({
    shipmentId: id,
    direction,
    carrier,
    trackingNumber,
    address: row.address,
    lines,
    at: createdAt,
  })
  await deps.objects.put(labelKey, label, 'application/pdf')
  // erased while it was being drawn: nothing of the address stays
  const [still] = await deps.db.sql`select 1 from shipment_addresses a where a.shipment_id = ${id}`
  if (!still) await deps.objects.delete(labelKey)
  return still ? label : undefined
}
