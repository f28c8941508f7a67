import type { Query } from '#kit/db/db.ts'

export interface IdentityView {
  /** key of the provider */
  readonly provider: string
  /** its name for the person */
  readonly subject: string
  readonly grantedRoles: readonly string[]
  readonly connectedAt: Date
  readonly lastUsedAt: Date | null
}

/** The other sign-ins that are connected with an account, oldest first. */
export async function identitiesOf(sql: Query, userId: string): Promise<IdentityView[]> {
  return await sql<IdentityView[]>`
    select provider, subject, granted_roles as "grantedRoles", connected_at as "connectedAt", last_used_at as "lastUsedAt" from identities where user_id = ${userId} order by connected_at`
}
