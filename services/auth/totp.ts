import type { AuthDeps } from './deps.ts'
import { seal, unseal } from '#kit/core/sealed.ts'
import { mac } from './keyed-hash.ts'
import { randomBase32 } from '#kit/core/ids.ts'
import type { Query, Tx } from '#kit/db/db.ts'

/** A code of the step before or after is accepted too: clocks of phones differ. */
const TOLERANCE_SECONDS = 30
export const RECOVERY_CODES = 10

const bind = (userId: string): string => `totp:${userId}`

export interface Enrolment {
  /** base32, to be typed */
  readonly secret: string
  /** otpauth:// URI, to be shown as a QR code */
  readonly uri: string
}

/** A new seed, not yet confirmed: it replaces an earlier unconfirmed one. False when the second step is already on. */
export async function startEnrolment(deps: AuthDeps, userId: string, email: string): Promise<Enrolment | undefined> {
  const { generateSecret, generateURI } = await import('otplib')
  const secret = generateSecret({ length: 20 })
  const sealed = seal(deps.secrets.totp, bind(userId), Buffer.from(secret))
  const rows = await deps.db.sql`
    insert into totp as t (user_id, secret) values (${userId}, ${sealed})
        on conflict (user_id) do update set secret = excluded.secret, created_at = now(), last_step = 0 where t.confirmed_at is null
    returning 1`
  return rows.length === 0 ? undefined : { secret, uri: generateURI({ issuer: 'Souk', label: email, secret }) }
}

/**
 * Accepts a code at most once: the step it belongs to is written by a conditional update, so of twenty requests with one
 * code one wins. `confirmed: false` checks a seed that is being enrolled, and switches the second step on.
 */
export async function acceptCode(deps: AuthDeps, tx: Tx, userId: string, code: string, confirmed: boolean): Promise<boolean> {
  const [row] = await tx<{ secret: Buffer; lastStep: bigint; now: number }[]>`
    select secret, last_step as "lastStep", extract(epoch from clock_timestamp())::double precision as now
      from totp where user_id = ${userId} and (confirmed_at is not null) = ${confirmed}`
  if (!row || !/^\d{6}$/.test(code)) return false
  const { verify } = await import('otplib')
  const result = await verify({
    secret: unseal(deps.secrets.totp, bind(userId), row.secret).toString(),
    token: code,
    epoch: Math.floor(row.now),
    epochTolerance: TOLERANCE_SECONDS,
    ...(row.lastStep > 0n ? { afterTimeStep: Number(row.lastStep) } : {}),
  })
  if (!result.valid || !('timeStep' in result)) return false
  const won = await tx`
    update totp set last_step = ${BigInt(result.timeStep)}, confirmed_at = coalesce(confirmed_at, now())
     where user_id = ${userId} and last_step < ${BigInt(result.timeStep)} and (confirmed_at is not null) = ${confirmed} and secret = ${row.secret}
    returning 1`
  return won.length === 1
}

const codeHash = (deps: AuthDeps, userId: string, code: string): Buffer =>
  mac(deps.secrets.recovery, userId, code.toUpperCase().replace(/[^0-9A-Z]/g, ''))

/** Ten new codes, shown once; earlier ones stop working. */
export async function replaceRecoveryCodes(deps: AuthDeps, tx: Tx, userId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => `${randomBase32(5)}-${randomBase32(5)}`)
  await tx`delete from recovery_codes where user_id = ${userId}`
  await tx`insert into recovery_codes (user_id, code_hash) select ${userId}::uuid, decode(hash, 'hex') from unnest(${codes.map((code) => codeHash(deps, userId, code).toString('hex'))}::text[]) as hash`
  return codes
}

/** True once per code. */
export async function spendRecoveryCode(deps: AuthDeps, tx: Query, userId: string, code: string): Promise<boolean> {
  const spent = await tx`
    update recovery_codes set used_at = now() where user_id = ${userId} and code_hash = ${codeHash(deps, userId, code)} and used_at is null returning 1`
  return spent.length === 1
}

export async function switchOff(tx: Query, userId: string): Promise<boolean> {
  const gone = await tx`delete from totp where user_id = ${userId} and confirmed_at is not null returning 1`
  await tx`delete from recovery_codes where user_id = ${userId}`
  return gone.length === 1
}
