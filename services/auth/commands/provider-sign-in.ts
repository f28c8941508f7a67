import { challenge } from './log-in.ts'
import { tellFailure } from './check-password.ts'
import { type Account, accountByEmail, accountById } from '../accounts.ts'
import type { AuthDeps } from '../deps.ts'
import { parseEmail } from '../email.ts'
import { errors } from '../errors.ts'
import type { Claims } from '../providers/client.ts'
import { grantedRoles, type Provider } from '../providers/configuration.ts'
import { type Arrived, arrive } from '../providers/trips.ts'
import { type Grant, openSession, type Origin } from '../sessions.ts'
import { connectIdentity, settleGrant } from '../sign-in-means.ts'
import { type Tokens, tokensFor } from '../tokens.ts'
import type { MfaRequired } from '#contracts/rpc/auth.ts'
import { seal } from '#kit/core/sealed.ts'

/**
 * Signs in whoever the provider sent back. Known there: the account that is connected. Otherwise by e-mail, if both sides have verified
 * it (see `accountFor`). Roles that the claims give count in this session only, and are looked up anew each time. Two-step sign-in of the
 * account is asked for as after a password. Throws `auth/provider-refused`, `auth/provider-unavailable`, `auth/email-not-verified-there`,
 * `auth/account-exists`, `auth/account-disabled`.
 */
export async function signInThroughProvider(
  deps: AuthDeps,
  input: Origin & Arrived & { locale: string },
): Promise<Tokens | MfaRequired> {
  const { provider, claims } = await arrive(deps, input).catch(async (error: unknown) => {
    // that the provider is away is nobody's failure
    if ((error as { code?: unknown }).code !== 'auth/provider-unavailable')
      await tellFailure(deps, undefined, 'bad-credentials', 'provider')
    throw error
  })
  const account = (await connectedAccount(deps, provider, claims)) ?? (await accountFor(deps, provider, claims, input.locale))
  if (account.disabled) {
    await tellFailure(deps, account.userId, 'disabled', 'provider')
    throw errors.accountDisabled()
  }
  const grant: Grant = {
    provider: provider.key,
    subject: claims.subject,
    issuer: claims.issuer,
    provedAt: claims.provedAt ?? null,
    roles: grantedRoles(provider, claims.all),
    idToken: seal(deps.secrets.providers, account.userId, Buffer.from(claims.idToken)),
  }
  // nothing is written before the second step: a provider alone must not connect itself
  if (account.mfa) return await challenge(deps, account.userId, grant)
  const session = await deps.db.tx(async (tx) => {
    if (!(await settleGrant(deps, tx, account.userId, grant))) throw errors.accountExists()
    return await openSession(deps, tx, account, 'provider', input, { grant })
  })
  return await tokensFor(deps, account.userId, session)
}

/** Connects the provider with the account of whoever is signed in, and began it. Throws `auth/provider-connected` where it is another's. */
export async function connectProvider(
  deps: AuthDeps,
  { id, sessionId }: { id: string; sessionId: string },
  input: Arrived,
): Promise<void> {
  const { provider, claims } = await arrive(deps, input, id)
  const identity = { provider: provider.key, subject: claims.subject, issuer: claims.issuer }
  await deps.db.tx(async (tx) => {
    if (!(await connectIdentity(deps, tx, id, identity, sessionId))) throw errors.providerConnected()
  })
}

async function connectedAccount(deps: AuthDeps, provider: Provider, { subject }: Claims): Promise<Account | undefined> {
  const [row] = await deps.db.sql<{ userId: string }[]>`
    select user_id as "userId" from identities where provider = ${provider.key} and subject = ${subject}`
  return row && (await accountById(deps.db.sql, row.userId))
}

/**
 * The account of somebody whom this provider sends for the first time: the one with their address, or a new one. An address that the
 * provider has not verified proves nothing. An account whose own address is not verified may have been opened by somebody else, who knows
 * its password; one with rights of staff would give them to whoever runs the provider; one that is connected with another person there
 * is that person's. Their owners connect them by hand, signed in (`auth/account-exists`).
 */
async function accountFor(deps: AuthDeps, provider: Provider, claims: Claims, locale: string): Promise<Account> {
  const email = claims.emailVerified && claims.email !== undefined ? parseEmail(claims.email) : undefined
  if (!email) throw errors.emailNotVerifiedThere()
  const said = (claims.fullName ?? email.address.split('@')[0]!).replaceAll(/[\u0000-\u001f\u007f<>]/g, ' ').trim()
  const fullName = said.slice(0, 200) || email.key
  const known = await accountByEmail(deps.db.sql, email.key)
  if (!known) {
    const created = await deps.users.register({ email: email.address, fullName, locale, emailVerified: true })
    // somebody was faster with the same address: the next attempt finds their account
    if (created.outcome !== 'created') throw errors.accountExists()
    return (await accountById(deps.db.sql, created.userId))!
  }
  const ordinary = known.roles.every((role) => role === 'CUSTOMER')
  if (!known.emailVerified || !ordinary) throw errors.accountExists()
  const [other] = await deps.db.sql`select 1 from identities where provider = ${provider.key} and user_id = ${known.userId}`
  if (other) throw errors.accountExists()
  // opening it may have stopped before the profile was written; with two steps somebody has lived in it
  if (!known.mfa && !known.disabled) await deps.users.ensureProfile({ userId: known.userId, fullName, locale })
  return known
}
