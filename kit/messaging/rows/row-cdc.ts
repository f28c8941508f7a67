import { killpoint } from '#kit/core/killpoint.ts'
import type { Sql } from '#kit/db/db.ts'
import { openDb } from '#kit/db/open.ts'
import { databaseOf } from '#kit/db/url.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Bus, OutgoingRecord } from '../bus.ts'
import { type CdcJournal, openJournal } from '../cdc-journal.ts'
import { slotState } from '../cdc-slot.ts'
import { FencedOut } from '../log-writer.ts'
import { rest } from '../pacing.ts'
import { createCandidate } from '../relay-leader.ts'
import { createSignal } from '../signal.ts'
import { openWalStream } from '../wal-stream.ts'
import { recordsOf, snapshotRecord } from './row-envelope.ts'
import { primaryKeys, readSnapshot, type RowTable, snapshotSlot, withKeys } from './row-slot.ts'

export interface RowCdcOptions {
  /** postgres:// URL of the database, with the role that `prepareRows` prepared */
  readonly url: string
  readonly tables: readonly RowTable[]
  readonly bus: Bus
  readonly log: Logger
  readonly publication: string
  readonly slot: string
  /** topic prefix, for `source.name` */
  readonly name: string
  readonly batchSize?: number
  /** larger transactions are published in pieces of so many rows */
  readonly pieceRows?: number
  readonly electionMs?: number
  /** write-ahead log held back beyond this is warned of; default 512 MB */
  readonly alarmBytes?: number
  /** how often that is looked at; default a minute */
  readonly alarmEveryMs?: number
}

export interface RowCdc {
  stats(): { readonly leading: boolean; readonly published: number; readonly snapshots: number; readonly errors: number }
  /** write-ahead log the server keeps because it was not confirmed yet */
  lagBytes(): Promise<bigint>
  stop(): Promise<void>
}

const CONFIRM_MS = 1_000
const ALARM_EVERY_MS = 60_000

/**
 * Publishes every change of the tables' rows in Debezium's envelope, in commit order: first all rows there are (`r`), then what happens to
 * them. Start one in every background process; one of them reads. A slot that is missing or was lost is made anew, with a new snapshot.
 */
export async function startRowCdc(options: RowCdcOptions): Promise<RowCdc> {
  const { url, slot, log, electionMs = 1_000, alarmBytes = 512 * 2 ** 20, alarmEveryMs = ALARM_EVERY_MS } = options
  const signal = createSignal()
  const candidate = createCandidate(url, `rows ${slot}`)
  const observer = openDb({ url, schema: 'public', applicationName: 'souk rows lag', max: 1 })
  const stats = { leading: false, published: 0, snapshots: 0, errors: 0 }
  let reader: Reader | undefined
  let stopped = false

  const stepDown = async (): Promise<void> => {
    const closing = reader
    reader = undefined
    stats.leading = false
    await closing?.close().catch(() => undefined)
    await candidate.resign()
  }
  const lead = async (): Promise<boolean> => {
    const work = await candidate.lead()
    if (!work) return false
    if (reader?.work === work) return true
    await reader?.close()
    reader = await openReader(options, work, signal.raise, stats)
    stats.leading = true
    log.info({ slot }, 'reads changes of rows')
    return true
  }
  const loop = (async () => {
    while (!stopped) {
      try {
        if (!(await lead())) {
          await signal.wait(electionMs)
          continue
        }
        const startedAt = performance.now()
        if (await reader!.step()) await rest(performance.now() - startedAt, 5)
        else await signal.wait(CONFIRM_MS)
      } catch (error) {
        stats.errors += 1
        if (stopped) break
        log.warn(
          { err: error, slot },
          error instanceof FencedOut ? 'another process reads the rows' : 'reading changes of rows failed; trying again',
        )
        await stepDown()
        await signal.wait(250)
      }
    }
  })()
  const lagBytes = async () => (await slotState(observer.sql, slot)).lagBytes
  const alarm = setInterval(() => {
    lagBytes().then(
      (bytes) => {
        if (bytes > alarmBytes)
          log.error({ slot, bytes: Number(bytes) }, 'changes of rows are not read: the server holds its write-ahead log back')
      },
      () => undefined,
    )
  }, alarmEveryMs).unref()

  return {
    stats: () => ({ ...stats }),
    lagBytes,
    async stop() {
      stopped = true
      clearInterval(alarm)
      signal.raise()
      await loop
      await reader?.confirm()
      await stepDown()
      await observer.close()
    },
  }
}

