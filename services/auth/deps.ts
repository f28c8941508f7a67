import type { AccessTokens } from './access-token.ts'
import type { OpenProvider } from './providers/trips.ts'
import type { RelyingParty } from './relying-party.ts'
import type { Lane } from './password-hashing.ts'
import type { usersRpc } from '#contracts/rpc/users.ts'
import type { Db } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { Notices, Values } from '#kit/memory/memory.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { Logger } from '#kit/service/logger.ts'

/** What commands and queries of auth share. Made in service.ts. */
export interface AuthDeps {
  readonly db: Db
  readonly outbox: Outbox
  readonly log: Logger
  readonly hashing: Lane
  /** the share of `hashing` that places nobody knows may use */
  readonly strangers: Lane
  readonly accessTokens: AccessTokens
  readonly secrets: Secrets
  /** issuer of tokens and base of links */
  readonly publicUrl: string
  /** what passkeys are bound to; undefined: this shop cannot have any */
  readonly relyingParty: RelyingParty | undefined
  /** other sign-ins, by key */
  readonly providers: ReadonlyMap<string, OpenProvider>
  readonly users: RpcClient<typeof usersRpc>
  /** sessions that ended, told to every process at once; the deny-list in the database is what counts */
  readonly ended: Notices
  /** API keys that were made, revoked or lost rights, told to every process at once */
  readonly changedKeys: Notices
  /** when a session was last used; a hint */
  readonly signs: Values<SignOfLife>
}

export interface SignOfLife {
  /** epoch milliseconds */
  readonly at: number
}

/** Keys derived from the installation's secret, one per purpose. */
export interface Secrets {
  readonly refresh: Buffer
  readonly links: Buffer
  readonly totp: Buffer
  readonly recovery: Buffer
  readonly signing: Buffer
  readonly throttle: Buffer
  readonly providers: Buffer
}

export function secretsOf(secret: (purpose: string) => Buffer): Secrets {
  return {
    refresh: secret('auth refresh tokens'),
    links: secret('auth mail links'),
    totp: secret('auth totp seeds'),
    recovery: secret('auth recovery codes'),
    signing: secret('auth signing keys'),
    throttle: secret('auth login counters'),
    providers: secret('auth sign-in providers'),
  }
}
