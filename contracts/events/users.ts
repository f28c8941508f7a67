import Type from 'typebox'
import { Locale, Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

/** A passkey, or another company that says who it is. */
const SignInMeans = Type.Union([Type.Literal('passkey'), Type.Literal('provider')])

export const UserRegistered = defineEvent(
  'UserRegistered.v1',
  'user',
  'userId',
  'Somebody opened an account.',
  closed({ userId: Uuid, locale: Locale }),
)
export const UserProfileUpdated = defineEvent(
  'UserProfileUpdated.v1',
  'user',
  'userId',
  'Profile, preferences or addresses changed; only names of fields, no values.',
  closed({ userId: Uuid, changed: Type.Array(Type.String()) }),
)
export const UserDeleted = defineEvent(
  'UserDeleted.v1',
  'user',
  'userId',
  'The account was erased; every service forgets what identifies the person.',
  closed({ userId: Uuid }),
)
export const UserAuthenticated = defineEvent(
  'UserAuthenticated.v1',
  'user',
  'userId',
  'A login succeeded. `method`: with one factor or with two; `by`: how, where it was neither password nor code.',
  closed({
    userId: Uuid,
    sessionId: Uuid,
    method: Type.Union([Type.Literal('password'), Type.Literal('mfa')]),
    by: Type.Optional(SignInMeans),
  }),
)
export const LoginFailed = defineEvent(
  'LoginFailed.v1',
  'user',
  'subject',
  'A login was refused. `subject` is the user id, or `unknown` where there is no such account.',
  closed({
    subject: Type.String(),
    userId: Nullable(Uuid),
    reason: Type.Union([Type.Literal('bad-credentials'), Type.Literal('locked'), Type.Literal('disabled'), Type.Literal('mfa')]),
    by: Type.Optional(SignInMeans),
  }),
)
export const TokenRefreshed = defineEvent(
  'TokenRefreshed.v1',
  'user',
  'userId',
  'A refresh token was rotated.',
  closed({ userId: Uuid, sessionId: Uuid }),
)
export const SessionRevoked = defineEvent(
  'SessionRevoked.v1',
  'user',
  'userId',
  'Tokens of a session (or of all sessions) are no longer accepted.',
  closed({
    userId: Uuid,
    sessionId: Nullable(Uuid),
    reason: Type.Union([
      Type.Literal('logout'),
      Type.Literal('reuse'),
      Type.Literal('password-changed'),
      Type.Literal('disabled'),
      Type.Literal('roles-changed'),
      Type.Literal('deleted'),
    ]),
  }),
)
export const SignInMeansChanged = defineEvent(
  'SignInMeansChanged.v1',
  'user',
  'userId',
  'A passkey or a connection with a provider was added to an account, or taken away.',
  closed({ userId: Uuid, means: SignInMeans, change: Type.Union([Type.Literal('added'), Type.Literal('removed')]) }),
)
export const ApiKeyCreated = defineEvent(
  'ApiKeyCreated.v1',
  'user',
  'userId',
  'Somebody made an API key for a program. `userId`: who made it.',
  closed({ userId: Uuid, keyId: Uuid, permissions: Type.Array(Type.String()), expiresAt: Nullable(Timestamp) }),
)
export const ApiKeyRevoked = defineEvent(
  'ApiKeyRevoked.v1',
  'user',
  'userId',
  'An API key is no longer accepted. `userId`: who made it; `revokedBy`: who revoked it, null where it went with the account.',
  closed({ userId: Uuid, keyId: Uuid, revokedBy: Nullable(Uuid) }),
)
export const EmailVerificationRequested = defineEvent(
  'EmailVerificationRequested.v1',
  'user',
  'userId',
  'A verification mail is due; the link is fetched from auth by request id.',
  closed({ userId: Uuid, requestId: Uuid, locale: Locale }),
)
export const PasswordResetRequested = defineEvent(
  'PasswordResetRequested.v1',
  'user',
  'userId',
  'A reset mail is due; the link is fetched from auth by request id.',
  closed({ userId: Uuid, requestId: Uuid, locale: Locale }),
)
