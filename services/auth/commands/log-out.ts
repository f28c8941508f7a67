import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { parseRefreshToken } from '../refresh-token.ts'
import { endingSessions, revokeSessions } from '../sessions.ts'
import type { Principal } from '#kit/core/principal.ts'

const end = (deps: AuthDeps, userId: string, only?: string): Promise<number> =>
  endingSessions(deps, (tx) => revokeSessions(deps, tx, userId, 'logout', only === undefined ? {} : { only }))

/** Ends the session of the access token, and the one of the refresh token if it came along. Logging out twice is fine. */
export async function logOut(deps: AuthDeps, principal: Principal, refreshToken: string | undefined): Promise<void> {
  if (principal.kind === 'user') await end(deps, principal.id, principal.sessionId)
  const token = refreshToken === undefined ? undefined : parseRefreshToken(deps.secrets.refresh, refreshToken)
  if (!token) return
  // an older token of the session is no proof of owning it, but its mark shows that it was ours: ending is the safe side
  const [row] = await deps.db.sql<
    { userId: string }[]
  >`select user_id as "userId" from sessions where session_id = ${token.sessionId} and revoked_at is null`
  if (row) await end(deps, row.userId, token.sessionId)
}

/** Ends every session of the user, on all devices. */
export async function logOutEverywhere(deps: AuthDeps, userId: string): Promise<void> {
  await end(deps, userId)
}

/** Ends one of the user's own sessions. Throws `auth/session-not-found`, also for other people's. */
export async function endSession(deps: AuthDeps, userId: string, sessionId: string): Promise<void> {
  const ended = await end(deps, userId, sessionId)
  if (ended === 0) throw errors.sessionNotFound()
}
