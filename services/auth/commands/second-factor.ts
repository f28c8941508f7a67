import { type Reauthentication, reauthenticate } from './reauthenticate.ts'
import { type Proof, withProof } from './second-step.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { blockedFor, counter, forgiveAttempts, takeAttempt, tooManyAttempts } from '../throttle.ts'
import { acceptCode, type Enrolment, replaceRecoveryCodes, startEnrolment, switchOff } from '../totp.ts'

/** Gives a seed to put into an authenticator. Nothing changes until a code made from it is confirmed. */
export async function enrolMfa(deps: AuthDeps, input: Reauthentication): Promise<Enrolment> {
  const account = await reauthenticate(deps, input)
  const enrolment = await startEnrolment(deps, account.userId, account.email)
  if (!enrolment) throw errors.mfaAlreadyOn()
  return enrolment
}

/** The first code from the new seed switches the second step on. Returns the recovery codes, which are shown only now. */
export async function confirmMfa(deps: AuthDeps, userId: string, code: string): Promise<string[]> {
  const counters = [counter(deps.secrets.throttle, 'mfa', userId)]
  if ((await takeAttempt(deps.db.sql, counters)) === 'refused') throw tooManyAttempts(await blockedFor(deps.db.sql, counters))
  const codes = await deps.db.tx(async (tx) => {
    if (!(await acceptCode(deps, tx, userId, code, false))) return undefined
    await forgiveAttempts(tx, counters)
    return await replaceRecoveryCodes(deps, tx, userId)
  })
  if (!codes) throw errors.badCode()
  return codes
}

/** Ten new recovery codes; the old ones stop working. Needs the password and a code. */
export async function renewRecoveryCodes(deps: AuthDeps, input: Reauthentication, proof: Proof): Promise<string[]> {
  const account = await reauthenticate(deps, input)
  if (!account.mfa) throw errors.mfaNotOn()
  return await withProof(deps, account.userId, proof, (tx) => replaceRecoveryCodes(deps, tx, account.userId))
}

/** Switches the second step off. Needs the password and a code (or recovery code). */
export async function disableMfa(deps: AuthDeps, input: Reauthentication, proof: Proof): Promise<void> {
  const account = await reauthenticate(deps, input)
  if (!account.mfa) throw errors.mfaNotOn()
  await withProof(deps, account.userId, proof, (tx) => switchOff(tx, account.userId))
}
