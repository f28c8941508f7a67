import Type from 'typebox'
import { SecretText } from './bodies.ts'
import { userOf } from './callers.ts'
import { asksAgain, OwnerProof, ownerErrors, ownerProof } from './owner-proof.ts'
import { disconnectProvider, signOutOfProvider } from '../commands/leave-provider.ts'
import { connectProvider, signInThroughProvider } from '../commands/provider-sign-in.ts'
import { requireOwner } from '../commands/reauthenticate.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { depart, requireProvider, startPage } from '../providers/trips.ts'
import { identitiesOf } from '../queries/list-identities.ts'
import { MfaRequired, Tokens } from '#contracts/rpc/auth.ts'
import { Nullable, Timestamp } from '#contracts/values.ts'
import { anyone, del, get, post, Reply, type Route, signedIn } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const own = { idempotency: 'handler' } as const
const Face = Type.Union([Type.Literal('shop'), Type.Literal('admin')], {
  default: 'shop',
  description: 'pages that people come back to',
})
const Key = Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z][a-z0-9-]*$' })
const params = closed({ key: Key })
const Departure = closed({
  url: Type.String({ description: 'where to send the browser' }),
  ticket: Type.String({ description: 'stays in the browser, out of reach of scripts, until it comes back' }),
  expiresIn: Type.Integer({ description: 'seconds' }),
})
const Arrival = closed({
  provider: Key,
  ticket: SecretText,
  query: Type.String({ minLength: 1, maxLength: 4_000, description: 'of the address the browser came back to' }),
})

/** Signing in by way of another company or an own directory. */
export const providerRoutes = (deps: AuthDeps): Route[] => [
  get(
    '/api/auth/ways',
    {
      access: anyone,
      summary: 'How one can sign in here, besides with e-mail and password',
      query: closed({ for: Type.Optional(Face) }),
      response: closed({
        passkeys: Type.Boolean(),
        providers: Type.Array(closed({ key: Key, name: Type.String() })),
      }),
    },
    async ({ query: { for: face = 'shop' } }) => {
      const providers = [...deps.providers.values()]
        .filter(({ provider }) => provider.faces.includes(face))
        .map(({ provider: { key, name } }) => ({ key, name }))
      return new Reply(
        { passkeys: deps.relyingParty !== undefined, providers },
        { headers: { 'cache-control': 'public, max-age=60' } },
      )
    },
  ),
  post(
    '/api/auth/providers/:key/start',
    {
      ...own,
      access: anyone,
      summary: 'Begin to sign in through a provider',
      params,
      body: closed({
        for: Type.Optional(Face),
        again: Type.Optional(Type.Boolean({ description: 'the person has to show there anew who they are' })),
      }),
      response: Departure,
      errors: [errors.providerUnknown, errors.providerUnavailable],
    },
    ({ params: { key }, body: { for: face = 'shop', again } }) => depart(deps, { key, face, again }),
  ),
  get(
    '/api/auth/sso/:key',
    {
      access: anyone,
      summary: 'Sends a browser to the page that begins a sign-in through a provider',
      params,
      query: closed({ for: Type.Optional(Face) }),
      errors: [errors.providerUnknown],
    },
    async ({ params: { key }, query: { for: face = 'shop' } }) => {
      requireProvider(deps, key, face)
      const location = startPage(deps.publicUrl, face, key)
      return new Reply(undefined, { status: 302, headers: { location, 'cache-control': 'no-store' } })
    },
  ),
  post(
    '/api/auth/providers/finish',
    {
      ...own,
      access: anyone,
      summary: 'Sign in with what the provider sent back',
      body: Arrival,
      response: Type.Union([Tokens, MfaRequired]),
      errors: [
        errors.providerRefused,
        errors.providerUnavailable,
        errors.emailNotVerifiedThere,
        errors.accountExists,
        errors.accountDisabled,
      ],
    },
    ({ body, ip, locale, headers }) => signInThroughProvider(deps, { ...body, ip, locale, userAgent: headers['user-agent'] }),
  ),
  post(
    '/api/auth/providers/sign-out',
    {
      ...own,
      access: anyone,
      summary: 'End this session, and learn where the provider ends its own',
      body: closed({ refreshToken: SecretText, for: Type.Optional(Face) }),
      response: closed({ url: Nullable(Type.String()) }),
    },
    async ({ principal, body: { refreshToken, for: face = 'shop' } }) => ({
      url: (await signOutOfProvider(deps, principal, { refreshToken, face })) ?? null,
    }),
  ),
  get(
    '/api/auth/providers',
    {
      access: signedIn,
      summary: 'The providers connected with the own account',
      response: closed({
        providers: Type.Array(closed({ key: Key, name: Type.String(), connectedAt: Timestamp, lastUsedAt: Nullable(Timestamp) })),
      }),
    },
    async ({ principal }) => ({
      providers: (await identitiesOf(deps.db.sql, userOf(principal).id)).map(({ provider: key, connectedAt, lastUsedAt }) => ({
        key,
        name: deps.providers.get(key)?.provider.name ?? key,
        connectedAt: connectedAt.toISOString(),
        lastUsedAt: lastUsedAt?.toISOString() ?? null,
      })),
    }),
  ),
  post(
    '/api/auth/providers/:key/connect',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Begin to connect a provider with the own account',
      description: asksAgain,
      params,
      body: closed(OwnerProof),
      response: Departure,
      errors: [errors.providerUnknown, errors.providerUnavailable, ...ownerErrors],
    },
    async ({ params: { key }, body, principal, ip }) => {
      requireProvider(deps, key, 'shop')
      const { userId } = await requireOwner(deps, ownerProof(userOf(principal), body, ip))
      return await depart(deps, { key, face: 'shop', userId })
    },
  ),
  post(
    '/api/auth/providers/connect',
    {
      ...own,
      access: signedIn,
      summary: 'Connect the own account with what the provider sent back',
      body: Arrival,
      status: 204,
      errors: [errors.providerRefused, errors.providerUnavailable, errors.providerConnected],
    },
    async ({ body, principal }) => connectProvider(deps, userOf(principal), body),
  ),
  del(
    '/api/auth/providers/:key',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Disconnect a provider; sessions that came through it end',
      description: asksAgain,
      params,
      body: closed(OwnerProof),
      status: 204,
      errors: [errors.providerUnknown, ...ownerErrors],
    },
    async ({ params: { key }, body, principal, ip }) => disconnectProvider(deps, key, ownerProof(userOf(principal), body, ip)),
  ),
]
