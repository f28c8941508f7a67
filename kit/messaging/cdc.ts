import { killpoint } from '#kit/core/killpoint.ts'
import type { Sql } from '#kit/db/db.ts'
import { openDb } from '#kit/db/open.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Bus } from './bus.ts'
import { type CdcJournal, openJournal } from './cdc-journal.ts'
import { createSlot, DEFAULT_PUBLICATION, DEFAULT_SLOT, slotState } from './cdc-slot.ts'
import { FencedOut } from './log-writer.ts'
import { quoteIdentifier } from '#kit/db/roles.ts'
import { rest } from './pacing.ts'
import { plainArray } from './pg-literals.ts'
import type { Relay, RelayStats } from './relay.ts'
import { createCandidate } from './relay-leader.ts'
import { deletePublished, type OutboxRowWithPayload, toOutgoing } from './relay-source.ts'
import { createSignal } from './signal.ts'
import { tracePublished } from './trace-published.ts'
import { openWalStream, type WalStream } from './wal-stream.ts'

export interface CdcOptions {
  /** One reader per outbox database; its name in the bus. */
  readonly name?: string
  /** postgres:// URL of the outbox database, with a role prepared by `grantRelay` and `prepareCdc` */
  readonly url: string
  readonly schemas: readonly string[]
  /** the log may be in this database, in another one, or in another engine */
  readonly bus: Bus
  readonly log: Logger
  readonly publication?: string
  readonly slot?: string
  readonly batchSize?: number
  /** pause between batches that were not full */
  readonly pauseMs?: number
  /** published rows are deleted, and the write-ahead log released, at least this often */
  readonly janitorMs?: number
  readonly electionMs?: number
}

export interface Cdc extends Relay {
  stats(): RelayStats
  /** write-ahead log the server keeps because it was not confirmed yet */
  lagBytes(): Promise<bigint>
}

/**
 * The other way from outbox to log (`EVENTS_STRATEGY=cdc`): reads the inserts from PostgreSQL's write-ahead log, in commit order.
 * Progress is stored with the records, so each event gets into the log once, whatever dies when. Start one in every background
 * process instead of `startRelay`; one of them reads. A slot that is missing or lost is made anew; what it would have brought is
 * taken from the outbox tables. A transaction's events are held in memory until its commit.
 */
export async function startCdc(options: CdcOptions): Promise<Cdc> {
  const { name = 'main', url, log, slot = DEFAULT_SLOT, electionMs = 1000, pauseMs = 5 } = options
  const signal = createSignal()
  const candidate = createCandidate(url, `relay ${name}`)
  const observer = openDb({ url, schema: 'bus', applicationName: 'souk cdc lag', max: 1 })
  const stats = { leading: false, epoch: 0n, published: 0, errors: 0 }
  let reader: Reader | undefined
  let workOfReader: Sql | undefined
  let stopped = false

  const stepDown = async (): Promise<void> => {
    const closing = reader
    reader = undefined
    stats.leading = false
    stats.epoch = 0n
    await closing?.close()
    await candidate.resign()
  }

  const lead = async (): Promise<boolean> => {
    const work = await candidate.lead()
    if (!work) return false
    if (reader && work === workOfReader) return true
    await reader?.close()
    const journal = await openJournal(options.bus, name, slot)
    reader = await openReader(options, work, journal, signal.raise, (count) => {
      stats.published += count
    })
    workOfReader = work
    stats.leading = true
    stats.epoch = journal.epoch
    log.info({ relay: name, slot, epoch: String(journal.epoch) }, 'reads the write-ahead log')
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
        if (await reader!.step()) await rest(performance.now() - startedAt, pauseMs)
        else await signal.wait(reader!.untilDue())
      } catch (error) {
        stats.errors += 1
        if (stopped) break
        log.warn(
          { err: error, slot },
          error instanceof FencedOut
            ? 'another process reads the write-ahead log'
            : 'reading the write-ahead log failed; trying again',
        )
        await stepDown()
        await signal.wait(250)
      }
    }
  })()

  return {
    stats: () => ({ ...stats }),
    async lagBytes() {
      return (await slotState(observer.sql, slot)).lagBytes
    },
    async stop() {
      stopped = true
      signal.raise()
      await loop
      await reader?.clean().catch(() => {})
      await stepDown()
      await observer.close()
    },
  }
}

