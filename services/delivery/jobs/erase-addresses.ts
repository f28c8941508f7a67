import type { Query } from '#kit/db/db.ts'
import type { Job } from '#kit/service/service.ts'
import type { Deps } from '../deps.ts'

const BATCH = 500
/** Addresses that are looked at in one run for their age. */
const STRIDE = 2_000
const START = '00000000-0000-0000-0000-000000000000'

/**
 * Forgets where parcels went once nobody needs to know any more: address and label, some days after arrival or the stop; at once
 * where the customer asked to be forgotten. The age of the addresses is looked at piece by piece, each run goes on where the last one ended and a
 * million take two hours: in one go they would take seconds of the database each time.
 */
export function eraseAddresses(deps: Deps): Job {
  const { sql } = deps.db
  let after = START
  return {
    name: 'erase-addresses',
    everySeconds: 15,
    run: async (signal) => {
      const ids = await kept(sql, after)
      await erase(deps, outdated(sql, ids, deps.settings.addressDays), signal)
      after = ids.length < STRIDE ? START : (ids.at(-1) as string)
      await erase(deps, asked(sql), signal)
    },
  }
}

async function kept(sql: Query, after: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select a.shipment_id as id from shipment_addresses a where a.shipment_id > ${after} order by a.shipment_id limit ${STRIDE}`
  return rows.map(({ id }) => id)
}

const finished = (sql: Query) => sql`s.state in ('delivered', 'cancelled', 'returned')`

/** Of these parcels those that came to their end so many days ago. */
export const outdated = (sql: Query, ids: readonly string[], days: number) => sql`
  select s.id, s.label_key from shipments s
   where s.id = any(${[...ids]}::uuid[]) and ${finished(sql)} and s.updated_at <= now() - ${days} * interval '1 day'`

/** Those of customers who asked that came to their end: by the index of the addresses of all who asked. */
export const asked = (sql: Query) => sql`
  select s.id, s.label_key from shipment_addresses a join shipments s on s.id = a.shipment_id
   where a.erase_when_finished and ${finished(sql)} limit ${BATCH}`

async function erase(deps: Deps, unneeded: ReturnType<typeof asked>, signal: AbortSignal): Promise<void> {
  const erased = await deps.db.sql<{ labelKey: string | null }[]>`
    with old as materialized (${unneeded}
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
