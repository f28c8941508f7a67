import Type, { type Static, type TObject, type TSchema, type TString } from 'typebox'
import { currentContext, type WorkContext } from '#kit/core/context.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { parentSpanOf, traceparent } from '#kit/tracing/traceparent.ts'

/**
 * Declares an event: type, version, schema and ordering key in one place, used by producer and consumer.
 * `aggregate` names what the event is about; its topic is `<aggregate>.events`. `key` is the field of the data that
 * orders events: all events of one key are handled in the order they happened.
 */
export interface EventDefinition<D = unknown> {
  /** `OrderCreated.v1` */
  readonly type: string
  /** `order` → topic `order.events`; also the outbox column `aggregatetype` */
  readonly aggregate: string
  readonly topic: string
  readonly key: string
  readonly schema: TObject
  readonly summary: string
  /** Makes the event of a record that is no CloudEvent; undefined: the record says nothing. Default: the record's value is the event. */
  readonly read?: ((record: { key: string; eventId: string; type: string; value: unknown }) => Event | undefined) | undefined
  /** Makes an event that has not been stored yet. `at` only for imported history. */
  (data: D, options?: { at?: Date | undefined }): NewEvent<D>
}

/** An event about to be appended to the outbox; `seq` is assigned by the database. */
export interface NewEvent<D = unknown> {
  readonly id: string
  readonly type: string
  readonly aggregate: string
  readonly key: string
  readonly time: string
  readonly data: D
}

/** A CloudEvents 1.0 envelope (structured JSON mode) with our extension attributes, as consumers get it. */
export interface Event<D = unknown> {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  /** the ordering key */
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly traceid: string
  readonly correlationid: string
  readonly causationid?: string
  /** W3C, the span that caused the event, where its trace is recorded (CloudEvents' distributed tracing extension) */
  readonly traceparent?: string
  /** Dense per aggregate: 1, 2, 3 … (CloudEvents sequence extension: a string) */
  readonly sequence: string
  readonly data: D
}

export type EventOf<T> = T extends EventDefinition<infer D> ? Event<D> : never
export type DataOf<T> = T extends EventDefinition<infer D> ? D : never

export function defineEvent<const A extends string, S extends TObject>(
  type: `${string}.v${number}`,
  aggregate: A,
  key: keyof Static<S> & string,
  summary: string,
  schema: S,
): EventDefinition<Static<S>> {
  const create = (data: Static<S>, options: { at?: Date | undefined } = {}): NewEvent<Static<S>> => ({
    id: uuidv7(options.at),
    type,
    aggregate,
    key: String((data as Record<string, unknown>)[key]),
    time: (options.at ?? new Date()).toISOString(),
    data,
  })
  return Object.assign(create, { type, aggregate, topic: `${aggregate}.events`, key, schema, summary }) as EventDefinition<
    Static<S>
  >
}

const names = new Map<string, string>()

/** `OrderCreated` of `OrderCreated.v1`. */
export function nameOf(type: string): string {
  const known = names.get(type)
  if (known !== undefined) return known
  const name = type.split('.', 1)[0]!
  names.set(type, name)
  return name
}

/** The context of work that an event causes. */
export function contextOf(event: Event): WorkContext {
  const spanId = handled.get(event) ?? parentSpanOf(event.traceparent)
  return { traceId: event.traceid, correlationId: event.correlationid, causationId: event.id, spanId }
}

/** Spans of events that are being handled: what they cause hangs below that, not below what caused them. */
const handled = new WeakMap<Event, string>()

/** From now on the work that the event causes belongs to this span. */
export function handledIn(event: Event, spanId: string): void {
  handled.set(event, spanId)
}

/** Closed object schema: what events and bodies are made of. */
export function closed<P extends Record<string, TSchema>>(properties: P) {
  return Type.Object(properties, { additionalProperties: false })
}

/**
 * A map: keys that match `key`, values of `value`, and nothing beside them. JSON Schema lets a key that matches no pattern
 * through with whatever stands under it, unless the schema says otherwise.
 */
export function mapOf<K extends TString, V extends TSchema>(key: K, value: V, options: Record<string, unknown> = {}) {
  return Type.Record(key, value, { ...options, propertyNames: key, additionalProperties: false })
}

/**
 * The whole CloudEvent as JSON, but for `sequence`, which the database adds when it stores the row
 * (see `outbox_append` in the outbox migration).
 */
export function encodeEvent(event: NewEvent, source: string): string {
  const context = currentContext()
  return JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source,
    type: event.type,
    subject: event.key,
    time: event.time,
    datacontenttype: 'application/json',
    traceid: context.traceId,
    correlationid: context.correlationId,
    ...(context.causationId ? { causationid: context.causationId } : {}),
    ...(context.spanId ? { traceparent: traceparent(context) } : {}),
    data: event.data,
  })
}
