import Type from 'typebox'
import { PasswordText, Proof } from './bodies.ts'
import { proofOf, type User } from './callers.ts'
import type { OwnerProof as Shown } from '../commands/reauthenticate.ts'
import { errors } from '../errors.ts'

/** What the owner of an account shows before something that opens it is added or taken away. */
export const OwnerProof = { password: Type.Optional(PasswordText), ...Proof }

interface Body {
  readonly password?: string | undefined
  readonly code?: string | undefined
  readonly recoveryCode?: string | undefined
}

export const ownerProof = ({ id, sessionId }: User, body: Body, ip: string): Shown => ({
  userId: id,
  sessionId,
  password: body.password,
  proof: () => proofOf(body),
  ip,
})

export const ownerErrors = [
  errors.badCredentials,
  errors.badCode,
  errors.signInAgain,
  errors.tooManyAttempts,
  errors.busy,
] as const

export const asksAgain =
  'Needs the password (where there is none: a sign-in of the last ten minutes, by a passkey or through a provider that asked who it is), and the second step where it is on.'
