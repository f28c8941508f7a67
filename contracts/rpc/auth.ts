import Type, { type Static } from 'typebox'
import { Locale, Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

export const Tokens = closed({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'seconds until the access token ends' }),
  userId: Uuid,
  mfaRequired: Type.Optional(Type.Boolean()),
})

/** The password was right; the second step is due. `mfaToken` is good for that step only and is no access token. */
export const MfaRequired = closed({
  mfaRequired: Type.Literal(true),
  mfaToken: Type.String(),
  expiresIn: Type.Integer({ description: 'seconds until the second step has to be done' }),
})
export type MfaRequired = Static<typeof MfaRequired>

export const authRpc = defineRpc('auth', {
  /** Creates the credentials of a new user. The same e-mail and password again answers `exists-same`: registering twice is not an error. */
  createAccount: method(
    closed({
      userId: Uuid,
      email: Type.String(),
      password: Type.Optional(Type.String()),
      role: Type.Optional(Type.String()),
      /** language of the verification mail */
      locale: Type.Optional(Locale),
      /** only so that the password is not simply this name; not kept */
      fullName: Type.Optional(Type.String()),
      /** where the request came from: guessing passwords by registering is counted like guessing by logging in */
      ip: Type.Optional(Type.String()),
      /** another company has made sure that the mailbox is theirs: no mail asks for it */
      emailVerified: Type.Optional(Type.Boolean()),
    }),
    Type.Union([
      closed({ outcome: Type.Literal('created') }),
      closed({ outcome: Type.Literal('exists-same'), userId: Uuid }),
      closed({ outcome: Type.Literal('exists') }),
    ]),
  ),
  login: method(
    closed({
      email: Type.String(),
      password: Type.String(),
      totp: Type.Optional(Type.String()),
      ip: Type.String(),
      userAgent: Type.Optional(Type.String()),
    }),
    Type.Union([Tokens, MfaRequired]),
  ),
  /** E-mail and state of accounts; unknown ids are left out. */
  accounts: method(
    closed({ userIds: Type.Array(Uuid, { maxItems: 500 }) }),
    closed({
      accounts: Type.Array(
        closed({
          userId: Uuid,
          email: Type.String(),
          emailVerified: Type.Boolean(),
          roles: Type.Array(Type.String()),
          /** what providers gave at the last sign-in through them: whoever judges what somebody is counts them too */
          grantedRoles: Type.Array(Type.String()),
          disabled: Type.Boolean(),
          createdAt: Timestamp,
        }),
      ),
    }),
    { read: true },
  ),
  /** What auth holds about a person besides `accounts`, for who asks to have everything (GDPR Art. 15 and 20). */
  ofPerson: method(
    closed({ userId: Uuid }),
    closed({
      /** keys that the person made for programs */
      apiKeys: Type.Array(
        closed({
          name: Type.String(),
          permissions: Type.Array(Type.String()),
          createdAt: Timestamp,
          lastUsedAt: Nullable(Timestamp),
          endedAt: Nullable(Timestamp),
        }),
      ),
      passkeys: Type.Array(closed({ name: Type.String(), createdAt: Timestamp, lastUsedAt: Nullable(Timestamp) })),
      providers: Type.Array(
        closed({
          provider: Type.String(),
          subject: Type.String(),
          grantedRoles: Type.Array(Type.String()),
          connectedAt: Timestamp,
          lastUsedAt: Nullable(Timestamp),
        }),
      ),
      sessions: Type.Array(
        closed({
          method: Type.String(),
          ip: Type.String(),
          userAgent: Nullable(Type.String()),
          createdAt: Timestamp,
          lastUsedAt: Timestamp,
          /** null: not by itself, not yet */
          endedAt: Nullable(Timestamp),
        }),
      ),
    }),
    { read: true },
  ),
  accountByEmail: method(closed({ email: Type.String() }), closed({ userId: Nullable(Uuid) }), { read: true }),
  setRoles: method(closed({ userId: Uuid, roles: Type.Array(Type.String()) }), closed({})),
  setPassword: method(closed({ userId: Uuid, password: Type.String() }), closed({})),
  /** Link secrets are derived, not sent in events: a mail asks for them when it is written. */
  linkToken: method(closed({ requestId: Uuid }), closed({ token: Nullable(Type.String()), expiresAt: Nullable(Timestamp) }), {
    read: true,
  }),
  deleteAccount: method(closed({ userId: Uuid }), closed({})),
  /** Public keys for verifying access tokens. */
  jwks: method(closed({}), closed({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }), { read: true }),
  /** Sessions that ended while access tokens of theirs may still be on their way: whoever verifies tokens refuses these. */
  revokedSessions: method(closed({}), closed({ sessionIds: Type.Array(Uuid) }), { read: true }),
  /**
   * The API keys that are accepted, with what each may do now. Whoever verifies keys reads this every few seconds while keys are shown, and says
   * which were used since.
   */
  apiKeys: method(
    closed({ used: Type.Array(Uuid, { maxItems: 1_000 }) }),
    closed({
      keys: Type.Array(
        closed({
          keyId: Uuid,
          /** SHA-256 of the whole key, base64url */
          hash: Type.String(),
          permissions: Type.Array(Type.String()),
          /** null: until it is revoked */
          expiresAt: Nullable(Timestamp),
        }),
      ),
    }),
  ),
})
