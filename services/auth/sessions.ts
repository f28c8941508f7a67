import { clientOfAddress } from '#kit/http/rate-limit.ts'
import { ACCESS_TOKEN_SECONDS } from './access-token.ts'
import type { AuthDeps } from './deps.ts'
import { errors } from './errors.ts'
import { firstRefreshToken } from './refresh-token.ts'
import { mac } from './keyed-hash.ts'
import type { DataOf } from '#kit/messaging/event.ts'
import { SessionRevoked, UserAuthenticated } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query, Tx } from '#kit/db/db.ts'

/** Unused for so long, a session ends; used or not, after so long the person signs in again. */
export const IDLE_DAYS = 30
export const LONGEST_DAYS = 90
/** A session with roles of a provider ends after so long: then the provider is asked again. */
const GRANTED_HOURS = 12
/** An access token of a revoked session is refused until it has ended by itself; the rest is for clocks that differ. */
export const DENY_SECONDS = ACCESS_TOKEN_SECONDS + 60

export type RevokeReason = DataOf<typeof SessionRevoked>['reason']

/** How somebody signed in. A passkey is two factors in one: the device, and the finger or code that unlocks it. */
export type SessionMethod = 'password' | 'mfa' | 'passkey' | 'provider'

/** In the words of `UserAuthenticated`, whose `method` is one or two factors. */
const told: Record<SessionMethod, Pick<DataOf<typeof UserAuthenticated>, 'method' | 'by'>> = {
  password: { method: 'password' },
  mfa: { method: 'mfa' },
  passkey: { method: 'mfa', by: 'passkey' },
  provider: { method: 'password', by: 'provider' },
}

/** Where a request comes from. */
export interface Origin {
  readonly ip: string
  readonly userAgent?: string | undefined
}

/** Keyed hash of the network a request comes from (IPv6: its /64), per account: it recognises a place and tells nothing else. */
export function placeOf(deps: Pick<AuthDeps, 'secrets'>, userId: string, ip: string): Buffer {
  return mac(deps.secrets.throttle, 'known place', userId, clientOfAddress(ip))
}

/** What a provider gave with a sign-in. */
export interface Grant {
  readonly provider: string
  /** who it is there, and who says so */
  readonly subject: string
  readonly issuer: string
  readonly provedAt: Date | null
  /** on top of those of the account, in this session only */
  readonly roles: readonly string[]
  /** sealed, bound to the user id */
  readonly idToken: Buffer
}

export interface OpenedSession {
  readonly sessionId: string
  readonly refreshToken: string
  /** as they are now, not as they were when the login began */
  readonly roles: readonly string[]
}

/**
 * Opens a session and tells `UserAuthenticated`, in the caller's transaction. The account is looked at once more under a
 * lock: disabled, or its password changed, since the password was checked? Then there is no session (`auth/bad-credentials`).
 */
