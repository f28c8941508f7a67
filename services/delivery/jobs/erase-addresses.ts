import type { Deps } from '../deps.ts'

/**
 * Forgets where parcels went once nobody needs to know any more: address and label, some days after arrival or the stop; at once
 * where the customer asked to be forgotten.
 */
export async function eraseAddresses(deps: Deps, signal: AbortSignal): Promise<void> {
  const erased = await deps.db.sql<{ labelKey: string | null }[]>`
    with old as (
      select s.id, s.label_key from shipments s join shipment_addresses a on a.shipment_id = s.id
       where s.state in ('delivered', 'cancelled', 'returned') 
         and (a.erase_when_finished or s.updated_at <= now() - ${deps.settings.addressDays} * interval '1 day') limit 500
    ), gone as (
      delete from shipment_addresses a using old where a.shipment_id = old.id
    ), unlabelled as (
      update shipments s set label_key = null from old where s.id = old.id
    )
    select old.label_key as "labelKey" from old`
  for (const { labelKey } of erased) {
    if (signal.aborted) return
    if (labelKey) await deps.objects.delete(labelKey)
  }
}
