import { addressOf, postalPart } from './addresses.ts'
import { importCustomers } from './commands/import-customers.ts'
import { registerUser, writeProfile } from './commands/register-user.ts'
import type { UsersDeps } from './deps.ts'
import { exportCustomers } from './queries/export-customers.ts'
import { contactsOf } from './queries/contacts.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { grouped } from '#kit/db/grouped.ts'
import { implement, type RpcImplementation } from '#kit/rpc/rpc.ts'

export function usersMethods(deps: UsersDeps): RpcImplementation {
  // mails of a moment ask for their recipients together
  const contact = grouped({ maxSize: 64, maxInFlight: 1 }, (userIds: readonly string[]) => contactsOf(deps, userIds))
  return implement(usersRpc, {
    async register(input) {
      const registered = await registerUser(deps, { ...input, locale: input.locale ?? 'en' })
      return registered.outcome === 'exists'
        ? { outcome: 'exists' as const }
        : { outcome: registered.outcome, userId: registered.userId }
    },
    async ensureProfile({ locale = 'en', ...input }) {
      await writeProfile(deps, { ...input, locale, phone: null })
      return {}
    },
    contact: ({ userId }) => contact(userId),
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