interface Reader {
  readonly work: Sql
  /** Publishes a batch. False when there was none. */
  step(): Promise<boolean>
  confirm(): Promise<void>
  close(): Promise<void>
}

async function openReader(
  options: RowCdcOptions,
  work: Sql,
  onNews: () => void,
  stats: { published: number; snapshots: number },
): Promise<Reader> {
  const { url, tables, slot, publication, name, bus, batchSize = 500, pieceRows = 2_000 } = options
  const journal = await openJournal(bus, `rows ${slot}`, slot)
  const keys = await primaryKeys(work, tables)
  const wanted = new Set(tables.map(({ schema, table }) => `${schema}.${table}`))
  const source = { name, database: databaseOf(url) }
  let progress = await journal.progress()
  const { state } = await slotState(work, slot)
  if (state !== 'usable' || progress === undefined) {
    options.log[state === 'lost' ? 'error' : 'info']({ slot, state }, 'all rows are read anew, then their changes')
    progress = await startOver(options, work, journal, keys, source)
    stats.snapshots += 1
  }
  const stream = await openWalStream<OutgoingRecord[]>({
    url,
    applicationName: 'souk rows',
    slot,
    publication,
    onNews,
    pieceRows,
    select: (change, place) => {
      if (change.kind === 'truncate') return undefined
      const { schema, table } = change.relation
      if (!wanted.has(`${schema}.${table}`)) return undefined
      return recordsOf({ ...change, relation: withKeys(change.relation, keys) }, place, source, Date.now())
    },
  })
  let upTo: bigint | undefined
  /** of a transaction that was being published when the last reader ended, a part may be in the log */
  let resuming = true
  const begunAt = progress

  const confirm = async (): Promise<void> => {
    if (upTo !== undefined) stream.confirm(upTo)
    else stream.confirmIdle()
    upTo = undefined
  }

  return {
    work,
    confirm,
    async close() {
      await stream.close()
    },
    async step() {
      const transactions = stream.take(batchSize)
      if (transactions.length === 0) {
        await confirm()
        return false
      }
      let records = transactions.filter(({ end }) => end > progress!).flatMap(({ rows }) => rows.flat())
      if (resuming && records.length > 0) {
        const known = await journal.known(records)
        records = records.filter(({ eventId }) => !known.has(eventId))
      }
      const last = transactions.findLast(({ whole }) => whole)
      // transactions that were told already come first
      if (last && last.end > begunAt) resuming = false
      if (records.length > 0 || last) {
        killpoint('rows.before-publish')
        await journal.publish(records, last?.end)
        killpoint('rows.after-publish')
        stats.published += records.length
      }
      if (last) {
        progress = last.end
        upTo = last.end
        await confirm()
      }
      return true
    },
  }
}

/** A new slot and all rows there are. It gets its name, and progress is stored, when all of them are in the log. */
async function startOver(
  { url, tables, slot }: RowCdcOptions,
  work: Sql,
  journal: CdcJournal,
  keys: ReadonlyMap<string, ReadonlySet<string>>,
  source: { name: string; database: string },
): Promise<bigint> {
  await journal.forget()
  await work`
    select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name in (${slot}, ${snapshotSlot(slot)})`
  const { start } = await readSnapshot(url, slot, tables, keys, async (relation, rows, lsn) => {
    const now = Date.now()
    const place = { lsn, commit: lsn, at: BigInt(now) * 1000n, xid: 0 }
    await journal.publish(
      rows.map((row) => snapshotRecord(relation, row, place, source, now)),
      undefined,
    )
  })
  await work`select pg_copy_logical_replication_slot(${snapshotSlot(slot)}, ${slot})`
  await work`select pg_drop_replication_slot(${snapshotSlot(slot)})`
  await journal.publish([], start)
  return start
}
