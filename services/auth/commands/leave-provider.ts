import { logOut } from './log-out.ts'
import { type OwnerProof, requireOwner } from './reauthenticate.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { Face } from '../providers/configuration.ts'
import { parseRefreshToken } from '../refresh-token.ts'
import { endingSessions, revokeSessions } from '../sessions.ts'
import { tellMeans } from '../sign-in-means.ts'
import type { Principal } from '#kit/core/principal.ts'
import { unseal } from '#kit/core/sealed.ts'

/** Forgets the connection with a provider; sessions that came through it end. Throws `auth/provider-unknown` where there is none. */
export async function disconnectProvider(deps: AuthDeps, key: string, input: OwnerProof): Promise<void> {
  const { userId } = input
  const [known] = await deps.db.sql`select 1 from identities where provider = ${key} and user_id = ${userId}`
  if (!known) throw errors.providerUnknown()
  await requireOwner(deps, input)
  await endingSessions(deps, async (tx) => {
    const gone = await tx`delete from identities where provider = ${key} and user_id = ${userId} returning 1`
    if (gone.length === 0) return
    await revokeSessions(deps, tx, userId, 'logout', { providers: [key] })
    await tellMeans(deps, tx, userId, [{ means: 'provider', change: 'removed' }])
  })
}

/**
 * Ends the session here, and answers where the provider ends its own (OpenID Connect RP-initiated logout): the next person at this
 * computer must not be signed in by one click. Undefined where the session came from no provider, or it has no such address.
 */
export async function signOutOfProvider(
  deps: AuthDeps,
  principal: Principal,
  { refreshToken, face }: { refreshToken: string; face: Face },
): Promise<string | undefined> {
  const token = parseRefreshToken(deps.secrets.refresh, refreshToken)
  // only who holds the session's token learns what its ID token says
  const [row] = token
    ? await deps.db.sql<{ userId: string; provider: string; idToken: Buffer }[]>`
        select user_id as "userId", provider, id_token as "idToken" from sessions
         where session_id = ${token.sessionId} and ${token.hash} in (token_hash, previous_hash) and id_token is not null`
    : []
  await logOut(deps, principal, refreshToken)
  const open = row && deps.providers.get(row.provider)
  if (!open) return undefined
  const idToken = unseal(deps.secrets.providers, row.userId, row.idToken).toString()
  // signed out here all the same, when the provider is away
  return await open.client.endSession(idToken, `${deps.publicUrl}${face === 'shop' ? '/' : '/admin'}`).catch(() => undefined)
}
