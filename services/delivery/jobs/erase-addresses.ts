import type { Query } from '#kit/db/db.ts'
import type { Deps } from '../deps.ts'

const BATCH = 500

/**
 * Forgets where parcels went once nobody needs to know any more: address and label, some days after arrival or the stop; at once
 * where the customer asked to be forgotten.
 */
export async function eraseAddresses(deps: Deps, signal: AbortSignal): Promise<void> {
  const erased = await deps.db.sql<{ labelKey: string | null }[]>`
    with due as materialized (${unneeded(deps.db.sql, deps.settings.addressDays)}
    ), gone as (
      delete from shipment_addresses a using due where a.shipment_id = due.shipment_id
    ), old as (
      select s.id, s.label_key from shipments s join due on due.shipment_id = s.id
    ), unlabelled as (
      update shipments s set label_key = null from old where s.id = old.id
    )
    select old.label_key as "labelKey" from old`
  for (const { labelKey } of erased) {
    if (signal.aborted) return
    if (labelKey) await deps.objects.delete(labelKey)
  }
}

/** Addresses of parcels that came to their end so many days ago, or that somebody wants to be forgotten. Found by the index of each. */
export const unneeded = (sql: Query, days: number) => sql`
      (select a.shipment_id from shipment_addresses a where a.finished_at <= now() - ${days} * interval '1 day' limit ${BATCH})
      union
      (select a.shipment_id from shipment_addresses a where a.erase_when_finished and a.finished_at is not null limit ${BATCH})`
