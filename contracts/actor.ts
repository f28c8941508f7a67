import type { Principal } from '#kit/core/principal.ts'

/** Who did something that is written into a history for staff: a person of the staff, or a program by its API key. */
export function staffActor(principal: Principal): string {
  return principal.kind === 'key' ? `key:${principal.id}` : `staff:${principal.id}`
}
