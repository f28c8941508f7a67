import { DomainError } from '#kit/core/errors.ts'

/**
 * Largest event, in bytes, whatever the bus: the smallest limit of all drivers (SNS takes 256 KiB with everything around it), so that a shop can
 * change its bus. An event is facts and ids.
 */
export const MOST_EVENT_BYTES = 200_000

/** Refuses what no bus would take. Where an event is born, so that it is the command that fails and not the relay, behind which all others would wait. */
export function refuseLarge(type: string, eventId: string, value: string): void {
  // a character is at most three bytes
  if (value.length * 3 <= MOST_EVENT_BYTES) return
  const bytes = Buffer.byteLength(value)
  if (bytes <= MOST_EVENT_BYTES) return
  throw new DomainError('too-large', 'messaging/event-too-large', `The event ${type} is larger than ${MOST_EVENT_BYTES} bytes.`, {
    details: { eventId, bytes },
  })
}
