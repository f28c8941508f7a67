import { clientOfAddress } from '#kit/http/rate-limit.ts'
import { type Account, accountByEmail } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { parseEmail } from '../email.ts'
import { hashPassword, isOutdated, NOBODYS_HASH, verifyPassword } from '../password-hashing.ts'
import { isKnownPlace } from '../sessions.ts'
import { blockedFor, type Counter, counter, forgiveAttempts, takeAttempt, tooManyAttempts } from '../throttle.ts'
import { LoginFailed } from '#contracts/events/users.ts'
import type { DataOf } from '#kit/messaging/event.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
  /** address of the caller; without one (a call of our own) only the account is counted */
  readonly ip?: string | undefined
}

type FailureReason = DataOf<typeof LoginFailed>['reason']

/**
 * The one place where a password is compared. Every guess costs the same time and is counted the same way whether the
 * account exists or not. Returns the account, or `undefined` for a wrong password; throws `auth/too-many-attempts`
 * (Retry-After) and `auth/busy`. The database counts before the hash is computed, inside the bulkhead: guesses that run at
 * the same moment cannot outrun the counter. Places an account does not know share one lane of the bulkhead and one
 * counter of the whole shop, so that a flood of stolen passwords leaves room for people at home.
 */
export async function checkPassword(deps: AuthDeps, { email, password, ip }: Credentials): Promise<Account | undefined> {
  const { sql } = deps.db
  const key = parseEmail(email)?.key ?? email.trim().toLowerCase().slice(0, 300)
  const account = await accountByEmail(sql, key)
  const { counters, known } = await countersFor(deps, key, account, ip)
  const wait = await blockedFor(sql, counters)
  if (wait > 0) throw tooManyAttempts(wait)

  const lane = known ? deps.hashing : deps.strangers
  return await lane.run(async () => {
    const attempt = await takeAttempt(sql, counters)
    if (attempt === 'refused') throw tooManyAttempts(await blockedFor(sql, counters))
    const hash = account?.passwordHash ?? NOBODYS_HASH
    const fits = await verifyPassword(hash, password)
    if (!fits || !account?.passwordHash) {
      await tellFailure(deps, account?.userId, attempt === 'last' ? 'locked' : 'bad-credentials')
      return undefined
    }
    await forgiveAttempts(sql, counters)
    return isOutdated(hash) ? await upgrade(deps, account, password) : account
  })
}

async function countersFor(
  deps: AuthDeps,
  key: string,
  account: Account | undefined,
  ip: string | undefined,
): Promise<{ counters: Counter[]; known: boolean }> {
  const secret = deps.secrets.throttle
  if (ip === undefined) return { counters: [counter(secret, 'account', key)], known: true }
  const place = clientOfAddress(ip)
  const counters = [counter(secret, 'account-place', key, place), counter(secret, 'place', place)]
  // asked also for unknown accounts, so that both cost one look
  const known = await isKnownPlace(deps, deps.db.sql, account?.userId ?? '00000000-0000-0000-0000-000000000000', ip)
  return { counters: known ? counters : [counter(secret, 'account', key), ...counters, counter(secret, 'everywhere')], known }
}

/** bcrypt of an imported account, or weaker argon2: replaced while the password is at hand, unless it changed meanwhile. */
async function upgrade(deps: AuthDeps, account: Account, password: string): Promise<Account> {
  const passwordHash = await hashPassword(password)
  await deps.db
    .sql`update accounts set password_hash = ${passwordHash} where user_id = ${account.userId} and password_hash = ${account.passwordHash}`
  return { ...account, passwordHash }
}

/** Tells everybody that a login was refused; the reason and the user's id, nothing of what was typed. `by`: where it was no password. */
export async function tellFailure(
  deps: AuthDeps,
  userId: string | undefined,
  reason: FailureReason,
  by?: DataOf<typeof LoginFailed>['by'],
): Promise<void> {
  await deps.outbox.append(deps.db.sql, [
    LoginFailed({ subject: userId ?? 'unknown', userId: userId ?? null, reason, ...(by ? { by } : {}) }),
  ])
  deps.outbox.wake()
}
