import { checkPassword } from './check-password.ts'
import { type Proof, withProof } from './second-step.ts'
import { type Account, accountById } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'

/** Who has no password shows by a sign-in of the last minutes that it is them: by a passkey, or by a provider that has just asked them. */
const FRESH_SECONDS = 600

export interface Reauthentication {
  readonly userId: string
  readonly password: string
  readonly ip: string
}

/** Changes of how somebody signs in need the password again: an unlocked phone on a table is not enough. */
export async function reauthenticate(deps: AuthDeps, { userId, password, ip }: Reauthentication): Promise<Account> {
  const known = await accountById(deps.db.sql, userId)
  if (!known) throw errors.accountNotFound()
  const account = await checkPassword(deps, { email: known.email, password, ip })
  if (!account || account.disabled) throw errors.badCredentials()
  return account
}

/** As `reauthenticate`, also for accounts without a password: then this session has to be a fresh one (`auth/sign-in-again`). */
async function reauthenticateSomehow(
  deps: AuthDeps,
  input: { userId: string; sessionId: string; password: string | undefined; ip: string },
): Promise<Account> {
  const known = await accountById(deps.db.sql, input.userId)
  if (!known) throw errors.accountNotFound()
  if (known.passwordHash !== null) return await reauthenticate(deps, { ...input, password: input.password ?? '' })
  const [fresh] = await deps.db.sql`
    select 1 from sessions
     where session_id = ${input.sessionId} and user_id = ${known.userId} and revoked_at is null
       and created_at > now() - make_interval(secs => ${FRESH_SECONDS})
       and (passkey_id is not null or proved_at > now() - make_interval(secs => ${FRESH_SECONDS}))`
  if (!fresh || known.disabled) throw errors.signInAgain()
  return known
}

export interface OwnerProof {
  readonly userId: string
  readonly sessionId: string
  readonly password: string | undefined
  /** where two-step sign-in is on */
  readonly proof: () => Proof
  readonly ip: string
}

/**
 * It is the owner: password (or a fresh sign-in, where there is none), and the second step where it is on. A passkey or
 * another sign-in opens the account by itself, so whoever adds or removes one needs all that signing in needs.
 */
export async function requireOwner(deps: AuthDeps, { proof, ...input }: OwnerProof): Promise<Account> {
  const account = await reauthenticateSomehow(deps, input)
  if (account.mfa) await withProof(deps, account.userId, proof(), async () => undefined)
  return account
}
