import type { Sql } from '#kit/db/db.ts'
import { quoteIdentifier } from '#kit/db/roles.ts'
import { untilFree } from '#kit/db/until-free.ts'
import { type EventDefinition, nameOf } from './event.ts'

export interface OutboxOwner {
  readonly schema: string
  /** what its contract says that it publishes */
  readonly publishes: readonly Pick<EventDefinition, 'aggregate' | 'type'>[]
}

const CONSTRAINT = 'outbox_own_events'
/** Hosts that prepare the same database take turns. */
const LOCK = 5_006_853
/** Who waits for the outbox keeps everybody behind it waiting. */
const LOCK_MS = 500

/**
 * Lets the outbox of a service take only events that are its own, in the database, so that it holds for the relay, for readers of the write-ahead
 * log and for a Debezium alike: whoever gets hold of a service's role cannot tell in the name of another one. Versions do not count (what readers
 * do not know is parked), and nothing that was allowed is taken away again, because processes of the release before go on while a new one starts.
 * As admin, after the migrations; asks one question where there is nothing to do.
 */
export async function limitOutboxes(admin: Sql, owners: readonly OutboxOwner[]): Promise<void> {
  const known = await allowedIn(
    admin,
    owners.map(({ schema }) => schema),
  )
  for (const owner of owners) {
    const before = known.get(owner.schema)
    if (before && ownOf(owner).every((name) => before.has(name))) continue
    await untilFree(() => widen(admin, owner))
  }
}

const ownOf = ({ publishes }: OutboxOwner): string[] => publishes.map(({ aggregate, type }) => `${aggregate}/${nameOf(type)}`)

/** By schema what its outbox takes; schemas without a limit are missing. The constraint says it in a comment: its own text is PostgreSQL's. */
async function allowedIn(sql: Sql, schemas: readonly string[]): Promise<Map<string, Set<string>>> {
  const rows = await sql<{ schema: string; allowed: string | null }[]>`
    select c.connamespace::regnamespace::text as schema, obj_description(c.oid, 'pg_constraint') as allowed
      from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
     where t.relname = 'outbox' and c.conname = ${CONSTRAINT} and n.nspname = any(${schemas as string[]})`
  return new Map(rows.map(({ schema, allowed }) => [schema, new Set((allowed ?? '').split(' ').filter((name) => name !== ''))]))
}

async function widen(admin: Sql, owner: OutboxOwner): Promise<void> {
  await admin.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK}::int, hashtext(${owner.schema}))`
    const before = (await allowedIn(tx as unknown as Sql, [owner.schema])).get(owner.schema) ?? []
    const allowed = [...new Set([...before, ...ownOf(owner)])].sort()
    const odd = allowed.find((name) => !/^[\w-]+\/\w+$/.test(name))
    if (odd !== undefined) throw new Error(`an event has an impossible name: ${odd}`)
    const table = `${quoteIdentifier(owner.schema)}.outbox`
    // not valid: what is in it already was let in, and reading it would take the longer the fuller it is
    await tx.unsafe(`
      set local lock_timeout = ${LOCK_MS};
      alter table ${table} drop constraint if exists ${CONSTRAINT};
      alter table ${table} add constraint ${CONSTRAINT}
        check (aggregatetype || '/' || split_part(type, '.', 1) = any ('{${allowed.join(',')}}'::text[])) not valid;
      comment on constraint ${CONSTRAINT} on ${table} is '${allowed.join(' ')}'`)
  })
}
