import type postgres from 'postgres'

/** Column types beyond the defaults: int8 comes and goes as bigint. */
export type PgTypes = { bigint: bigint }
/** A pool of one role. As a tag it runs one statement in a transaction of its own. */
export type Sql = postgres.Sql<PgTypes>
/** An open transaction. */
export type Tx = postgres.TransactionSql<PgTypes>
/** What a query or a one-statement command needs: a pool or an open transaction. */
export type Query = Sql | Tx

/** One service's door to its own schema. `search_path` is that schema, so tables are named without it. */
export interface Db {
  readonly schema: string
  /** Everything the shop writes lies in this one database: what a later commit covers need not be waited for (ADR 0033, late-commit.ts). */
  readonly lateCommits: boolean
  /** pool on the primary */
  readonly sql: Sql
  /** pools on replicas where some are configured, else the primary; never decide a write from it */
  readonly read: Sql
  /**
   * The primary, for questions that a shopper words freely: searches and lists; the server ends one after `timeouts.brief` (half a second by
   * default; `database/statement-timeout`), where a statement of `sql` has three. For single statements; never decide a write from it.
   */
  readonly brief: Sql
  /** Where replicas are read: how far the log of the primary is now, for whoever has to see at least that (`WorkContext.seen`). */
  position?(): Promise<readonly [server: string, position: bigint]>
  /** BEGIN … COMMIT. An error thrown inside rolls back. A failed COMMIT is "unknown": retry only under an idempotency key. */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}
