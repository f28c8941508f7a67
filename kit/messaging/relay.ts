import { hostname } from 'node:os'
import type { Sql } from '#kit/db/db.ts'
import { openDb } from '#kit/db/open.ts'
import type { Logger } from '#kit/service/logger.ts'
import { tracing } from '#kit/tracing/span.ts'
import type { Bus } from './bus.ts'
import { FencedOut, type Fence, slicesOf } from './log-writer.ts'
import { rest } from './pacing.ts'
import { isPostgresBus, type PostgresBus } from './postgres-bus.ts'
import { createCandidate } from './relay-leader.ts'
import { deletePublished, moveToLog, readOutbox, toOutgoing } from './relay-source.ts'
import { createSignal } from './signal.ts'
import { tracePublished } from './trace-published.ts'
import { OUTBOX_CHANNEL, type WakeUp } from './wake-up.ts'

export interface RelayOptions {
  /** One relay per outbox database; its name in the bus. */
  readonly name?: string
  /**
   * postgres:// URL of the outbox database with a role that may read and delete the outbox tables, and write schema `bus` if the
   * log is in the same database (see relay-role.ts). Not through a pooler in transaction mode: the session holds a lock.
   */
  readonly url: string
  /** schemas that have an outbox */
  readonly schemas: readonly string[]
  readonly bus: Bus
  readonly log: Logger
  /** direct path for appends of the same process */
  readonly wakeUp?: WakeUp | undefined
  /** Outboxes, log and all groups are in one database: a move may be on disk a little later, a crash takes it back with what followed (ADR 0033). */
  readonly lateCommits?: boolean
  /** rows per outbox and step */
  readonly batchSize?: number
  /** pause between steps that did not fill a batch: fewer, larger commits for a little latency */
  readonly pauseMs?: number
  /** first poll interval of an idle relay; doubles up to `maxIdleMs` */
  readonly idleMs?: number
  readonly maxIdleMs?: number
  /** how often a stand-by tries to become the leader */
  readonly electionMs?: number
}

export interface RelayStats {
  readonly leading: boolean
  /** number of the present leadership; 0 when not leading */
  readonly epoch: bigint
  /** events this process has published */
  readonly published: number
  readonly errors: number
}

export interface Relay {
  stats(): RelayStats
  /** Stops after the step under way and lets another process lead. */
  stop(): Promise<void>
}

/**
 * The elected relay: takes unpublished outbox rows in position order and puts them into the bus. Start one in every
 * background process; one of them leads. Host: `startRelay({ url: relayUrl, schemas: services.map(s => s.name), bus, wakeUp, log })`.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { name = 'main', url, schemas, bus, log, wakeUp, batchSize = 500, pauseMs = 6 } = options
  const { idleMs = 250, maxIdleMs = 1000, electionMs = 1000 } = options
  const signal = createSignal()
  const forgetRing = wakeUp?.onRing(() => {
    signal.raise()
    return stats.leading
  })
  const candidate = createCandidate(url, `relay ${name}`)
  const listener = openDb({
    url,
    schema: 'bus',
    applicationName: `souk relay ${name} wake-up`,
    max: 1,
    timeouts: { connect: 5000 },
  })
  const stats = { leading: false, epoch: 0n, published: 0, errors: 0 }
  let step: Step | undefined
  let workOfStep: Sql | undefined
  let stopped = false

  const stepDown = async (): Promise<void> => {
    step = undefined
    stats.leading = false
    stats.epoch = 0n
    await candidate.resign()
  }

  const lead = async (): Promise<boolean> => {
    const work = await candidate.lead()
    if (!work) return false
    if (step && work === workOfStep) return true
    const elected = await createStep({ name, work, schemas, bus, batchSize, lateCommits: options.lateCommits ?? false })
    step = elected.step
    workOfStep = work
    stats.leading = true
    stats.epoch = elected.epoch
    log.info({ relay: name, epoch: String(elected.epoch), mode: elected.mode }, 'leads the relay')
    return true
  }

  await listener.sql.listen(OUTBOX_CHANNEL, signal.raise, signal.raise)
  const loop = (async () => {
    let idle = idleMs
    while (!stopped) {
      try {
        if (!(await lead())) {
          await signal.wait(electionMs)
          continue
        }
        const startedAt = performance.now()
        signal.lower()
        const moved = await step!()
        stats.published += moved
        if (moved >= batchSize) continue
        if (moved > 0) {
          // more will follow, most likely: it looks again without being rung for, which spares the notification
          idle = idleMs
          await rest(performance.now() - startedAt, pauseMs)
        } else idle = (await signal.wait(idle)) ? idleMs : Math.min(idle * 2, maxIdleMs)
      } catch (error) {
        stats.errors += 1
        if (stopped) break
        log.warn(
          { err: error, relay: name },
          error instanceof FencedOut ? 'another process leads the relay' : 'the relay failed; trying again',
        )
        await stepDown()
        await signal.wait(Math.min(electionMs, 250))
      }
    }
  })()

  return {
    stats: () => ({ ...stats }),
    async stop() {
      stopped = true
      forgetRing?.()
      signal.raise()
      await loop
      await candidate.resign()
      await listener.close()
    },
  }
}

/** Publishes one batch; returns how many events. */
type Step = () => Promise<number>

