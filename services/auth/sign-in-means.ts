import type { AuthDeps } from './deps.ts'
import { type Grant, revokeSessions } from './sessions.ts'
import { SignInMeansChanged } from '#contracts/events/users.ts'
import type { Tx } from '#kit/db/db.ts'
import type { DataOf } from '#kit/messaging/event.ts'

type Change = Omit<DataOf<typeof SignInMeansChanged>, 'userId'>

/** Tells that a way into the account was added or taken away, so that its owner sees what they did not do. */
export async function tellMeans(
  deps: Pick<AuthDeps, 'outbox'>,
  tx: Tx,
  userId: string,
  changes: readonly Change[],
): Promise<void> {
  await deps.outbox.append(
    tx,
    changes.map((change) => SignInMeansChanged({ userId, ...change })),
  )
}

/**
 * Connects the account with the person at the provider, in the caller's transaction. `sessionId`: where the owner does it by hand. False
 * where one of the two is connected with another already, or another company vouched for the person; the same again is fine.
 */
export async function connectIdentity(
  deps: Pick<AuthDeps, 'outbox'>,
  tx: Tx,
  userId: string,
  { provider, subject, issuer }: Pick<Grant, 'provider' | 'subject' | 'issuer'>,
  sessionId?: string,
): Promise<boolean> {
  const added = await tx`
    insert into identities (provider, subject, issuer, user_id, session_id) values (${provider}, ${subject}, ${issuer}, ${userId}, ${sessionId ?? null})
        on conflict do nothing returning 1`
  if (added.length > 0) {
    await tellMeans(deps, tx, userId, [{ means: 'provider', change: 'added' }])
    return true
  }
  const [same] = await tx`
    select 1 from identities where provider = ${provider} and subject = ${subject} and user_id = ${userId} and issuer = ${issuer}`
  return same !== undefined
}

/** Notes a sign-in through a provider that has been completed: the connection, and the roles given. False as `connectIdentity`. */
export async function settleGrant(deps: Pick<AuthDeps, 'outbox'>, tx: Tx, userId: string, grant: Grant): Promise<boolean> {
  if (!(await connectIdentity(deps, tx, userId, grant))) return false
  await tx`
    update identities set granted_roles = ${[...grant.roles]}::text[], last_used_at = now()
     where provider = ${grant.provider} and subject = ${grant.subject}`
  return true
}

/**
 * Takes away every passkey and every connection with a provider, and ends the sessions that came by them: whoever has just proved the
 * mailbox did not add them. `keep`: those that this session added stay.
 */
export async function forgetSignInMeans(deps: AuthDeps, tx: Tx, userId: string, keep?: string): Promise<void> {
  const own = keep ?? null
  const passkeys = await tx<{ id: string }[]>`
    delete from passkeys where user_id = ${userId} and (session_id = ${own}::uuid) is not true returning passkey_id as id`
  const providers = await tx<{ provider: string }[]>`
    delete from identities where user_id = ${userId} and (session_id = ${own}::uuid) is not true returning provider`
  await revokeSessions(deps, tx, userId, 'logout', {
    passkeys: passkeys.map(({ id }) => id),
    providers: providers.map(({ provider }) => provider),
  })
  await tellMeans(deps, tx, userId, [
    ...passkeys.map((): Change => ({ means: 'passkey', change: 'removed' })),
    ...providers.map((): Change => ({ means: 'provider', change: 'removed' })),
  ])
}
