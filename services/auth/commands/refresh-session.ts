import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { parseRefreshToken, type RefreshToken, successor } from '../refresh-token.ts'
import { endingSessions, IDLE_DAYS, revokeSessions } from '../sessions.ts'
import { type Tokens, tokensFor } from '../tokens.ts'
import { TokenRefreshed } from '#contracts/events/users.ts'

/** For so long the token before the current one is answered with the current one: the client may have lost our answer. */
export const GRACE_SECONDS = 10

interface Live {
  readonly userId: string
  readonly roles: string[]
}

/**
 * Exchanges a refresh token for the next one. Of many exchanges of the same token at once one rotates, the others get the
 * same successor: one lineage. A token that is older than that has been used by two parties: the session ends and
 * `SessionRevoked` says why. Throws `auth/bad-refresh-token`.
 */
export async function refreshSession(deps: AuthDeps, refreshToken: string): Promise<Tokens> {
  const token = parseRefreshToken(deps.secrets.refresh, refreshToken)
  if (!token) throw errors.badRefreshToken()
  const next = successor(deps.secrets.refresh, token)
  const live = (await rotate(deps, token, next)) ?? (await repeat(deps, token))
  if (live) return await tokensFor(deps, live.userId, { sessionId: token.sessionId, refreshToken: next.text, roles: live.roles })
  await endIfReused(deps, token)
  throw errors.badRefreshToken()
}

/** One conditional statement: whoever comes second finds another hash. */
async function rotate(deps: AuthDeps, token: RefreshToken, next: RefreshToken): Promise<Live | undefined> {
  // the event names the user, whom only the row knows: read first, decide in the statement
  const [owner] = await deps.db.sql<
    { userId: string }[]
  >`select user_id as "userId" from sessions where session_id = ${token.sessionId}`
  if (!owner) return undefined
  const events = deps.outbox.encode([TokenRefreshed({ userId: owner.userId, sessionId: token.sessionId })])
  const [row] = await deps.db.sql<(Live & { told: number })[]>`
    with rotated as (
      update sessions s
         set generation = ${next.generation}, previous_hash = s.token_hash, token_hash = ${next.hash}, rotated_at = now(), last_used_at = now(),
             expires_at = least(now() + make_interval(days => ${IDLE_DAYS}), s.ends_at)
        from accounts a
       where s.session_id = ${token.sessionId} and s.token_hash = ${token.hash} and s.generation = ${token.generation}
         and s.revoked_at is null and s.expires_at > now() and s.ends_at > now() and a.user_id = s.user_id and a.disabled_at is null
      returning a.user_id, a.roles || s.granted_roles as roles
    ), told as (
      select outbox_append(${events}::text::jsonb) as n where exists (select 1 from rotated)
    )
    select r.user_id as "userId", r.roles, (select n from told) as told from rotated r`
  return row
}

/** The retry of a client that lost the answer: the same successor again. */
async function repeat(deps: AuthDeps, token: RefreshToken): Promise<Live | undefined> {
  const [row] = await deps.db.sql<Live[]>`
    select a.user_id as "userId", a.roles || s.granted_roles as roles from sessions s join accounts a using (user_id)
     where s.session_id = ${token.sessionId} and s.previous_hash = ${token.hash} and s.rotated_at > now() - make_interval(secs => ${GRACE_SECONDS})
       and s.revoked_at is null and s.expires_at > now() and s.ends_at > now() and a.disabled_at is null`
  return row
}

/** We issued this token (its mark says so) and it is not the current one any more: a copy is in other hands. */
async function endIfReused(deps: AuthDeps, token: RefreshToken): Promise<void> {
  const [row] = await deps.db.sql<{ userId: string }[]>`
    select user_id as "userId" from sessions
     where session_id = ${token.sessionId} and revoked_at is null and token_hash <> ${token.hash} and generation > ${token.generation}`
  if (!row) return
  const ended = await endingSessions(deps, (tx) => revokeSessions(deps, tx, row.userId, 'reuse', { only: token.sessionId }))
  deps.outbox.wake()
  if (ended > 0)
    deps.log.warn({ userId: row.userId, sessionId: token.sessionId }, 'an old refresh token came back; the session was ended')
}
