import Type, { type Static } from 'typebox'
import { userOf } from './callers.ts'
import { asksAgain, OwnerProof, ownerErrors, ownerProof } from './owner-proof.ts'
import { addPasskey, beginPasskey, removePasskey, renamePasskey } from '../commands/add-passkey.ts'
import { beginSignIn, signInWithPasskey } from '../commands/use-passkey.ts'
import type { AuthDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { passkeysOf, type PasskeyView } from '../passkeys.ts'
import { Tokens } from '#contracts/rpc/auth.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { anyone, del, get, patch, post, type Route, signedIn } from '#kit/http/route.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'

const own = { idempotency: 'handler' } as const
/** base64url as authenticators and browsers write it */
const Base64Url = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[A-Za-z0-9_-]+$' })
const CredentialId = Base64Url(1400)
const Name = Type.String({
  minLength: 1,
  maxLength: 60,
  pattern: '\\S',
  description: 'so that its owner can tell it from others',
})

const credential = <S extends Type.TProperties>(response: S) =>
  closed({
    id: CredentialId,
    rawId: CredentialId,
    type: Type.Literal('public-key'),
    authenticatorAttachment: Type.Optional(Type.Union([Type.Literal('platform'), Type.Literal('cross-platform')])),
    // browsers and password managers put here what they like; nothing of it is used
    clientExtensionResults: mapOf(Type.String({ minLength: 1, maxLength: 60 }), Type.Unknown(), { maxProperties: 20 }),
    response: closed(response),
  })

/** What `navigator.credentials.create` made, as JSON (WebAuthn `RegistrationResponseJSON`). */
const Made = credential({
  clientDataJSON: Base64Url(8_000),
  attestationObject: Base64Url(16_000),
  authenticatorData: Type.Optional(Base64Url(8_000)),
  transports: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10 })),
  publicKeyAlgorithm: Type.Optional(Type.Integer()),
  publicKey: Type.Optional(Base64Url(4_000)),
})
/** What `navigator.credentials.get` signed, as JSON (WebAuthn `AuthenticationResponseJSON`). */
const Signed = credential({
  clientDataJSON: Base64Url(8_000),
  authenticatorData: Base64Url(8_000),
  signature: Base64Url(8_000),
  userHandle: Type.Optional(Base64Url(100)),
})

const Descriptor = closed({ id: Type.String(), type: Type.Literal('public-key') })
const UserVerification = Type.Literal('required')
const CreationOptions = closed({
  challenge: Type.String(),
  rp: closed({ id: Type.String(), name: Type.String() }),
  user: closed({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
  pubKeyCredParams: Type.Array(closed({ alg: Type.Integer(), type: Type.Literal('public-key') })),
  timeout: Type.Integer(),
  attestation: Type.Literal('none'),
  excludeCredentials: Type.Array(Descriptor),
  authenticatorSelection: closed({
    residentKey: Type.Literal('required'),
    requireResidentKey: Type.Boolean(),
    userVerification: UserVerification,
  }),
})
const RequestOptions = closed({
  challenge: Type.String(),
  rpId: Type.String(),
  timeout: Type.Integer(),
  userVerification: UserVerification,
})

const PasskeySchema = closed({
  id: Uuid,
  name: Type.String(),
  synced: Type.Boolean({ description: 'kept in a cloud, comes along to other devices' }),
  createdAt: Timestamp,
  lastUsedAt: Nullable(Timestamp),
})
const shown = ({ id, name, synced, createdAt, lastUsedAt }: PasskeyView): Static<typeof PasskeySchema> => ({
  id,
  name,
  synced,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
})

const params = closed({ id: Uuid })

/** Keys of devices instead of a password. */
export const passkeyRoutes = (deps: AuthDeps): Route[] => [
  post(
    '/api/auth/passkeys/challenge',
    {
      ...own,
      access: anyone,
      summary: 'Begin to sign in with a passkey',
      description: 'The answer goes to `navigator.credentials.get`. It is good once, for five minutes.',
      response: RequestOptions,
      errors: [errors.noPasskeysHere],
    },
    async () => (await beginSignIn(deps)) as Static<typeof RequestOptions>,
  ),
  post(
    '/api/auth/passkeys/sign-in',
    {
      ...own,
      access: anyone,
      summary: 'Sign in with a passkey',
      description: 'Counts as two factors: the device, and what unlocked it.',
      body: closed({ credential: Signed }),
      response: Tokens,
      errors: [errors.badPasskey, errors.accountDisabled, errors.tooManyAttempts, errors.noPasskeysHere],
    },
    ({ body, ip, headers }) =>
      signInWithPasskey(deps, {
        credential: body.credential as Parameters<typeof signInWithPasskey>[1]['credential'],
        ip,
        userAgent: headers['user-agent'],
      }),
  ),
  get(
    '/api/auth/passkeys',
    { access: signedIn, summary: 'The own passkeys', response: closed({ passkeys: Type.Array(PasskeySchema) }) },
    async ({ principal }) => ({ passkeys: (await passkeysOf(deps.db.sql, userOf(principal).id)).map(shown) }),
  ),
  post(
    '/api/auth/passkeys/options',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Begin to add a passkey',
      description: `The answer goes to \`navigator.credentials.create\`. It is good once, for five minutes. ${asksAgain}`,
      body: closed(OwnerProof),
      response: CreationOptions,
      errors: [...ownerErrors, errors.tooManyPasskeys, errors.noPasskeysHere],
    },
    async ({ body, principal, ip }) =>
      (await beginPasskey(deps, ownerProof(userOf(principal), body, ip))) as Static<typeof CreationOptions>,
  ),
  post(
    '/api/auth/passkeys',
    {
      ...own,
      access: signedIn,
      summary: 'Add the passkey that was made',
      body: closed({ name: Name, credential: Made }),
      response: PasskeySchema,
      status: 201,
      errors: [errors.badPasskey, errors.passkeyKnown, errors.tooManyPasskeys, errors.noPasskeysHere],
    },
    async ({ body, principal }) =>
      shown(
        await addPasskey(deps, userOf(principal), {
          name: body.name.trim(),
          credential: body.credential as Parameters<typeof addPasskey>[2]['credential'],
        }),
      ),
  ),
  patch(
    '/api/auth/passkeys/:id',
    {
      ...own,
      access: signedIn,
      summary: 'Rename one of the own passkeys',
      params,
      body: closed({ name: Name }),
      response: PasskeySchema,
      errors: [errors.passkeyNotFound],
    },
    async ({ body, principal, params: { id } }) => shown(await renamePasskey(deps, userOf(principal).id, id, body.name.trim())),
  ),
  del(
    '/api/auth/passkeys/:id',
    {
      ...own,
      priority: 'aside',
      access: signedIn,
      summary: 'Remove one of the own passkeys; sessions that came by it end',
      description: asksAgain,
      params,
      body: closed(OwnerProof),
      status: 204,
      errors: [errors.passkeyNotFound, ...ownerErrors],
    },
    async ({ body, principal, params: { id }, ip }) => removePasskey(deps, id, ownerProof(userOf(principal), body, ip)),
  ),
]
