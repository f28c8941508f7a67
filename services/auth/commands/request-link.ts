import { clientOfAddress } from '#kit/http/rate-limit.ts'
import { accountByEmail, accountById } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { parseEmail } from '../email.ts'
import { isLinkToken, linkToken, type LinkPurpose, requestIdOf } from '../link-token.ts'
import { counter, takeAttempt } from '../throttle.ts'
import { EmailVerificationRequested, PasswordResetRequested } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'

const LIFETIME_SECONDS: Record<LinkPurpose, number> = { verify: 3 * 24 * 3600, reset: 3600 }

/** Notes a link that is due and tells notifications, in the caller's transaction. The mail asks for the secret when it is written. */
export async function noteLink(
  deps: AuthDeps,
  tx: Query,
  userId: string | undefined,
  purpose: LinkPurpose,
  locale: string,
): Promise<void> {
  const requestId = uuidv7()
  const event = purpose === 'verify' ? EmailVerificationRequested : PasswordResetRequested
  // for an unknown address the same row, but nobody is told
  const events = userId ? deps.outbox.encode([event({ userId, requestId, locale })]) : '[]'
  await tx`
    with noted as (
      insert into link_requests (request_id, user_id, purpose, expires_at)
      values (${requestId}, ${userId ?? null}, ${purpose}, now() + make_interval(secs => ${LIFETIME_SECONDS[purpose]}))
      returning 1
    )
    select outbox_append(${events}::text::jsonb) from noted`
}

export interface LinkRequest {
  readonly email: string
  readonly ip: string
  readonly locale: string
}

/**
 * Somebody forgot a password. Does the same work for addresses we know and for others, and answers nothing: the mailbox
 * is the only place that learns whether there is an account. At most four mails an hour to one address.
 */
export async function requestReset(deps: AuthDeps, { email, ip, locale }: LinkRequest): Promise<void> {
  const key = parseEmail(email)?.key ?? email.slice(0, 300)
  const account = await accountByEmail(deps.db.sql, key)
  const secret = deps.secrets.throttle
  const attempt = await takeAttempt(deps.db.sql, [
    counter(secret, 'mail', 'reset', key),
    counter(secret, 'mail-place', clientOfAddress(ip)),
  ])
  if (attempt === 'refused') return
  await noteLink(deps, deps.db.sql, account && !account.disabled ? account.userId : undefined, 'reset', locale)
}

/** Sends the verification mail again; nothing where the address is verified already, or four mails went out this hour. */
export async function requestVerification(deps: AuthDeps, userId: string, locale: string): Promise<void> {
  const account = await accountById(deps.db.sql, userId)
  if (!account || account.emailVerified || account.disabled) return
  const attempt = await takeAttempt(deps.db.sql, [counter(deps.secrets.throttle, 'mail', 'verify', account.emailKey)])
  if (attempt === 'refused') return
  await noteLink(deps, deps.db.sql, userId, 'verify', locale)
}

interface OpenLink {
  readonly requestId: string
  readonly userId: string
  readonly purpose: LinkPurpose
  readonly emailKey: string
  readonly expiresAt: Date
}

async function openLink(sql: Query, requestId: string): Promise<OpenLink | undefined> {
  const [row] = await sql<OpenLink[]>`
    select r.request_id as "requestId", r.user_id as "userId", r.purpose, a.email_key as "emailKey", r.expires_at as "expiresAt"
      from link_requests r join accounts a using (user_id)
     where r.request_id = ${requestId} and r.used_at is null and r.expires_at > now() and a.disabled_at is null`
  return row
}

/** The secret of a link that is still good, for the mail that carries it. */
export async function secretOfLink(deps: AuthDeps, requestId: string): Promise<{ token: string; expiresAt: Date } | undefined> {
  const link = await openLink(deps.db.sql, requestId)
  return link && { token: linkToken(deps.secrets.links, link), expiresAt: link.expiresAt }
}

/** Whose link this is, if it is good; spends nothing. */
export async function readLink(deps: AuthDeps, token: string, purpose: LinkPurpose): Promise<OpenLink | undefined> {
  const requestId = requestIdOf(token)
  const link = requestId && (await openLink(deps.db.sql, requestId))
  return link && link.purpose === purpose && isLinkToken(deps.secrets.links, token, link) ? link : undefined
}

/** True for exactly one caller per link. */
export async function spendLink(tx: Query, requestId: string): Promise<boolean> {
  const spent =
    await tx`update link_requests set used_at = now() where request_id = ${requestId} and used_at is null and expires_at > now() returning 1`
  return spent.length === 1
}
