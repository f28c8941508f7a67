import type { Sql, Tx } from './db.ts'
import { onSharedCatalog } from './shared-catalog.ts'

export interface ServiceRole {
  schema: string
  role: string
  password: string
}

/** `"name"`, for the places of SQL that take no parameters. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function quoteLiteral(text: string): string {
  if (text.includes('\\') || text.includes('\0')) throw new Error('a password must not hold a backslash or a zero byte')
  return `'${text.replaceAll("'", "''")}'`
}

/**
 * Gives a service its schema and its login: the role may read and write rows of tables that the admin creates in this schema,
 * now and later, use its sequences and call its functions. It owns nothing, creates nothing, and sees no other schema.
 * Idempotent: repairs rights and sets the password. Takes an advisory lock, and tries again where a host that prepares another database of the
 * server changes the same role.
 */
export async function provisionService(admin: Sql, service: ServiceRole): Promise<void> {
  const schema = quoteIdentifier(service.schema)
  const role = quoteIdentifier(service.role)
  const provision = async (tx: Tx) => {
    await tx`select pg_advisory_xact_lock(${provisionLock})`
    const [now] = await tx<[{ database: string; found: boolean }]>`
      select current_database()::text as database, exists (select from pg_roles where rolname = ${service.role}) as found`
    const database = quoteIdentifier(now.database)
    // one message, one round trip
    await tx.unsafe(`
      ${now.found ? 'alter' : 'create'} role ${role} with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
        password ${quoteLiteral(service.password)};
      alter role ${role} set search_path = ${schema};
      revoke create, temporary on database ${database} from public;
      grant connect on database ${database} to ${role};
      revoke all on schema public from public;
      create schema if not exists ${schema};
      revoke all on schema ${schema} from public;
      grant usage on schema ${schema} to ${role};
      alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${role};
      alter default privileges in schema ${schema} grant usage, select on sequences to ${role};
      alter default privileges in schema ${schema} grant execute on functions to ${role};
    `)
  }
  await onSharedCatalog(() => admin.begin(provision))
}

/** Of `services`, those whose role or schema does not exist yet: one question instead of one transaction each at every start. */
export async function unprovisioned<T extends Pick<ServiceRole, 'schema' | 'role'>>(
  admin: Sql,
  services: readonly T[],
): Promise<T[]> {
  const [row] = await admin<[{ roles: string[]; schemas: string[] }]>`
    select array(select rolname::text from pg_roles where rolname = any(${services.map(({ role }) => role)})) as roles,
           array(select nspname::text from pg_namespace where nspname = any(${services.map(({ schema }) => schema)})) as schemas`
  return services.filter(({ role, schema }) => !row?.roles.includes(role) || !row.schemas.includes(schema))
}

/** What a session of a role begins with, in milliseconds, where the client cannot say it itself: behind a pooler. */
export interface SessionLimits {
  readonly statement: number
  readonly lock: number
  readonly idleInTransaction: number
}

/** Gives roles their limits, in the database; only where they have others. A direct connection brings its own, which win. */
export async function limitRoles(admin: Sql, roles: readonly { role: string; limits: SessionLimits }[]): Promise<void> {
  const wanted = roles.map(({ role, limits }) => ({
    role,
    settings: {
      statement_timeout: `${limits.statement}`,
      lock_timeout: `${limits.lock}`,
      idle_in_transaction_session_timeout: `${limits.idleInTransaction}`,
      synchronous_commit: 'on',
    },
  }))
  const found = await admin<{ role: string; settings: string[] | null }[]>`
    select rolname::text as role, rolconfig as settings from pg_roles where rolname = any(${wanted.map(({ role }) => role)})`
  for (const { role, settings } of wanted) {
    const has = found.find((row) => row.role === role)?.settings ?? []
    const missing = Object.entries(settings).filter(([name, value]) => !has.includes(`${name}=${value}`))
    const statements = missing.map(([name, value]) => `alter role ${quoteIdentifier(role)} set ${name} = ${quoteLiteral(value)}`)
    if (statements.length > 0) await onSharedCatalog(() => admin.unsafe(statements.join(';')))
  }
}

/** Key of the lock that keeps provisioning and migrating hosts apart. */
export const provisionLock = 5_006_852_001n
