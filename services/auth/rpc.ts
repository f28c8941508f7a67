import { type Account, accountByEmail, accountsByIds } from './accounts.ts'
import { createAccount } from './commands/create-account.ts'
import { acceptedApiKeys } from './queries/accepted-api-keys.ts'
import { setPassword } from './commands/change-password.ts'
import { eraseAccount, setRoles } from './commands/govern-accounts.ts'
import { logIn } from './commands/log-in.ts'
import { secretOfLink } from './commands/request-link.ts'
import type { AuthDeps } from './deps.ts'
import { parseEmail } from './email.ts'
import { publicKeys } from './key-ring.ts'
import { passkeysOf } from './passkeys.ts'
import { identitiesOf } from './queries/list-identities.ts'
import { apiKeysOf } from './queries/list-api-keys.ts'
import { heldSessions } from './queries/list-sessions.ts'
import { revokedSessionIds } from './sessions.ts'
import { authRpc } from '#contracts/rpc/auth.ts'
import { implement, type RpcImplementation } from '#kit/rpc/rpc.ts'

const fact = ({ userId, email, emailVerified, roles, grantedRoles, disabled, createdAt }: Account) => ({
  userId,
  email,
  emailVerified,
  roles,
  grantedRoles,
  disabled,
  createdAt: createdAt.toISOString(),
})

export function authMethods(deps: AuthDeps): RpcImplementation {
  return implement(authRpc, {
    createAccount: (input) => createAccount(deps, input),
    login: (input) => logIn(deps, input),
    async accounts({ userIds }) {
      return { accounts: (await accountsByIds(deps.db.sql, userIds)).map(fact) }
    },
    async ofPerson({ userId }) {
      const [passkeys, providers, sessions, apiKeys] = await Promise.all([
        passkeysOf(deps.db.sql, userId),
        identitiesOf(deps.db.sql, userId),
        heldSessions(deps.db.sql, userId),
        apiKeysOf(deps.db.sql, userId),
      ])
      return {
        apiKeys,
        providers: providers.map(({ provider, subject, grantedRoles, connectedAt, lastUsedAt }) => ({
          provider,
          subject,
          grantedRoles: [...grantedRoles],
          connectedAt: connectedAt.toISOString(),
          lastUsedAt: lastUsedAt?.toISOString() ?? null,
        })),
        passkeys: passkeys.map(({ name, createdAt, lastUsedAt }) => ({
          name,
          createdAt: createdAt.toISOString(),
          lastUsedAt: lastUsedAt?.toISOString() ?? null,
        })),
        sessions: sessions.map(({ method, ip, userAgent, createdAt, lastUsedAt, endedAt }) => ({
          method,
          ip,
          userAgent,
          createdAt: createdAt.toISOString(),
          lastUsedAt: lastUsedAt.toISOString(),
          endedAt: endedAt?.toISOString() ?? null,
        })),
      }
    },
    async accountByEmail({ email }) {
      const key = parseEmail(email)?.key
      const account = key === undefined ? undefined : await accountByEmail(deps.db.sql, key)
      return { userId: account?.userId ?? null }
    },
    async setRoles({ userId, roles }, call) {
      await setRoles(deps, call.principal, userId, roles)
      return {}
    },
    async setPassword(input) {
      await setPassword(deps, input)
      return {}
    },
    async linkToken({ requestId }) {
      const secret = await secretOfLink(deps, requestId)
      return secret ? { token: secret.token, expiresAt: secret.expiresAt.toISOString() } : { token: null, expiresAt: null }
    },
    async deleteAccount({ userId }, call) {
      await eraseAccount(deps, call.principal, userId)
      return {}
    },
    async jwks() {
      return { keys: await publicKeys(deps.db) }
    },
    async apiKeys({ used }) {
      return { keys: await acceptedApiKeys(deps, used) }
    },
    async revokedSessions() {
      return { sessionIds: await revokedSessionIds(deps.db.sql) }
    },
  })
}