interface StepParts extends Required<Pick<RelayOptions, 'name' | 'schemas' | 'bus' | 'batchSize' | 'lateCommits'>> {
  readonly work: Sql
}

/** Picks the way to publish, raises the epoch, and settles what the last leader may have left half done. */
async function createStep(parts: StepParts): Promise<{ step: Step; epoch: bigint; mode: 'shared' | 'fenced' | 'foreign' }> {
  const { name, work, schemas, bus, batchSize, lateCommits } = parts
  if (!isPostgresBus(bus)) return { step: foreignStep(parts), epoch: 1n, mode: 'foreign' }
  const fence = await bus.newEpoch(name, `${hostname()}:${process.pid}`)
  if (!(await sharesDatabase(work, bus))) {
    await forgetLastBatch(work, bus, name)
    return { step: fencedStep(parts, bus, fence), epoch: fence.epoch, mode: 'fenced' }
  }
  const step: Step = async () => {
    // What was moved comes back with its place; before that the payload is needed only where a trace wants to know whose it is.
    const rows = await readOutbox(work, schemas, batchSize, tracing() ? 'payload' : 'key')
    if (rows.length === 0) return 0
    const written = await moveToLog(work, bus, fence, rows, lateCommits)
    tracePublished(rows)
    bus.handOver(slicesOf(written))
    return written.length
  }
  return { step, epoch: fence.epoch, mode: 'shared' }
}

async function sharesDatabase(sql: Sql, bus: PostgresBus): Promise<boolean> {
  const [known] = await sql<{ there: boolean }[]>`select to_regclass('bus.installation') is not null as there`
  if (!known!.there) return false
  const [row] = await sql<{ id: string }[]>`select id from bus.installation`
  return row?.id === (await bus.installation())
}

type BatchMark = { schema: string; position: string }[]

/** The log is PostgreSQL elsewhere: write under the epoch, remember the batch with it, delete. Exactly once into the log. */
function fencedStep({ work, schemas, batchSize }: StepParts, bus: PostgresBus, fence: Fence): Step {
  return async () => {
    const rows = await readOutbox(work, schemas, batchSize, 'payload')
    if (rows.length === 0) return 0
    const batch: BatchMark = rows.map((row) => ({ schema: row.schema, position: String(row.position) }))
    await bus.publishFenced(
      fence,
      rows.map(toOutgoing),
      (tx) => tx`update bus.relays set batch = ${JSON.stringify(batch)}::text::jsonb where name = ${fence.relay}`,
    )
    tracePublished(rows)
    await deletePublished(work, rows)
    return rows.length
  }
}

/** The last leader may have died between writing its batch and deleting it. */
async function forgetLastBatch(work: Sql, bus: PostgresBus, name: string): Promise<void> {
  const [row] = await bus.sql<{ batch: string | null }[]>`select batch::text as batch from bus.relays where name = ${name}`
  const batch: BatchMark = row?.batch ? JSON.parse(row.batch) : []
  await deletePublished(
    work,
    batch.map((mark) => ({ schema: mark.schema, position: BigInt(mark.position) })),
  )
}

/** Another kind of bus: publish, then delete. At least once; consumers drop what they have seen by their inbox. */
function foreignStep({ work, schemas, bus, batchSize }: StepParts): Step {
  return async () => {
    const rows = await readOutbox(work, schemas, batchSize, 'payload')
    if (rows.length === 0) return 0
    await bus.publish(rows.map(toOutgoing))
    tracePublished(rows)
    await deletePublished(work, rows)
    return rows.length
  }
}
