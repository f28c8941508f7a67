import type { AttributeDefinition } from './attributes.ts'
import { errors } from './errors.ts'
import type { Attributes } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query, Tx } from '#kit/db/db.ts'

/** A profile as it is stored; e-mail and roles are auth's. */
export interface Profile {
  readonly userId: string
  readonly fullName: string
  readonly locale: string
  readonly phone: string | null
  readonly country: string | null
  readonly marketingConsent: boolean
  readonly marketingConsentAt: Date | null
  readonly attributes: Attributes
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly groups: string[]
}

/** Select list of a profile called `p`. */
export const profileColumns = (sql: Query) => sql`
  p.user_id as "userId", p.full_name as "fullName", p.locale, p.phone, p.country, p.marketing_consent as "marketingConsent",
  p.marketing_consent_at as "marketingConsentAt", p.attributes, p.version, p.created_at as "createdAt", p.updated_at as "updatedAt",
  coalesce((select array_agg(m.group_key order by m.group_key) from group_members m where m.user_id = p.user_id), '{}') as groups`

export async function profileOf(sql: Query, userId: string): Promise<Profile | undefined> {
  return (await sql<Profile[]>`select ${profileColumns(sql)} from profiles p where p.user_id = ${userId}`)[0]
}

export async function profilesOf(sql: Query, userIds: readonly string[]): Promise<Profile[]> {
  return await sql<Profile[]>`select ${profileColumns(sql)} from profiles p where p.user_id = any(${[...userIds]}::uuid[])`
}

/** Throws `users/not-found`. */
export async function requireProfile(sql: Query, userId: string): Promise<Profile> {
  const profile = await profileOf(sql, userId)
  if (!profile) throw errors.notFound()
  return profile
}

/** Locks a profile: what hangs on it (addresses, attributes) changes one request at a time. Throws `users/not-found`. */
export async function lockProfile(tx: Tx, userId: string): Promise<Profile> {
  await tx`select 1 from profiles where user_id = ${userId} for update`
  return await requireProfile(tx, userId)
}

/** Notes what happened to an account; nothing where there is no profile (any more). */
export async function noteActivity(
  tx: Query,
  userId: string,
  kind: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await noteActivities(tx, [{ userId, kind, details }])
}

export interface Activity {
  readonly userId: string
  readonly kind: string
  readonly details: Record<string, unknown>
}

/** The same for many, in one statement. */
export async function noteActivities(tx: Query, activities: readonly Activity[]): Promise<void> {
  if (activities.length === 0) return
  const rows = activities.map(({ userId, kind, details }) => ({ activity_id: uuidv7(), user_id: userId, kind, details }))
  await tx`
    insert into activity (activity_id, user_id, kind, details)
    select a.activity_id, a.user_id, a.kind, a.details
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as a(activity_id uuid, user_id uuid, kind text, details jsonb)
      join profiles p on p.user_id = a.user_id`
}

export async function attributeDefinitions(sql: Query): Promise<AttributeDefinition[]> {
  return await sql<AttributeDefinition[]>`
    select attribute_key as key, label, type, choices, customer_editable as "customerEditable" from attribute_definitions order by attribute_key`
}
