import Type from 'typebox'
import { type AttributeDefinition, visibleAttributes } from '../attributes.ts'
import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { attributeDefinitions, type Profile } from '../profiles.ts'
import { Attributes, Nullable, PostalAddress, Timestamp, Uuid } from '#contracts/values.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import { closed } from '#kit/messaging/event.ts'

/** Something to see in it, and no control characters or angle brackets. Linear: what may lead is never what has to follow. */
export const FullName = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\S\\u0000-\\u001f]*[^\\s\\u0000-\\u001f\\u007f<>][^\\u0000-\\u001f\\u007f<>]*$',
})
export const Phone = Type.String({ minLength: 3, maxLength: 40, pattern: '^[0-9+()/. -]+$' })

export const UserSchema = closed({
  id: Uuid,
  email: Nullable(Type.String()),
  emailVerified: Type.Boolean(),
  fullName: Type.String(),
  locale: Type.String(),
  phone: Nullable(Type.String()),
  country: Nullable(Type.String()),
  marketingConsent: Type.Boolean(),
  attributes: Attributes,
  groups: Type.Array(Type.String()),
  roles: Type.Array(Type.String()),
  disabled: Type.Boolean(),
  version: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

export const AddressSchema = closed({
  id: Uuid,
  ...PostalAddress.properties,
  defaultShipping: Type.Boolean(),
  defaultBilling: Type.Boolean(),
  version: Type.Integer(),
})

export const UserParams = closed({ id: Uuid })
export const ReadAny = 'users:read-any'
export const WriteAny = 'users:write-any'

export const sideOf = (principal: Principal, userId: string): 'customer' | 'staff' =>
  principal.kind === 'user' && principal.id === userId ? 'customer' : 'staff'

/**
 * Whom a request is about: `/me` is the caller, `/:id` the caller or, for staff with the permission, anybody. Other
 * people do not exist (`users/not-found`).
 */
export function subjectOf(principal: Principal, params: unknown, permission: string): string {
  const named = (params as { id?: string }).id
  // an API key is nobody: it has no `me`
  if (named === undefined && principal.kind === 'key') throw errors.notFound()
  const id = named ?? principal.id
  if ((principal.kind === 'user' && principal.id === id) || may(principal, permission)) return id
  throw errors.notFound()
}

type Account = Awaited<ReturnType<UsersDeps['auth']['accounts']>>['accounts'][number]

function toUser(
  profile: Profile,
  account: Account | undefined,
  definitions: readonly AttributeDefinition[],
  by: 'customer' | 'staff',
) {
  return {
    id: profile.userId,
    email: account?.email ?? null,
    emailVerified: account?.emailVerified ?? false,
    fullName: profile.fullName,
    locale: profile.locale,
    phone: profile.phone,
    country: profile.country,
    marketingConsent: profile.marketingConsent,
    attributes: visibleAttributes(profile.attributes, definitions, by),
    groups: profile.groups,
    roles: account?.roles ?? [],
    disabled: account?.disabled ?? false,
    version: profile.version,
    createdAt: profile.createdAt.toISOString(),
    updatedAt: profile.updatedAt.toISOString(),
  }
}

/** Profiles as the API shows them, with what auth knows, in one call for all. */
export async function toUsers(deps: UsersDeps, profiles: readonly Profile[], by: 'customer' | 'staff') {
  if (profiles.length === 0) return []
  const { accounts } = await deps.auth.accounts({ userIds: profiles.map((profile) => profile.userId) })
  const byId = new Map(accounts.map((account) => [account.userId, account]))
  const definitions = profiles.some((profile) => Object.keys(profile.attributes).length > 0)
    ? await attributeDefinitions(deps.db.sql)
    : []
  return profiles.map((profile) => toUser(profile, byId.get(profile.userId), definitions, by))
}
