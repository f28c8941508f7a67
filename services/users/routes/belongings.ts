import Type from 'typebox'
import { AddressSchema, ReadAny, sideOf, subjectOf, UserParams, WriteAny } from './shapes.ts'
import { addressesOf, addressOf } from '../addresses.ts'
import { visibleAttributes } from '../attributes.ts'
import { addAddress, removeAddress, replaceAddress } from '../commands/change-addresses.ts'
import { changeProfile } from '../commands/change-profile.ts'
import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { attributeDefinitions, type Profile, requireProfile } from '../profiles.ts'
import { ActivityQuery, listActivity } from '../queries/customers.ts'
import { Attributes, Locale, Nullable, PostalAddress, Timestamp, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { page } from '#kit/http/paging.ts'
import { del, get, ownerOr, patch, post, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const AddressBody = closed({
  ...PostalAddress.properties,
  defaultShipping: Type.Optional(Type.Boolean()),
  defaultBilling: Type.Optional(Type.Boolean()),
})

const Preferences = closed({
  locale: Locale,
  marketingConsent: Type.Boolean(),
  marketingConsentAt: Nullable(Timestamp),
  attributes: Attributes,
  version: Type.Integer(),
})
const PreferencesBody = closed({
  locale: Type.Optional(Locale),
  marketingConsent: Type.Optional(Type.Boolean()),
  attributes: Type.Optional(Attributes),
})

const Activity = closed({ id: Uuid, kind: Type.String(), details: Type.Record(Type.String(), Type.Unknown()), at: Timestamp })

/**
 * Commands here are safe to repeat as they are (`none`): the same address again is the same address, a preference is set
 * to what it is. An Idempotency-Key would keep answers with home addresses, out of reach of an erasure.
 */
const repeatable = { idempotency: 'none' } as const

function addressRoutes(deps: UsersDeps, base: string, params: Record<string, Type.TSchema>): Route[] {
  const whole = closed(params)
  const one = closed({ ...params, addressId: Uuid })
  return [
    get(
      `${base}/addresses`,
      {
        access: ownerOr(ReadAny),
        summary: 'Addresses, newest first',
        params: whole,
        response: closed({ addresses: Type.Array(AddressSchema) }),
        errors: [errors.notFound],
      },
      async ({ principal, params: at }) => {
        const { userId } = await requireProfile(deps.db.sql, subjectOf(principal, at, ReadAny))
        return { addresses: await addressesOf(deps.db.sql, userId) }
      },
    ),
    post(
      `${base}/addresses`,
      {
        ...repeatable,
        access: ownerOr(WriteAny),
        summary: 'Add an address',
        description:
          'The first one becomes the default for shipping and billing. The same address again is the one that is there.',
        params: whole,
        body: AddressBody,
        response: AddressSchema,
        status: 201,
        errors: [errors.notFound, errors.tooManyAddresses],
      },
      ({ tx, principal, params: at, body }) => addAddress(deps, tx, subjectOf(principal, at, WriteAny), body),
    ),
    get(
      `${base}/addresses/:addressId`,
      {
        access: ownerOr(ReadAny),
        summary: 'One address',
        params: one,
        response: AddressSchema,
        versioned: true,
        errors: [errors.addressNotFound],
      },
      async ({ principal, params: at }) => {
        const address = await addressOf(deps.db.sql, subjectOf(principal, at, ReadAny), (at as { addressId: string }).addressId)
        if (!address) throw errors.addressNotFound()
        return address
      },
    ),
    put(
      `${base}/addresses/:addressId`,
      {
        ...repeatable,
        access: ownerOr(WriteAny),
        summary: 'Replace an address, or make it the default',
        params: one,
        body: AddressBody,
        response: AddressSchema,
        versioned: true,
        errors: [errors.addressNotFound, errors.versionConflict, errors.defaultNeeded],
      },
      ({ tx, principal, params: at, body, expectedVersion }) =>
        replaceAddress(
          deps,
          tx,
          { userId: subjectOf(principal, at, WriteAny), addressId: (at as { addressId: string }).addressId, expectedVersion },
          body,
        ),
    ),
    del(
      `${base}/addresses/:addressId`,
      {
        ...repeatable,
        access: ownerOr(WriteAny),
        summary: 'Delete an address; the newest of the others becomes the default',
        params: one,
        status: 204,
        errors: [errors.addressNotFound],
      },
      async ({ tx, principal, params: at }) =>
        removeAddress(deps, tx, subjectOf(principal, at, WriteAny), (at as { addressId: string }).addressId),
    ),
  ]
}

function preferenceRoutes(deps: UsersDeps, base: string, params: Record<string, Type.TSchema>): Route[] {
  const whole = closed(params)
  const shown = async (sql: Query, profile: Profile, by: 'customer' | 'staff') => ({
    locale: profile.locale,
    marketingConsent: profile.marketingConsent,
    marketingConsentAt: profile.marketingConsentAt?.toISOString() ?? null,
    attributes: visibleAttributes(profile.attributes, await attributeDefinitions(sql), by),
    version: profile.version,
  })
  const spec = {
    ...repeatable,
    access: ownerOr(WriteAny),
    summary: 'Change language, consent to marketing and attributes',
    params: whole,
    body: PreferencesBody,
    response: Preferences,
    versioned: true,
    errors: [errors.notFound, errors.versionConflict, errors.invalidAttribute],
  } as const
  return [
    get(
      `${base}/preferences`,
      {
        access: ownerOr(ReadAny),
        summary: 'Preferences',
        params: whole,
        response: Preferences,
        versioned: true,
        errors: [errors.notFound],
      },
      async ({ principal, params: at }) => {
        const userId = subjectOf(principal, at, ReadAny)
        return await shown(deps.db.sql, await requireProfile(deps.db.sql, userId), sideOf(principal, userId))
      },
    ),
    ...[put, patch].map((change) =>
      change(`${base}/preferences`, spec, async ({ tx, principal, params: at, body, expectedVersion }) => {
        const userId = subjectOf(principal, at, WriteAny)
        const by = sideOf(principal, userId)
        return await shown(tx, await changeProfile(deps, tx, { userId, by, expectedVersion }, body), by)
      }),
    ),
    get(
      `${base}/activity`,
      {
        access: ownerOr(ReadAny),
        summary: 'What happened to the account, newest first',
        params: whole,
        query: ActivityQuery,
        response: page(Activity),
        errors: [errors.notFound],
      },
      async ({ principal, params: at, query }) => {
        const { userId } = await requireProfile(deps.db.sql, subjectOf(principal, at, ReadAny))
        return await listActivity(deps.db.sql, userId, query)
      },
    ),
  ]
}

/** Addresses, preferences and activity, for `/api/users/me` and `/api/users/:id`. */
export const belongingRoutes = (deps: UsersDeps): Route[] =>
  [
    { base: '/api/users/me', params: {} },
    { base: '/api/users/:id', params: UserParams.properties },
  ].flatMap(({ base, params }) => [...addressRoutes(deps, base, params), ...preferenceRoutes(deps, base, params)])
