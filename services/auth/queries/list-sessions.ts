import type { Query } from '#kit/db/db.ts'

export interface SessionView {
  readonly id: string
  readonly method: string
  readonly ip: string
  readonly userAgent: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date
  readonly expiresAt: Date
}

/** Sessions of a user that can still be used, newest use first; at most 100. */
export async function listSessions(sql: Query, userId: string): Promise<SessionView[]> {
  return await sql<SessionView[]>`
    select session_id as id, method, ip, user_agent as "userAgent", created_at as "createdAt", last_used_at as "lastUsedAt",
           least(expires_at, ends_at) as "expiresAt"
      from sessions
     where user_id = ${userId} and revoked_at is null and expires_at > now() and ends_at > now()
     order by last_used_at desc limit 100`
}
