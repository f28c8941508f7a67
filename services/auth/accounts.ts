import type { Query } from '#kit/db/db.ts'

/** An account as commands see it. */
export interface Account {
  readonly userId: string
  readonly email: string
  readonly emailKey: string
  readonly emailVerified: boolean
  readonly passwordHash: string | null
  readonly roles: string[]
  /** what providers gave at the last sign-in through them; they count in sessions only */
  readonly grantedRoles: string[]
  readonly locale: string
  readonly disabled: boolean
  /** the second step is on */
  readonly mfa: boolean
  readonly createdAt: Date
}

const columns = (sql: Query) => sql`
  a.user_id as "userId", a.email, a.email_key as "emailKey", a.email_verified_at is not null as "emailVerified",
  a.password_hash as "passwordHash", a.roles,
  array(select distinct unnest(i.granted_roles) from identities i where i.user_id = a.user_id) as "grantedRoles", a.locale, a.disabled_at is not null as disabled,
  exists (select 1 from totp t where t.user_id = a.user_id and t.confirmed_at is not null) as mfa, a.created_at as "createdAt"`

export async function accountByEmail(sql: Query, emailKey: string): Promise<Account | undefined> {
  return (await sql<Account[]>`select ${columns(sql)} from accounts a where a.email_key = ${emailKey}`)[0]
}

export async function accountById(sql: Query, userId: string): Promise<Account | undefined> {
  return (await sql<Account[]>`select ${columns(sql)} from accounts a where a.user_id = ${userId}`)[0]
}

export async function accountsByIds(sql: Query, userIds: readonly string[]): Promise<Account[]> {
  return await sql<Account[]>`select ${columns(sql)} from accounts a where a.user_id = any(${[...userIds]}::uuid[])`
}
