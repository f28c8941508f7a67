import { addressOf, postalPart } from './addresses.ts'
import { importCustomers } from './commands/import-customers.ts'
import { registerUser } from './commands/register-user.ts'
import type { UsersDeps } from './deps.ts'
import { exportCustomers } from './queries/export-customers.ts'
import { profileOf } from './profiles.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { implement, type RpcImplementation } from '#kit/rpc/rpc.ts'

export function usersMethods(deps: UsersDeps): RpcImplementation {
  return implement(usersRpc, {
    async register(input) {
      const registered = await registerUser(deps, { ...input, locale: input.locale ?? 'en' })
      return registered.outcome === 'exists'
        ? { outcome: 'exists' as const }
        : { outcome: registered.outcome, userId: registered.userId }
    },
    async contact({ userId }) {
      const [profile, { accounts }] = await Promise.all([
        profileOf(deps.db.sql, userId),
        deps.auth.accounts({ userIds: [userId] }),
      ])
      const account = accounts[0]
      // imported customers have no address to write to
      if (!profile || !account) return { outcome: 'unknown' as const }
      const { fullName, locale, phone, marketingConsent } = profile
      return {
        outcome: 'known' as const,
        email: account.email,
        fullName,
        locale,
        phone,
        marketing: marketingConsent && account.emailVerified,
      }
    },
    async address({ userId, addressId }) {
      const address = await addressOf(deps.db.sql, userId, addressId)
      return address
        ? { outcome: 'known' as const, addressId: address.id, address: postalPart(address) }
        : { outcome: 'unknown' as const }
    },
    async customerGroups({ userId }) {
      const rows = await deps.db.sql<
        { key: string }[]
      >`select group_key as key from group_members where user_id = ${userId} order by group_key`
      return { groups: rows.map((row) => row.key) }
    },
    exportCustomers: (input) => exportCustomers(deps, input),
    async importCustomers({ customers }) {
      return { userIds: await importCustomers(deps, customers) }
    },
  })
}