interface Reader {
  /** Publishes a batch. False when there was none. */
  step(): Promise<boolean>
  /** milliseconds until published rows should be deleted */
  untilDue(): number
  clean(): Promise<void>
  close(): Promise<void>
}

async function openReader(
  options: CdcOptions,
  work: Sql,
  journal: CdcJournal,
  onNews: () => void,
  onPublished: (count: number) => void,
): Promise<Reader> {
  const { url, schemas, publication = DEFAULT_PUBLICATION, slot = DEFAULT_SLOT, batchSize = 500, janitorMs = 250 } = options
  let progress = await journal.progress()
  const { state } = await slotState(work, slot)
  if (state !== 'usable' || progress === undefined) {
    const first = progress === undefined && state === 'missing'
    options.log[first ? 'info' : 'warn'](
      { slot, state },
      'a replication slot is made; events from before it are taken from the outbox',
    )
    progress = await startOver(options, work, journal, slot)
  }
  const wanted = new Set(schemas)
  const stream: WalStream<OutboxRowWithPayload> = await openWalStream({
    url,
    applicationName: 'souk cdc',
    slot,
    publication,
    onNews,
    select: (change) => {
      if (change.kind !== 'insert') return undefined
      const { schema, table } = change.relation
      return table === 'outbox' && wanted.has(schema) ? rowOf(schema, change.row) : undefined
    },
  })
  let published: OutboxRowWithPayload[] = []
  let upTo = 0n
  let cleanAt = 0

  const clean = async (): Promise<void> => {
    if (published.length > 0) {
      await deletePublished(work, published)
      // only now: a row whose place in the stream was confirmed and that was not deleted would stay for ever
      stream.confirm(upTo)
      published = []
    } else stream.confirmIdle()
    cleanAt = performance.now() + janitorMs
  }

  return {
    clean,
    async close() {
      await stream.close()
    },
    untilDue: () => Math.max(1, published.length > 0 ? cleanAt - performance.now() : 1000),
    async step() {
      const transactions = stream.take(batchSize)
      if (transactions.length > 0) {
        const fresh = transactions.filter((transaction) => transaction.end > progress!).flatMap((transaction) => transaction.rows)
        upTo = transactions.at(-1)!.end
        if (fresh.length > 0) {
          killpoint('cdc.before-publish')
          await journal.publish(fresh.map(toOutgoing), upTo)
          tracePublished(fresh)
          killpoint('cdc.after-publish')
          progress = upTo
          onPublished(fresh.length)
        }
        if (published.length === 0) cleanAt = performance.now() + janitorMs
        for (const transaction of transactions) published.push(...transaction.rows)
      }
      if (published.length >= batchSize || performance.now() >= cleanAt) await clean()
      return transactions.length > 0
    },
  }
}

function rowOf(schema: string, row: Record<string, string | null>): OutboxRowWithPayload {
  const { position, id, aggregatetype, aggregateid, type, payload } = row as Record<string, string>
  return {
    schema,
    position: BigInt(position!),
    id: id!,
    aggregatetype: aggregatetype!,
    aggregateid: aggregateid!,
    type: type!,
    payload: payload!,
  }
}

/**
 * A new slot, and the rows it will not bring. No progress is stored until all of them are in the log, so a crash on the way
 * starts over; rows already in the log are recognised by their ids.
 */
async function startOver(options: CdcOptions, work: Sql, journal: CdcJournal, slot: string): Promise<bigint> {
  const { url, schemas } = options
  await journal.forget()
  await work`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot}`
  const { start, earlier } = await createSlot(url, slot, schemas)
  for (const [schema, part] of Map.groupBy(earlier, (row) => row.schema)) {
    for (let index = 0; index < part.length; index += 500) {
      const positions = part.slice(index, index + 500).map((row) => row.position)
      const rows = await work.unsafe<Omit<OutboxRowWithPayload, 'schema'>[]>(
        `select position, aggregatetype, aggregateid, id, type, payload from ${quoteIdentifier(schema)}.outbox where position = any($1::text::bigint[]) order by position`,
        [plainArray(positions)],
      )
      const all = rows.map((row) => ({ ...row, schema }))
      const known = await journal.known(all.map(toOutgoing))
      const missing = all.filter((row) => !known.has(row.id))
      if (missing.length > 0) await journal.publish(missing.map(toOutgoing), undefined)
      await deletePublished(work, all)
    }
  }
  await journal.publish([], start)
  return start
}
