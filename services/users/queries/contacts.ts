import type { Static } from 'typebox'
import type { usersRpc } from '#contracts/rpc/users.ts'
import type { UsersDeps } from '../deps.ts'
import { profilesOf } from '../profiles.ts'

type Contact = Static<typeof usersRpc.methods.contact.output>

/** How to reach people, in the order asked for: the profile is ours, the address auth's. Imported customers have no address to write to. */
export async function contactsOf(deps: UsersDeps, asked: readonly string[]): Promise<Contact[]> {
  const userIds = [...new Set(asked)]
  const [profiles, { accounts }] = await Promise.all([profilesOf(deps.db.sql, userIds), deps.auth.accounts({ userIds })])
  const contacts = new Map<string, Contact>()
  for (const { userId, fullName, locale, phone, marketingConsent, marketingConsentAt } of profiles) {
    const account = accounts.find((one) => one.userId === userId)
    if (!account) continue
    const marketing = marketingConsent && account.emailVerified
    const since = marketing && marketingConsentAt ? { marketingSince: marketingConsentAt.toISOString() } : {}
    contacts.set(userId, { outcome: 'known', email: account.email, fullName, locale, phone, marketing, ...since })
  }
  return asked.map((userId) => contacts.get(userId) ?? { outcome: 'unknown' })
}
