import { DEFAULT_SLOT } from '#kit/messaging/cdc-slot.ts'
import type { HealthProvider } from '#kit/http/health.ts'
import type { Platform } from '../platform/platform.ts'
import type { Settings } from '../settings.ts'
import { type EventFlow, totalsOf } from './event-flow.ts'

/** A slot holds the write-ahead log back by this much. */
export interface SlotLag {
  readonly slot: string
  readonly active: boolean
  readonly bytes: number
  /** of PostgreSQL: `reserved`, `extended`, `unreserved` (about to be lost), `lost` */
  readonly state: string
  /** bytes until the server gives the slot up (max_slot_wal_keep_size); null: never */
  readonly left: number | null
}

/** Health of the event backbone. Down when the log does not answer; dead letters and lag are details, for alerts to judge. */
export function busHealth(
  platform: Platform,
  { eventsStrategy, rowChanges, rowChangesSlot }: Pick<Settings, 'eventsStrategy' | 'rowChanges' | 'rowChangesSlot'>,
  flow: () => Promise<EventFlow>,
): HealthProvider {
  return {
    name: 'bus',
    async check() {
      const [engine, state, slots] = await Promise.all([platform.bus.describe(), flow(), slotLags(platform, rowChangesSlot)])
      const queues = state.services.flatMap(({ queue }) => queue ?? [])
      return {
        driver: platform.bus.driver,
        strategy: eventsStrategy,
        rowChanges,
        groups: state.services.filter(({ lag }) => lag.length > 0).map(({ service }) => service),
        topics: [...new Set(state.services.flatMap(({ lag }) => lag.map(({ topic }) => topic)))].sort(),
        ...engine,
        ...totalsOf(state),
        ...(queues.length > 0 ? { queues } : {}),
        ...(slots.length > 0 ? { slots } : {}),
        ...(state.silent.length > 0 ? { silent: state.silent } : {}),
      }
    },
  }
}

/** Slots of change data capture in all databases that answer; none with the relay and without changes of rows. */
export async function slotLags({ eachDatabase }: Pick<Platform, 'eachDatabase'>, rowsSlot: string): Promise<SlotLag[]> {
  const told = await Promise.allSettled(
    eachDatabase.map(
      ({ sql }) => sql<SlotLag[]>`
        select slot_name as slot, active, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::float8 as bytes,
               coalesce(wal_status, 'unknown') as state, safe_wal_size::float8 as left
          from pg_replication_slots
         where database = current_database() and (starts_with(slot_name::text, ${DEFAULT_SLOT}) or starts_with(slot_name::text, ${rowsSlot}))`,
    ),
  )
  return told.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}
