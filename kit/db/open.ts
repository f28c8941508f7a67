import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { arrayTypes } from './arrays.ts'
import { briefConnections, briefTransactions } from './brief.ts'
import type { Db, Sql, Tx } from './db.ts'
import { createGate, type GateStats } from './gate.ts'
import { guardPool, runTransaction } from './guard.ts'
import { pgCode } from './pg-errors.ts'
import { createPool } from './pool.ts'
import { readFrom, serverName } from './replicas.ts'

/** Bounds of everything that can take time, in milliseconds. Shorter than the service's own 8 s. */
export interface DbTimeouts {
  /** open a connection, including the log-in */
  connect: number
  /** wait for a free connection before the request is turned away */
  poolWait: number
  statement: number
  /** a statement of `db.brief` */
  brief: number
  lock: number
  /** a transaction that does nothing */
  idleInTransaction: number
  /** a line on which no answer comes is given up; by default a little after the statement should have been stopped. 0: never */
  answer?: number
}

export const defaultTimeouts: DbTimeouts = {
  connect: 500,
  poolWait: 300,
  statement: 3000,
  brief: 500,
  lock: 1000,
  idleInTransaction: 5000,
}

export interface OpenDbOptions {
  /** postgres:// URL of the service's role on the primary */
  url: string
  schema: string
  /** shown in pg_stat_activity: which process, which service */
  applicationName: string
  /** see Db; default false */
  lateCommits?: boolean | undefined
  /**
   * A pooler in front of the server that gives each transaction another connection (PgBouncer, `pool_mode = transaction`): statements
   * and transactions go there, notifications come from `url`. Limits of time are those of the role (`roles.ts`), not of `timeouts`.
   */
  pooler?: Pooler | undefined
  /** copies to read from; statements of `db.read` go round those that are up to date enough */
  replicaUrls?: readonly string[]
  /** how far behind a copy may be, in milliseconds; default 5,000 */
  maxLagMs?: number | undefined
  /** connections at most, per pool; default 10 */
  max?: number
  /** `brief` has as many connections again, of its own; default true. false: as through a pooler, in a transaction each on those of all others */
  briefPool?: boolean
  timeouts?: Partial<DbTimeouts>
  /** unused connections are closed after this many seconds; default 30 */
  idleSeconds?: number
}

export interface Pooler {
  /** with the same role and password as the server's */
  readonly url: string
  /** It keeps prepared statements apart (PgBouncer 1.21 and newer, `max_prepared_statements` above 0). */
  readonly prepare: boolean
}

export interface TxOptions {
  /** Runs the work again when it lost a deadlock or a serialization conflict, three times at most. Only for work without effects outside the transaction. */
  retryConflict?: boolean
  /** default: read committed */
  isolation?: 'repeatable read' | 'serializable'
}

