import type { Duplex } from 'node:stream'
import postgres from 'postgres'
import type { Sql } from '#kit/db/db.ts'
import { createDeadlines, within } from '#kit/db/deadlines.ts'
import { clientOptions } from '#kit/db/open.ts'
import { placeOf } from '#kit/db/primary.ts'
import { createPgoutputParser, parseFrame, type Relation, type RowMessage, standbyStatus } from './pgoutput.ts'

/** One committed transaction of the published tables, or a piece of a large one. */
export interface WalTransaction<Row> {
  readonly end: bigint
  readonly rows: readonly Row[]
  /** false: more of it follows; `end` is then a place inside, up to which nothing may be confirmed */
  readonly whole: boolean
}

/** Where and when a change was made. */
export interface ChangePlace {
  readonly lsn: bigint
  readonly commit: bigint
  /** microseconds since 1970 */
  readonly at: bigint
  readonly xid: number
}

export type WalChange = RowMessage | { readonly kind: 'truncate'; readonly relations: readonly Relation[] }

export interface WalStreamOptions<Row> {
  readonly url: string
  readonly applicationName: string
  readonly slot: string
  readonly publication: string
  /** picks what matters of a change; undefined: not interesting */
  readonly select: (change: WalChange, place: ChangePlace) => Row | undefined
  /** Larger transactions are handed out in pieces: the server only sends what is committed. Default: always whole. */
  readonly pieceRows?: number
  /** there is something to `take`, or the stream has failed */
  readonly onNews: () => void
  /** rows held in memory before the server is made to wait */
  readonly highWater?: number
}

export interface WalStream<Row> {
  /** Complete transactions in commit order, about `rows` rows of them. Throws when the stream has failed. */
  take(rows: number): WalTransaction<Row>[]
  /** Everything up to `lsn` is stored: the server may forget it. */
  confirm(lsn: bigint): void
  /** Everything taken is stored: the server may also forget what it has passed over since (changes of other tables). */
  confirmIdle(): void
  /** What the server knows to be stored. */
  confirmed(): bigint
  close(): Promise<void>
}

const STATUS_INTERVAL_MS = 1000

/** Both sides give the line up when they hear nothing for this long; a server that is asked every second has something to say. */
const UNHEARD_MS = 30_000

/** What the server may take for a command: a new slot waits for every transaction that is under way. */
const COMMAND_MS = 60_000

/** For commands on a replication connection: on a line that died silently they would be waited for for ever. */
export const commandDeadlines = createDeadlines(COMMAND_MS)

/**
 * A connection that speaks the replication protocol. SQL on it goes by the simple protocol only: `unsafe(text)` without parameters.
 */
export function replicationConnection(url: string, applicationName: string, onClose: () => void = () => {}): Sql {
  const shared = clientOptions(applicationName)
  return postgres(placeOf(url).url(), {
    ...shared,
    connect_timeout: 5,
    max: 1,
    fetch_types: false,
    prepare: false,
    idle_timeout: undefined,
    max_lifetime: null,
    onclose: onClose,
    connection: { ...shared.connection, replication: 'database', wal_sender_timeout: UNHEARD_MS } as object as Record<
      string,
      string
    >,
  }) as unknown as Sql
}

/**
 * Streams inserts from a logical replication slot. Our own on top of `postgres`, which has the protocol's copy mode: the library
 * `pg-logical-replication` 2.5.0 acknowledges what it has received, not what was stored, and goes on after a failed handler, so
 * only its parser would be left, at the price of a second PostgreSQL client.
 */
export async function openWalStream<Row>(options: WalStreamOptions<Row>): Promise<WalStream<Row>> {
  const { slot, publication, select, onNews, highWater = 10_000, pieceRows = Number.POSITIVE_INFINITY } = options
  let failure: Error | undefined
  let closed = false
  const fail = (error: Error): void => {
    if (closed) return
    failure ??= error
    onNews()
  }
  const sql = replicationConnection(options.url, options.applicationName, () =>
    fail(new Error('the replication connection is gone')),
  )
  let stream: Duplex
  try {
    const start = sql.unsafe(
      `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '"${publication}"')`,
    )
    stream = (await within(commandDeadlines, start.writable())) as unknown as Duplex
  } catch (error) {
    closed = true
    await sql.end({ timeout: 1 }).catch(() => {})
    throw error
  }

  const parse = createPgoutputParser()
  const ready: WalTransaction<Row>[] = []
  let open: Row[] | undefined
  /** a part of the open transaction was handed out */
  let pieces = false
  let place: Omit<ChangePlace, 'lsn'> = { commit: 0n, at: 0n, xid: 0 }
  let held = 0
  let received = 0n
  let stored = 0n
  let passed = 0n
  let heardAt = performance.now()
  let silences = 0

  const answer = (ask = false): void => {
    if (!closed && !failure && stream.writable) stream.write(standbyStatus(received > stored ? received : stored, stored, ask))
  }
  const advance = (lsn: bigint): void => {
    if (lsn > stored) stored = lsn
  }

  stream.on('data', (chunk: Buffer) => {
    heardAt = performance.now()
    silences = 0
    try {
      const frame = parseFrame(chunk)
      if (frame?.kind === 'keepalive') {
        if (frame.end > received) received = frame.end
        // nothing of ours lies before this point but what was taken already
        if (ready.length === 0 && open === undefined) passed = frame.end
        if (frame.wantsReply) answer()
        return
      }
      if (!frame) return
      const message = parse(frame.message)
      if (!message) return
      if (message.kind === 'begin') {
        open = []
        pieces = false
        place = message
      } else if (message.kind !== 'commit') {
        const row = select(message, { ...place, lsn: frame.lsn })
        if (row === undefined) return
        open!.push(row)
        held += 1
        if (open!.length >= pieceRows) {
          ready.push({ end: place.commit, rows: open!, whole: false })
          open = []
          pieces = true
          onNews()
        }
        if (held >= highWater && ready.length > 0) stream.pause()
      } else {
        if (message.end > received) received = message.end
        const rows = open ?? []
        open = undefined
        if (rows.length === 0 && !pieces) return
        ready.push({ end: message.end, rows, whole: true })
        onNews()
      }
    } catch (error) {
      fail(error as Error)
    }
  })
  stream.on('error', fail)
  stream.on('close', () => fail(new Error('the replication stream ended')))
  // asked, because a server that only skips other people's changes says so twice a minute, and keeps them for us until then
  const timer = setInterval(() => {
    answer(true)
    // twice: a process that was held up has to read first what came meanwhile; and a stream that rests hears nothing on purpose
    const silent = performance.now() - heardAt > UNHEARD_MS && !stream.isPaused()
    silences = silent ? silences + 1 : 0
    if (silences > 1) fail(new Error('the replication connection went silent'))
  }, STATUS_INTERVAL_MS)

  let inHand = 0
  return {
    take(limit) {
      if (failure) throw failure
      // what was taken before has been dealt with
      held -= inHand
      inHand = 0
      const taken: WalTransaction<Row>[] = []
      while (ready.length > 0 && (taken.length === 0 || inHand + ready[0]!.rows.length <= limit)) {
        const next = ready.shift()!
        inHand += next.rows.length
        taken.push(next)
      }
      if (stream.isPaused() && held - inHand < highWater / 2) stream.resume()
      return taken
    },
    confirm(lsn) {
      advance(lsn)
    },
    confirmIdle() {
      advance(passed)
    },
    confirmed: () => stored,
    async close() {
      answer()
      closed = true
      clearInterval(timer)
      stream.destroy()
      await sql.end({ timeout: 1 }).catch(() => {})
    },
  }
}
