import Type from 'typebox'
import { Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'

export const EmailText = Type.String({ minLength: 3, maxLength: 254 })
/** What is typed into a password field: refused for length only when a new one is chosen. */
export const PasswordText = Type.String({ minLength: 1, maxLength: 512 })
export const CodeText = Type.String({ pattern: '^[0-9]{6}$', description: 'six digits of the authenticator' })
export const RecoveryText = Type.String({
  minLength: 10,
  maxLength: 16,
  description: 'one of the recovery codes, with or without the dash',
})
export const SecretText = Type.String({ minLength: 16, maxLength: 256 })

/** Either a code or a recovery code. */
export const Proof = { code: Type.Optional(CodeText), recoveryCode: Type.Optional(RecoveryText) }
export const UserParams = closed({ id: Uuid })
export const RecoveryCodes = closed({ recoveryCodes: Type.Array(Type.String(), { description: 'shown once; each works once' }) })

export const SessionSchema = closed({
  id: Uuid,
  method: Type.String(),
  ip: Type.String(),
  userAgent: Type.Union([Type.String(), Type.Null()]),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  expiresAt: Timestamp,
  current: Type.Boolean(),
})