export interface OpenedDb extends Db {
  tx<T>(work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>
  /** of the pool on the primary */
  stats(): GateStats
  /** Waits for what runs, at most 5 s. */
  close(): Promise<void>
}

/**
 * Opens a service's door to its schema. Connects on first use. Every wait is bounded; what the database refuses for a while
 * (busy, timeouts, full disk, unreachable) arrives as a DomainError of kind `unavailable`, everything else as PostgreSQL said it.
 * Do not use `db.sql` inside `db.tx`: it takes a second connection, and under load everybody would wait for everybody.
 */
export function openDb(options: OpenDbOptions): OpenedDb {
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const max = options.max ?? 10
  const direct = poolOptions(options, timeouts, max)
  const gate = () => createGate(max, timeouts.poolWait)
  const answer = answerMs(timeouts)
  const { pooler, url } = options
  const primary = pooler
    ? createPool(pooler.url, throughPooler(direct, pooler), gate(), { answerMs: answer, direct: { url, options: direct } })
    : createPool(url, direct, gate(), { answerMs: answer })
  const open = (replica: string) => createPool(replica, { ...direct, ...anyServer }, gate(), { answerMs: answer })
  const sql = guardPool(primary)
  const briefly = (): ReturnType<typeof briefConnections> => {
    const more = { answerMs: answerMs({ ...timeouts, statement: timeouts.brief }) }
    return briefConnections(primary, { url, options: direct, limitMs: timeouts.brief, more })
  }
  let brief: ReturnType<typeof briefConnections> | undefined
  const replicas = (options.replicaUrls ?? []).map((replica) => ({ url: replica, pool: open(replica) }))
  const copies = replicas.length > 0 ? readFrom({ primary: url, replicas, maxLagMs: options.maxLagMs ?? 5000 }, sql) : undefined
  return {
    schema: options.schema,
    lateCommits: options.lateCommits ?? false,
    sql,
    read: copies?.read ?? sql,
    get brief() {
      if (pooler || options.briefPool === false) return briefTransactions(primary, timeouts.brief)
      brief ??= briefly()
      return brief.sql
    },
    ...(copies ? { position: () => positionOf(url, sql) } : {}),
    async tx(work, { retryConflict = false, isolation } = {}) {
      const begin = isolation === undefined ? '' : `isolation level ${isolation}`
      for (let repeats = 0; ; repeats++) {
        try {
          return await runTransaction(primary, work, begin)
        } catch (error) {
          const code = pgCode(error)
          if (!retryConflict || repeats === 3 || (code !== '40001' && code !== '40P01')) throw error
        }
        // Not at once: the winner is only now waking up, and a loser that is quicker takes the row away from under it, for another deadlock.
        await delay(10 * 4 ** repeats * (0.5 + Math.random()))
      }
    },
    stats: () => primary.gate.stats(),
    async close() {
      copies?.close()
      await Promise.all([primary, ...replicas.map(({ pool }) => pool), ...(brief ? [brief] : [])].map((pool) => pool.end()))
    },
  }
}

/** Where the log of the server ends: whatever was committed before lies in front of it. */
async function positionOf(url: string, sql: Sql): Promise<readonly [server: string, position: bigint]> {
  const [row] = await sql<[{ position: bigint }]>`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as position`
  return [serverName(url), row.position]
}

/** Beyond the time in which the server stops a statement by itself. */
const ANSWER_MARGIN_MS = 2000

/** How long to wait for an answer of a server that stops statements after `statement`. A statement may have to connect first. */
export function answerMs({ connect, statement, answer }: Pick<DbTimeouts, 'connect' | 'statement' | 'answer'>): number {
  return answer ?? (statement === 0 ? 0 : connect + statement + ANSWER_MARGIN_MS)
}

function poolOptions(options: OpenDbOptions, timeouts: DbTimeouts, max: number) {
  const shared = clientOptions(options.applicationName, timeouts)
  const idleSeconds = options.idleSeconds ?? 30
  return {
    ...shared,
    max,
    idle_timeout: idleSeconds,
    connection: {
      ...shared.connection,
      search_path: `"${options.schema.replaceAll('"', '""')}"`,
      statement_timeout: timeouts.statement,
      lock_timeout: timeouts.lock,
      idle_in_transaction_session_timeout: timeouts.idleInTransaction,
      synchronous_commit: 'on',
      // we close what we do not use, so whoever is idle for longer is at the end of a dead line
      idle_session_timeout: (idleSeconds + 15) * 1000,
    } as Record<string, string | number>,
  }
}

/** A server in recovery refuses whatever writes, and a copy of rows decides nothing. */
const anyServer = { target_session_attrs: undefined }

/** A pooler refuses parameters it does not know, and a session's settings would stay behind for whoever gets the connection next. */
function throughPooler(direct: ReturnType<typeof poolOptions>, { prepare }: Pooler) {
  const connection = { application_name: String(direct.connection['application_name']) }
  return { ...direct, ...anyServer, prepare, connection }
}

/** What every client of ours shares: int8 as bigint, prompt reconnects (the default waits up to 20 s after an outage), silence. */
export function clientOptions(applicationName: string, timeouts: Pick<DbTimeouts, 'connect'> = defaultTimeouts) {
  return {
    types: { ...arrayTypes, bigint: postgres.BigInt },
    fetch_types: false,
    connect_timeout: timeouts.connect / 1000,
    backoff: ((attempt: number) => Math.min(0.02 * 2 ** attempt, 0.25) * (0.5 + Math.random() / 2)) as unknown as boolean,
    keep_alive: 15,
    // the server has to notice as well when we are gone without a word: a dead session may hold locks
    connection: {
      application_name: applicationName.slice(0, 63),
      tcp_keepalives_idle: 15,
      tcp_keepalives_interval: 5,
      tcp_keepalives_count: 3,
    },
    prepare: true,
    // a replica that was promoted and a primary that was put back change roles behind the same addresses
    target_session_attrs: 'primary' as const,
    onnotice() {},
  }
}
