import type { ProviderClient, Trip } from './client.ts'
import type { Face, Provider } from './configuration.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { hashSecret } from '../keyed-hash.ts'
import { newSecret } from '#kit/core/ids.ts'
import { seal, unseal } from '#kit/core/sealed.ts'

/** How long somebody may stay at the provider. */
const TRIP_SECONDS = 600

/** Where a sign-in through the provider begins. */
export const startPage = (publicUrl: string, face: Face, key: string): string =>
  `${publicUrl}${face === 'shop' ? '/sign-in/provider' : '/admin/session/provider'}/${key}`

/**
 * The address that the provider sends people back to, exactly this one; the provider has to know it too. Each has its own, so that none
 * can have what another one says brought to us as its own (mix-up).
 */
export const redirectUri = (publicUrl: string, face: Face, key: string): string => `${startPage(publicUrl, face, key)}/return`

export interface OpenProvider {
  readonly provider: Provider
  readonly client: ProviderClient
}

/** Throws `auth/provider-unknown`. */
export function requireProvider({ providers }: Pick<AuthDeps, 'providers'>, key: string, face: Face): OpenProvider {
  const open = providers.get(key)
  if (!open?.provider.faces.includes(face)) throw errors.providerUnknown()
  return open
}

/** Begins a trip to the provider. The ticket stays in the browser that began: an address that somebody else sent is worth nothing there. */
export async function depart(
  deps: AuthDeps,
  { key, face, userId, again }: { key: string; face: Face; userId?: string; again?: boolean | undefined },
): Promise<{ url: string; ticket: string; expiresIn: number }> {
  const { client } = requireProvider(deps, key, face)
  const { url, trip } = await client.leave(redirectUri(deps.publicUrl, face, key), again)
  const ticket = newSecret()
  const sealed = seal(deps.secrets.providers, ticket, Buffer.from(JSON.stringify(trip)))
  await deps.db.sql`
    insert into provider_trips (state_hash, ticket_hash, provider, face, secrets, user_id, expires_at)
    values (${hashSecret(trip.state)}, ${hashSecret(ticket)}, ${key}, ${face}, ${sealed}, ${userId ?? null}, now() + make_interval(secs => ${TRIP_SECONDS}))`
  return { url, ticket, expiresIn: TRIP_SECONDS }
}

export interface Arrived {
  /** of whose address somebody came back to */
  readonly provider: string
  readonly ticket: string
  /** of the address somebody came back to */
  readonly query: string
}

/**
 * Who came back from the provider. A trip ends once, with the first return to its address that has its state and its ticket. `userId`: whose account is
 * to be connected; undefined for a sign-in. Throws `auth/provider-refused` for whatever does not fit.
 */
export async function arrive(deps: AuthDeps, { provider: key, ticket, query }: Arrived, userId?: string) {
  const state = new URLSearchParams(query).get('state') ?? ''
  const [row] = await deps.db.sql<{ face: Face; secrets: Buffer }[]>`
    delete from provider_trips
     where state_hash = ${hashSecret(state)} and ticket_hash = ${hashSecret(ticket)} and provider = ${key}
       and user_id is not distinct from ${userId ?? null}::uuid and expires_at > now()
    returning face, secrets`
  if (!row) throw errors.providerRefused()
  const { provider, client } = requireProvider(deps, key, row.face)
  const trip = JSON.parse(unseal(deps.secrets.providers, ticket, row.secrets).toString()) as Trip
  const claims = await client.arrive(redirectUri(deps.publicUrl, row.face, key), query, trip)
  return { provider, claims }
}
