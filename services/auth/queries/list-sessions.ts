import type { AuthDeps } from '../deps.ts'
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

/** Every session that is still held of a user, also those that have ended, newest first; at most 1,000. */
export async function heldSessions(sql: Query, userId: string) {
  return await sql<(Omit<SessionView, 'id' | 'expiresAt'> & { endedAt: Date | null })[]>`
    select method, ip, user_agent as "userAgent", created_at as "createdAt", last_used_at as "lastUsedAt", revoked_at as "endedAt"
      from sessions where user_id = ${userId} order by session_id desc limit 1000`
}

/**
 * Sessions of a user that can still be used, newest use first; at most 100. The database knows when the last token was issued, the
 * memory whether one was shown since.
 */
export async function listSessions({ db, signs }: Pick<AuthDeps, 'db' | 'signs'>, userId: string): Promise<SessionView[]> {
  const sessions = await db.sql<SessionView[]>`
    select session_id as id, method, ip, user_agent as "userAgent", created_at as "createdAt", last_used_at as "lastUsedAt",
           least(expires_at, ends_at) as "expiresAt"
      from sessions
     where user_id = ${userId} and revoked_at is null and expires_at > now() and ends_at > now()
     order by last_used_at desc limit 100`
  const seen = await Promise.all(
    sessions.map(async (session) => {
      const sign = await signs.get(session.id)
      const at = Math.max(session.lastUsedAt.getTime(), sign?.at ?? 0)
      return { ...session, lastUsedAt: new Date(at) }
    }),
  )
  return seen.sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime())
}
