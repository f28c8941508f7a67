import { createHash } from 'node:crypto'
import { GUEST_TOKEN_HEADER } from '#kit/http/idempotency.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import { errors } from './errors.ts'

/** Whose cart it is: a user's, or that of whoever holds a secret; neither: a guest without a cart yet. */
export interface Owner {
  readonly userId: string | null
  /** sha-256 of the guest's secret */
  readonly secretHash: Buffer | null
}

export const nobody: Owner = { userId: null, secretHash: null }

export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

export function ownerOfSecret(secret: string | undefined): Owner {
  return secret === undefined || secret === '' || secret.length > 200 ? nobody : { userId: null, secretHash: hashSecret(secret) }
}

/** The secret a guest shows. */
export function shownSecret(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  return headers[GUEST_TOKEN_HEADER]
}

/** The caller's own cart: a signed-in user's by user, everybody else's by the secret shown. */
export function ownerOf(request: { principal: Principal; headers: Readonly<Record<string, string | undefined>> }): Owner {
  if (request.principal.kind === 'user') return { userId: request.principal.id, secretHash: null }
  return ownerOfSecret(shownSecret(request.headers))
}

/** The cart of a named user: for that user and for staff with `permission`; for everybody else it does not exist. */
export function ownerNamed(userId: string, principal: Principal, permission: string): Owner {
  if (principal.kind === 'user' && principal.id === userId) return { userId, secretHash: null }
  if (may(principal, permission)) return { userId, secretHash: null }
  throw errors.notFound({ userId })
}
