import Type from 'typebox'
import { checkDatabaseUrl } from '#kit/db/url.ts'
import { setting } from './setting.ts'

/** Where statements go when a pooler stands before a server. */
export const poolerUrl = Type.String({
  pattern: '^postgres(ql)?://[^@/?#\\s]+(/[^/?#\\s]*)?(\\?prepare=(yes|no))?$',
  description: 'postgres://host:port[/database][?prepare=no], without a user',
})

/** Settings of the databases beside DATABASE_URL. */
export const databaseSettings = {
  poolerUrl: setting('POOLER_URL', poolerUrl, {
    defaultText: 'none',
    summary:
      'A PgBouncer in transaction mode in front of DATABASE_URL: statements go through it; LISTEN, locks of sessions, replication and migrations go to DATABASE_URL itself. `?prepare=no` for one older than 1.21 ([how](how-to-run-databases-apart.md#through-pgbouncer)).',
    check: checkDatabaseUrl,
  }),
} as const
