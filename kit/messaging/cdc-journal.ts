import { hostname } from 'node:os'
import type { Query } from '#kit/db/db.ts'
import type { Bus, OutgoingRecord } from './bus.ts'
import { formatLsn, parseLsn } from './pgoutput.ts'
import { plainArray, textArray } from './pg-literals.ts'
import { isPostgresBus, type PostgresBus } from './postgres-bus.ts'

/** What a reader of the write-ahead log has put into the event log, and how. */
export interface CdcJournal {
  /** number of this leadership */
  readonly epoch: bigint
  /** Position up to which everything is in the event log; undefined: nobody knows. */
  progress(): Promise<bigint | undefined>
  /** Puts records into the log and moves the progress with them. */
  publish(records: readonly OutgoingRecord[], upTo: bigint | undefined): Promise<void>
  forget(): Promise<void>
  /** Ids of those that are in the log already, as far as can be told. */
  known(records: readonly OutgoingRecord[]): Promise<Set<string>>
}

export async function openJournal(bus: Bus, name: string, slot: string): Promise<CdcJournal> {
  return isPostgresBus(bus) ? await postgresJournal(bus, name, slot) : foreignJournal(bus)
}

/** The log is in PostgreSQL: the position moves in the transaction of the records, under the epoch of the election. Each event once. */
async function postgresJournal(bus: PostgresBus, name: string, slot: string): Promise<CdcJournal> {
  const fence = await bus.newEpoch(name, `${hostname()}:${process.pid}`)
  const store = async (tx: Query, lsn: bigint | undefined) =>
    lsn !== undefined &&
    (await tx`insert into bus.cdc_progress (slot, lsn) values (${slot}, ${formatLsn(lsn)}::text::pg_lsn)
      on conflict (slot) do update set lsn = excluded.lsn, moved_at = now()`)
  return {
    epoch: fence.epoch,
    async progress() {
      const [row] = await bus.sql<{ lsn: string }[]>`select lsn::text as lsn from bus.cdc_progress where slot = ${slot}`
      return row && parseLsn(row.lsn)
    },
    publish: (records, upTo) => bus.publishFenced(fence, records, (tx) => store(tx, upTo)),
    async forget() {
      await bus.sql`delete from bus.cdc_progress where slot = ${slot}`
    },
    async known(records) {
      const topics = [...new Set(records.map(({ topic }) => topic))]
      const found = await bus.sql<{ event_id: string }[]>`
        select event_id from bus.log
         where topic = any(${textArray(topics)}::text::text[]) and event_id = any(${plainArray(records.map(({ eventId }) => eventId))}::text::uuid[])`
      return new Set(found.map((row) => row.event_id))
    },
  }
}

/**
 * The log is elsewhere: what the server was told to be stored is the progress, so after a crash some events come again, and consumers drop
 * them by their inbox.
 */
function foreignJournal(bus: Bus): CdcJournal {
  return {
    epoch: 1n,
    progress: async () => 0n,
    publish: (records) => bus.publish(records),
    forget: async () => {},
    known: async () => new Set(),
  }
}
