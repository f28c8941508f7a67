import type { Mutant } from './mutant.ts'

/** Guards of where statements go: primaries, copies, and tables that are changed beside people. */
export const databases: readonly Mutant[] = [
  {
    name: 'a server in recovery is taken for a primary',
    file: 'kit/db/open.ts',
    search: "target_session_attrs: 'primary' as const,",
    replace: '',
    test: 'kit/db/primary.int.test.ts',
  },
  {
    name: 'a former primary that comes back is taken for the one',
    file: 'kit/db/primary.ts',
    search: 'answer.timeline > best.timeline ? answer : best',
    replace: 'best.timeline > 0 ? best : answer',
    test: 'kit/db/primary.int.test.ts',
  },
  {
    name: 'a connection to a server that takes no writes any more is kept',
    file: 'kit/db/pg-errors.ts',
    search: '/^(08|57P|25006$)/',
    replace: '/^(08|57P)/',
    test: 'kit/db/primary.int.test.ts',
  },
  {
    name: 'a copy is read by who has written what it does not have',
    file: 'kit/db/replica-watch.ts',
    search: 'replayed < position',
    replace: 'replayed < 0n',
    test: 'kit/db/replicas.int.test.ts',
  },
  {
    name: 'a copy is read however far behind it is',
    file: 'kit/db/replica-watch.ts',
    search: 'return missing === undefined || performance.now() - missing.at <= ms',
    replace: 'return missing === undefined || ms > 0',
    test: 'kit/db/replicas.int.test.ts',
  },
  {
    name: 'a write through a door for reads reaches the primary unnoticed',
    file: 'kit/db/guard.ts',
    search: "(isConnectionLoss(error) && pgCode(error) !== '25006')",
    replace: 'isConnectionLoss(error)',
    test: 'kit/db/replicas.int.test.ts',
  },
  {
    name: 'an answer that is kept for all is made from a copy',
    file: 'kit/http/execute.ts',
    search: "kept ? ('everything' as const) : seen.of(request)",
    replace: 'kept ? undefined : seen.of(request)',
    test: 'kit/http/seen-writes.test.ts',
  },
  {
    name: 'a migration queues for a table as long as it takes, and everybody behind it',
    file: 'kit/db/migrate.ts',
    search: 'set local lock_timeout = ${lockMs}',
    replace: 'set local lock_timeout = 0',
    test: 'kit/db/migrate-beside.int.test.ts',
  },
  {
    name: 'a migration that would lock a large table runs beside people',
    file: 'kit/db/migrate.ts',
    search: 'if (!options.stopped) await refuseUnsafe(admin, pending)',
    replace: '',
    test: 'kit/db/migrate-beside.int.test.ts',
  },
  {
    name: 'an index that was half made counts as made',
    file: 'kit/db/migrate.ts',
    search: 'if (index !== undefined) await dropHalfMade(admin, plan.schema, index)',
    replace: '',
    test: 'kit/db/migrate-beside.int.test.ts',
  },
]
