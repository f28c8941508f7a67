import Type from 'typebox'
import { FullName, Phone, ReadAny, sideOf, subjectOf, toUsers, UserParams, UserSchema, WriteAny } from './shapes.ts'
import { changeProfile, type ProfileChange } from '../commands/change-profile.ts'
import { eraseUser } from '../commands/erase-user.ts'
import { registerUser } from '../commands/register-user.ts'
import type { UsersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { requireProfile } from '../profiles.ts'
import { CustomerQuery, exportOf, listCustomers } from '../queries/customers.ts'
import { Locale, Nullable } from '#contracts/values.ts'
import type { Principal } from '#kit/core/principal.ts'
import { MfaRequired, Tokens } from '#contracts/rpc/auth.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, del, get, ownerOr, patch, post, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const Registration = closed({
  email: Type.String({ minLength: 3, maxLength: 254 }),
  password: Type.String({ minLength: 1, maxLength: 512 }),
  fullName: FullName,
  locale: Type.Optional(Locale),
  phone: Type.Optional(Phone),
})

/** Registering is safe to repeat by itself; kept answers would hold the person's data. */
const register = (deps: UsersDeps, path: string): Route =>
  post(
    path,
    {
      access: anyone,
      priority: 'aside',
      idempotency: 'handler',
      summary: 'Open an account',
      description: '201 with the new user. The same e-mail and password again: 200 with the same user.',
      body: Registration,
      response: UserSchema,
      status: 201,
      errors: [errors.emailTaken],
    },
    async ({ body, ip, locale }) => {
      const registered = await registerUser(deps, { ...body, fullName: body.fullName.trim(), locale: body.locale ?? locale, ip })
      if (registered.outcome === 'exists') throw errors.emailTaken({}, { fields: [{ pointer: '/email', message: 'is taken' }] })
      const [user] = await toUsers(deps, [await requireProfile(deps.db.sql, registered.userId)], 'customer')
      return new Reply(user, {
        status: registered.outcome === 'created' ? 201 : 200,
        headers: { location: `/api/users/${registered.userId}` },
      })
    },
  )

const ProfileBody = closed({ fullName: FullName, locale: Locale, phone: Type.Optional(Nullable(Phone)) })
const Changed = {
  idempotency: 'handler',
  response: UserSchema,
  versioned: true,
  errors: [errors.notFound, errors.versionConflict],
} as const

/** The same for `/api/users/me` and `/api/users/:id`. */
function own(deps: UsersDeps, path: string, params: ReturnType<typeof closed>): Route[] {
  /** A transaction of its own, over before auth is asked for the rest of the answer. */
  const change = async (principal: Principal, at: unknown, wanted: ProfileChange, expectedVersion: number | undefined) => {
    const userId = subjectOf(principal, at, WriteAny)
    const by = sideOf(principal, userId)
    const profile = await deps.db.tx((tx) => changeProfile(deps, tx, { userId, by, expectedVersion }, wanted))
    return (await toUsers(deps, [profile], by))[0]!
  }
  const shown = async (userId: string, by: 'customer' | 'staff') =>
    (await toUsers(deps, [await requireProfile(deps.db.sql, userId)], by))[0]!
  return [
    get(
      path,
      {
        access: ownerOr(ReadAny),
        summary: 'A profile',
        params,
        response: UserSchema,
        versioned: true,
        errors: [errors.notFound],
      },
      async ({ principal, params: at }) => {
        const userId = subjectOf(principal, at, ReadAny)
        return await shown(userId, sideOf(principal, userId))
      },
    ),
    put(
      path,
      { ...Changed, access: ownerOr(WriteAny), summary: 'Replace name, language and phone', params, body: ProfileBody },
      ({ principal, params: at, body, expectedVersion }) =>
        change(principal, at, { ...body, phone: body.phone ?? null }, expectedVersion),
    ),
    patch(
      path,
      {
        ...Changed,
        access: ownerOr(WriteAny),
        summary: 'Change parts of a profile',
        params,
        body: Type.Partial(ProfileBody, { additionalProperties: false }),
      },
      ({ principal, params: at, body, expectedVersion }) => change(principal, at, body, expectedVersion),
    ),
    del(
      path,
      {
        access: ownerOr(WriteAny),
        idempotency: 'handler',
        summary: 'Delete the account and erase the person',
        description: 'Profile, addresses, credentials and activity are gone; orders stay under an id that leads to nobody.',
        params,
        status: 204,
        errors: [errors.notFound, errors.administratorStays, errors.moreRightsNeeded],
      },
      async ({ principal, params: at }) => eraseUser(deps, principal, subjectOf(principal, at, WriteAny)),
    ),
    get(
      `${path}/export`,
      {
        access: ownerOr(ReadAny),
        summary: 'Everything we hold about a person, as JSON',
        params,
        produces: 'application/json',
        errors: [errors.notFound],
      },
      async ({ principal, params: at }) => {
        const userId = subjectOf(principal, at, ReadAny)
        const text = JSON.stringify(await exportOf(deps, userId), undefined, 2)
        return new Reply(Buffer.from(text), {
          headers: { 'content-disposition': `attachment; filename="account-${userId}.json"` },
        })
      },
    ),
  ]
}

export const accountRoutes = (deps: UsersDeps): Route[] => [
  register(deps, '/api/users'),
  register(deps, '/api/users/register'),
  post(
    '/api/users/login',
    {
      access: anyone,
      priority: 'aside',
      idempotency: 'handler',
      summary: 'Sign in; the same as POST /api/auth/login',
      body: closed({
        email: Type.String({ minLength: 3, maxLength: 254 }),
        password: Type.String({ minLength: 1, maxLength: 512 }),
        totp: Type.Optional(Type.String({ pattern: '^[0-9]{6}$' })),
      }),
      response: Type.Union([Tokens, MfaRequired]),
    },
    async ({ body, ip, headers }) => {
      const userAgent = headers['user-agent']
      return await deps.auth.login({ ...body, ip, ...(userAgent === undefined ? {} : { userAgent }) })
    },
  ),
  get(
    '/api/users',
    { access: can(ReadAny), summary: 'Customers, newest first', query: CustomerQuery, response: page(UserSchema) },
    async ({ query }) => {
      const { items, ...rest } = await listCustomers(deps, query)
      return { items: await toUsers(deps, items, 'staff'), ...rest }
    },
  ),
  ...own(deps, '/api/users/me', closed({})),
  ...own(deps, '/api/users/:id', UserParams as unknown as ReturnType<typeof closed>),
]
