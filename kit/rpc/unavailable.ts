import { deadlineOf } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import type { CallContext } from './rpc.ts'

/** What kept a call to a service from being answered: `rpc/<name>`, worth another try. */
export function unavailable(service: string, name: string, message: string, cause?: unknown): DomainError {
  return new DomainError('unavailable', `rpc/${name}`, message, { details: { service }, retryAfterSeconds: 1, cause })
}

/**
 * The call as it goes out: nobody waits for it longer than for the work that makes it. Refused at once where that time is over, because its
 * answer would reach nobody.
 */
export function inTime(service: string, call: CallContext): CallContext {
  const left = deadlineOf()
  const deadline = Math.min(left ?? Number.POSITIVE_INFINITY, call.deadline ?? Number.POSITIVE_INFINITY)
  if (deadline <= Date.now()) throw unavailable(service, 'too-late', `There was no time left to ask the service ${service}.`)
  return deadline === Number.POSITIVE_INFINITY || deadline === call.deadline ? call : { ...call, deadline }
}
