import { changeAttributes } from '../attributes.ts'
import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { attributeDefinitions, lockProfile, noteActivity, type Profile, requireProfile } from '../profiles.ts'
import { UserProfileUpdated } from '#contracts/events/users.ts'
import type { Attributes } from '#contracts/values.ts'
import type { Tx } from '#kit/db/db.ts'

/** What is left out stays as it is; `null` clears. */
export interface ProfileChange {
  readonly fullName?: string | undefined
  readonly locale?: string | undefined
  readonly phone?: string | null | undefined
  readonly marketingConsent?: boolean | undefined
  readonly attributes?: Attributes | undefined
}

export interface ChangeContext {
  readonly userId: string
  readonly by: 'customer' | 'staff'
  /** version the caller read, from If-Match */
  readonly expectedVersion: number | undefined
}

/**
 * Changes a profile; a change to what it is already changes nothing and tells nobody. Throws `users/not-found`,
 * `users/version-conflict`, `users/invalid-attribute`.
 */
export async function changeProfile(deps: UsersDeps, tx: Tx, context: ChangeContext, change: ProfileChange): Promise<Profile> {
  const { userId, by, expectedVersion } = context
  const now = await lockProfile(tx, userId)
  if (expectedVersion !== undefined && expectedVersion !== now.version) throw errors.versionConflict()
  const attributes =
    change.attributes === undefined
      ? now.attributes
      : changeAttributes(now.attributes, change.attributes, await attributeDefinitions(tx), by)
  const next = {
    fullName: change.fullName ?? now.fullName,
    locale: change.locale ?? now.locale,
    phone: change.phone === undefined ? now.phone : change.phone,
    marketingConsent: change.marketingConsent ?? now.marketingConsent,
    attributes,
  }
  const changed = (Object.keys(next) as (keyof typeof next)[]).filter(
    (name) => JSON.stringify(next[name]) !== JSON.stringify(now[name]),
  )
  if (changed.length === 0) return now
  await tx`
    update profiles
       set full_name = ${next.fullName}, locale = ${next.locale}, phone = ${next.phone}, marketing_consent = ${next.marketingConsent},
           marketing_consent_at = case when ${next.marketingConsent} = marketing_consent then marketing_consent_at else now() end,
           attributes = ${JSON.stringify(next.attributes)}::text::jsonb, version = version + 1, updated_at = now()
     where user_id = ${userId}`
  await noteActivity(tx, userId, 'profile-changed', { changed, by })
  await deps.outbox.append(tx, [UserProfileUpdated({ userId, changed })])
  return await requireProfile(tx, userId)
}
