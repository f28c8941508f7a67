import type { TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { DomainError } from '#kit/core/errors.ts'
import type { BusRecord, Reaction } from './bus.ts'
import { type Event, type EventDefinition, nameOf } from './event.ts'
import { readerSchema } from './schemas.ts'
import type { WantedEvent } from './topology.ts'

export type Decoded =
  | { readonly kind: 'event'; readonly event: Event; readonly reactions: readonly Reaction[] }
  /** a version this process knows and has no reaction for */
  | { readonly kind: 'ignored' }
  /** cannot be handled, now or on a second try */
  | { readonly kind: 'refused'; readonly error: DomainError }

export interface EventDecoder {
  /** `OrderCreated` of `OrderCreated.v1`: what the log is asked for */
  readonly names: readonly string[]
  readonly topics: readonly string[]
  readonly events: readonly WantedEvent[]
  handles(type: string): boolean
  decode(record: BusRecord): Decoded
}

export const UNKNOWN_VERSION = 'messaging/unknown-version'
export const INVALID_EVENT = 'messaging/invalid-event'

const named = ({ key, eventId, type }: BusRecord) => ({ key, eventId, type })

interface Validator {
  Check(value: unknown): boolean
  Errors(value: unknown): object[]
}

/** Several groups of a process handle the same events: each schema is compiled once. */
const validators = new WeakMap<TObject, Validator>()

function validatorOf(schema: TObject): Validator {
  const known = validators.get(schema)
  if (known) return known
  const made: Validator = Compile(readerSchema(schema))
  validators.set(schema, made)
  return made
}

/**
 * Turns bytes into events and checks them against the declared schema. Fields a newer producer has added are let through. A version of a subscribed event that nobody here has
 * declared (published by a newer release) is refused, so it is parked and not lost; versions in `ignore` are skipped.
 */
export function createEventDecoder(reactions: readonly Reaction[], ignore: readonly string[] = []): EventDecoder {
  const ignored = new Set(ignore)
  const known = new Map<string, { reactions: Reaction[]; validator: Validator; read: EventDefinition['read'] }>()
  for (const reaction of reactions) {
    const entry = known.get(reaction.event.type)
    if (entry) entry.reactions.push(reaction)
    else {
      const { schema, read } = reaction.event
      known.set(reaction.event.type, { reactions: [reaction], validator: validatorOf(schema), read })
    }
  }
  const refuse = (code: string, message: string, details: Record<string, unknown>): Decoded => ({
    kind: 'refused',
    error: new DomainError('invalid', code, message, { details }),
  })

  return {
    names: [...new Set(reactions.map((reaction) => nameOf(reaction.event.type)))],
    topics: [...new Set(reactions.map((reaction) => reaction.event.topic))],
    events: reactions.map(({ event: { topic, type } }) => ({ topic, name: nameOf(type) })),
    handles: (type) => known.has(type),
    decode(record) {
      const entry = known.get(record.type)
      if (!entry) {
        if (ignored.has(record.type)) return { kind: 'ignored' }
        return refuse(UNKNOWN_VERSION, `No reaction knows ${record.type}.`, { type: record.type })
      }
      if (record.size === 0 || (record.size === undefined && record.value.length === 0)) return { kind: 'ignored' }
      let event: Event | undefined
      try {
        event = (record.json ? record.json() : JSON.parse(record.value.toString())) as Event
        if (entry.read) event = entry.read({ ...named(record), value: event })
      } catch {
        return refuse(INVALID_EVENT, 'The event is not JSON.', {})
      }
      if (!event) return { kind: 'ignored' }
      if (
        event?.specversion !== '1.0' ||
        event.id !== record.eventId ||
        event.type !== record.type ||
        event.subject !== record.key
      ) {
        return refuse(INVALID_EVENT, 'The envelope does not match its record.', {})
      }
      if (!entry.validator.Check(event.data)) {
        const [first] = entry.validator.Errors(event.data) as { instancePath?: string; message?: string }[]
        return refuse(
          INVALID_EVENT,
          `The data does not fit ${record.type}: ${first?.instancePath || '/'} ${first?.message ?? ''}`.trim(),
          {},
        )
      }
      return { kind: 'event', event, reactions: entry.reactions }
    },
  }
}
