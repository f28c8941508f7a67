import type { Proof } from '../commands/second-step.ts'
import { errors as httpErrors } from '#kit/http/errors.ts'
import type { Principal } from '#kit/core/principal.ts'

export type User = Principal & { kind: 'user' }

/** The signed-in person; our own services have no sessions and passwords. */
export function userOf(principal: Principal): User {
  if (principal.kind !== 'user') throw httpErrors.unauthenticated()
  return principal
}

/** The proof of a body with exactly one of `code` and `recoveryCode`. */
export function proofOf(body: { code?: string | undefined; recoveryCode?: string | undefined }): Proof {
  if (body.code !== undefined && body.recoveryCode === undefined) return { code: body.code }
  if (body.recoveryCode !== undefined && body.code === undefined) return { recoveryCode: body.recoveryCode }
  throw httpErrors.invalidInput({}, { fields: [{ pointer: '/code', message: 'give either code or recoveryCode' }] })
}