export async function openSession(
  deps: AuthDeps,
  tx: Tx,
  account: { userId: string; passwordHash: string | null },
  method: SessionMethod,
  origin: Origin,
  { grant, passkeyId }: { grant?: Grant | undefined; passkeyId?: string } = {},
): Promise<OpenedSession> {
  const { userId } = account
  const granted = [...(grant?.roles ?? [])]
  // a clock over there may be ahead
  const provedAt = grant?.provedAt ?? null
  const hours = granted.length > 0 ? GRANTED_HOURS : LONGEST_DAYS * 24
  const sessionId = uuidv7()
  const token = firstRefreshToken(deps.secrets.refresh, sessionId)
  const events = deps.outbox.encode([UserAuthenticated({ userId, sessionId, ...told[method] })])
  const [row] = await tx<{ roles: string[]; told: number }[]>`
    with account as (
      select user_id, roles from accounts
       where user_id = ${userId} and disabled_at is null and password_hash is not distinct from ${account.passwordHash} for share
    ), opened as (
      insert into sessions (session_id, user_id, method, token_hash, expires_at, ends_at, ip, place, user_agent, provider, granted_roles, id_token, passkey_id, proved_at)
      select ${sessionId}::uuid, user_id, ${method}, ${token.hash}::bytea,
             now() + least(make_interval(days => ${IDLE_DAYS}), make_interval(hours => ${hours})), now() + make_interval(hours => ${hours}),
             ${origin.ip}, ${placeOf(deps, userId, origin.ip)}::bytea, ${origin.userAgent?.slice(0, 400) ?? null},
             ${grant?.provider ?? null}, ${granted}::text[], ${grant?.idToken ?? null}::bytea, ${passkeyId ?? null}::uuid,
             case when ${provedAt}::timestamptz is not null then least(${provedAt}::timestamptz, now()) end
        from account
      returning 1
    ), told as (
      select outbox_append(${events}::text::jsonb) as n where exists (select 1 from opened)
    )
    select a.roles, t.n as told from account a, told t`
  if (!row) throw errors.badCredentials()
  return { sessionId, refreshToken: token.text, roles: [...row.roles, ...granted] }
}

/** True when the owner of this account has signed in from there before: somebody else's guessing does not lock them out. */
export async function isKnownPlace(deps: AuthDeps, sql: Query, userId: string, ip: string): Promise<boolean> {
  const rows =
    await sql`select 1 from sessions where user_id = ${userId} and place = ${placeOf(deps, userId, ip)} and created_at > now() - interval '90 days' limit 1`
  return rows.length > 0
}

/** Sessions that a transaction under way has ended. */
const endedBy = new WeakMap<Tx, string[]>()

/** A transaction in which sessions may end. After its commit every process hears which. */
export async function endingSessions<T>(deps: Pick<AuthDeps, 'db' | 'ended'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  let ended: string[] = []
  const result = await deps.db.tx(async (tx) => {
    ended = []
    endedBy.set(tx, ended)
    return await work(tx)
  })
  // the event comes too, a little later; nobody waits for a memory that does not answer
  if (ended.length > 0) await deps.ended.post(ended)
  return result
}

/** Which sessions are meant; nothing: all of them. */
interface Some {
  readonly only?: string
  /** those that these opened */
  readonly passkeys?: readonly string[]
  readonly providers?: readonly string[]
}

/**
 * Ends all sessions of a user, or some, in the caller's transaction. Their access tokens go on the deny-list, and
 * `SessionRevoked` names each: a session opened a moment later must not be meant. Returns how many ended; ending ended
 * ones does nothing.
 */
export async function revokeSessions(
  deps: Pick<AuthDeps, 'outbox'>,
  tx: Tx,
  userId: string,
  reason: RevokeReason,
  which: Some = {},
): Promise<number> {
  const all = Object.keys(which).length === 0
  const { only = null, passkeys = [], providers = [] } = which
  const ended = await tx<{ sessionId: string }[]>`
    with ended as (
      update sessions set revoked_at = now(), revoked_reason = ${reason}, id_token = null
       where user_id = ${userId} and revoked_at is null
         and (${all} or session_id = ${only}::uuid or passkey_id = any(${[...passkeys]}::uuid[]) or provider = any(${[...providers]}::text[]))
      returning session_id
    ), denied as (
      insert into revoked_sessions (session_id, until)
      select session_id, now() + make_interval(secs => ${DENY_SECONDS}) from ended
          on conflict (session_id) do nothing
    )
    select session_id as "sessionId" from ended`
  endedBy.get(tx)?.push(...ended.map(({ sessionId }) => sessionId))
  await deps.outbox.append(
    tx,
    ended.map(({ sessionId }) => SessionRevoked({ userId, sessionId, reason })),
  )
  return ended.length
}

/** Ids of sessions whose access tokens must be refused although they have not ended yet. */
export async function revokedSessionIds(sql: Query): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select session_id as id from revoked_sessions where until > now()`
  return rows.map((row) => row.id)
}
