import { isIP } from 'node:net'
import type { AuthDeps } from './deps.ts'
import { errors } from './errors.ts'
import type { Settings } from './settings.ts'

/** What passkeys of this shop are bound to (the relying party of WebAuthn). */
export interface RelyingParty {
  /** a domain; an authenticator shows its passkeys only below it */
  readonly id: string
  /** pages that may ask: scheme, host and port */
  readonly origins: readonly string[]
}

/**
 * The relying party of a shop at this public URL. `undefined` where the shop is reached by an IP address: browsers keep no passkeys for
 * those. Throws where an origin is not below the domain, which no browser would accept either.
 */
export function relyingPartyOf(
  { passkeyRpId, passkeyOrigins }: Pick<Settings, 'passkeyRpId' | 'passkeyOrigins'>,
  publicUrl: string,
): RelyingParty | undefined {
  const shop = new URL(publicUrl)
  const id = passkeyRpId ?? shop.hostname
  if (isIP(id.replace(/^\[|\]$/g, ''))) return undefined
  const origins = passkeyOrigins.length > 0 ? passkeyOrigins.map((origin) => new URL(origin).origin) : [shop.origin]
  const outside = origins.find((origin) => {
    const { hostname } = new URL(origin)
    return hostname !== id && !hostname.endsWith(`.${id}`)
  })
  if (outside !== undefined)
    throw new Error(`passkeys of ${id} cannot be used at ${outside}: set AUTH_PASSKEY_RP_ID or AUTH_PASSKEY_ORIGINS`)
  return { id, origins }
}

/** The relying party, or `auth/no-passkeys-here`. */
export function requireRelyingParty({ relyingParty }: Pick<AuthDeps, 'relyingParty'>): RelyingParty {
  if (!relyingParty) throw errors.noPasskeysHere()
  return relyingParty
}
