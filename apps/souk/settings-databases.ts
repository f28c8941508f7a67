import Type from 'typebox'
import { checkDatabaseUrl } from '#kit/db/url.ts'
import { setting } from './setting.ts'

/** Where statements go when a pooler stands before a server. */
export const poolerUrl = Type.String({
  pattern: '^postgres(ql)?://[^@/?#\\s]+(/[^/?#\\s]*)?(\\?prepare=(yes|no))?$',
  description: 'postgres://host:port[/database][?prepare=no], without a user',
})

/** Copies of a server. */
export const replicaUrls = Type.Array(
  Type.String({ pattern: '^postgres(ql)?://[^\\s,]+$', description: 'a postgres:// URL; services sign in with their own roles' }),
)

/** Settings of the databases beside DATABASE_URL. */
export const databaseSettings = {
  poolerUrl: setting('POOLER_URL', poolerUrl, {
    defaultText: 'none',
    summary:
      'A PgBouncer in transaction mode in front of DATABASE_URL: statements go through it; LISTEN, locks of sessions, replication and migrations go to DATABASE_URL itself. `?prepare=no` for one older than 1.21 ([how](how-to-run-databases-apart.md#through-pgbouncer)).',
    check: checkDatabaseUrl,
  }),
  replicaUrls: setting('REPLICA_URLS', replicaUrls, {
    default: [],
    defaultText: 'none',
    secret: true,
    summary:
      'Streaming replicas of DATABASE_URL, `postgres://host:port/database,…`, for reads that decide nothing: lists, searches of staff, reports. Who changed something reads it from then on ([how](how-to-run-databases-apart.md#read-replicas)).',
    check: (urls) => urls.forEach(checkDatabaseUrl),
  }),
  searchStatementMs: setting('SEARCH_STATEMENT_MS', Type.Integer({ minimum: 50, maximum: 3000 }), {
    default: 500,
    summary:
      'How long the database may work on a search or on a list of the catalogue, in milliseconds; then it stops, and the shopper is asked to try again (503).',
  }),
  replicaMaxLagMs: setting('REPLICA_MAX_LAG_MS', Type.Integer({ minimum: 200, maximum: 600_000 }), {
    default: 5000,
    summary: 'How far behind a replica may be, in milliseconds, and still be read.',
  }),
} as const
