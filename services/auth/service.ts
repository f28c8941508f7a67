import { createAccessTokens } from './access-token.ts'
import { secretsOf, type AuthDeps } from './deps.ts'
import { cleanUp } from './jobs/clean-up.ts'
import { activeKey, publicKeys } from './key-ring.ts'
import { Bulkhead, laneOf } from './password-hashing.ts'
import { onUserDeleted } from './reactions/on-user-deleted.ts'
import { relyingPartyOf } from './relying-party.ts'
import { credentialRoutes } from './routes/credentials.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { openProviders } from './providers/open-providers.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { providerRoutes } from './routes/providers.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { staffRoutes } from './routes/staff.ts'
import { authMethods } from './rpc.ts'
import { DENY_SECONDS } from './sessions.ts'
import { Settings } from './settings.ts'
import { CHANGED_API_KEYS } from '#contracts/api-keys.ts'
import {
  ApiKeyCreated,
  ApiKeyRevoked,
  EmailVerificationRequested,
  LoginFailed,
  PasswordResetRequested,
  SessionRevoked,
  SignInMeansChanged,
  TokenRefreshed,
  UserAuthenticated,
} from '#contracts/events/users.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { ENDED_SESSIONS, SESSIONS } from '#contracts/sessions.ts'
import { defineService } from '#kit/service/service.ts'

/** Hashes at a time in one process, and how many may wait: about a second's worth. */
const HASHES = 2
const HASH_QUEUE = 64

export const service = defineService<AuthDeps, typeof Settings>({
  name: 'auth',
  port: 8082,
  kind: 'model',
  summary: 'Who somebody is: e-mail, password, second factor, sessions, tokens, roles.',
  apart: { group: 'shop' },
  settings: Settings,
  migrations: new URL('./migrations/', import.meta.url),
  create(kit) {
    const secrets = secretsOf(kit.secret)
    const hashing = new Bulkhead(HASHES, HASH_QUEUE)
    return {
      db: kit.db,
      outbox: kit.outbox,
      log: kit.log,
      publicUrl: kit.publicUrl,
      providers: openProviders(kit),
      users: kit.rpc(usersRpc),
      relyingParty: relyingPartyOf(kit.settings, kit.publicUrl),
      ended: kit.memory.notices(ENDED_SESSIONS, DENY_SECONDS),
      changedKeys: kit.memory.notices(CHANGED_API_KEYS, DENY_SECONDS),
      signs: kit.memory.values('sessions', SESSIONS),
      secrets,
      hashing,
      strangers: laneOf(hashing, HASHES - 1, HASH_QUEUE),
      accessTokens: createAccessTokens(kit.publicUrl, () => activeKey(kit.db, secrets.signing)),
    }
  },
  routes: (deps) => [
    ...signInRoutes(deps),
    ...credentialRoutes(deps),
    ...passkeyRoutes(deps),
    ...providerRoutes(deps),
    ...staffRoutes(deps),
    ...apiKeyRoutes(deps),
  ],
  rpc: authMethods,
  reactions: (deps) => [onUserDeleted(deps)],
  jobs: (deps) => [cleanUp(deps)],
  publishes: [
    UserAuthenticated,
    LoginFailed,
    TokenRefreshed,
    SessionRevoked,
    SignInMeansChanged,
    ApiKeyCreated,
    ApiKeyRevoked,
    EmailVerificationRequested,
    PasswordResetRequested,
  ],
  invariants: [
    {
      name: 'A1 an account that is disabled has no usable session',
      sql: `select s.session_id from sessions s join accounts a using (user_id) where a.disabled_at is not null and s.revoked_at is null`,
    },
    { name: 'A2 one key signs', sql: `select count(*) from signing_keys where retired_at is null having count(*) > 1` },
    {
      name: 'A3 a session that was ended within the life of its tokens is on the deny-list',
      sql: `select session_id from sessions s where revoked_at > now() - interval '10 minutes' and not exists (select 1 from revoked_sessions r where r.session_id = s.session_id)`,
    },
    {
      name: 'A4 no API key has rights over who may do what',
      sql: `select key_id from api_keys where permissions && array['*', 'users:roles', 'auth:keys', 'api-keys:read', 'api-keys:write']`,
    },
  ],
  // Makes the first key, and opens the one that is there: with another master secret the start ends here, not at the first login.
  bootstrap: async (deps) => void (await activeKey(deps.db, deps.secrets.signing)),
  async health(deps) {
    const keys = await publicKeys(deps.db)
    return { signingKeys: keys.length, passwordsWaiting: deps.hashing.queued + deps.strangers.queued }
  },
})
