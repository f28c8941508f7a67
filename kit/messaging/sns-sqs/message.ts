import { createHash } from 'node:crypto'
import type { Message } from '@aws-sdk/client-sqs'
import type { OutgoingRecord } from '../bus.ts'
import type { BusNames } from '../bus-names.ts'
import { nameOf } from '../event.ts'
import type { Delivery } from '../log-bus.ts'
import { LogRecord } from '../log-record.ts'
import type { LogPlace } from '../log-writer.ts'

/** A record and its place in the archive. */
export type PlacedRecord = Pick<OutgoingRecord, 'topic' | 'key' | 'eventId' | 'type' | 'value'> & LogPlace

type Attribute = { readonly DataType: 'String'; readonly StringValue: string }

/** Marks a message that stands in the dead letters because an event died after all its tries; the value is the code of the error. */
const DIED = 'died'

const text = (StringValue: string): Attribute => ({ DataType: 'String', StringValue })

/**
 * What travels beside the event, for filters of subscriptions and for us. `name` is that of the type without version; `event` the same as others
 * call it.
 */
export function attributesOf(record: PlacedRecord, names: BusNames, died?: string): Record<string, Attribute> {
  const { topic, eventId, type, partition, offset } = record
  return {
    id: text(eventId),
    type: text(type),
    name: text(nameOf(type)),
    event: text(names.event(type)),
    topic: text(topic),
    place: text(`${partition}/${offset}`),
    ...(died === undefined ? {} : { [DIED]: text(died) }),
  }
}

/** The event as text that these services take: they refuse two characters that JSON allows. */
export function bodyOf({ value }: Pick<PlacedRecord, 'value'>): string {
  return value.replace(/[\uFFFE\uFFFF]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`)
}

/** What FIFO orders by: a key of a topic. Hashed, because a key may be longer and have other signs than is allowed. */
export function orderGroupOf({ topic, key }: Pick<PlacedRecord, 'topic' | 'key'>): string {
  return createHash('sha256').update(`${topic}\n${key}`).digest('hex').slice(0, 32)
}

/** Undefined: it is not one of our events. */
export function deliveryOf({ Body = '', MessageAttributes = {}, ReceiptHandle = '' }: Message): Delivery | undefined {
  const of = (name: string) => MessageAttributes[name]?.StringValue
  const [topic, type, eventId] = [of('topic'), of('type'), of('id')]
  const place = /^(\d{1,6})\/(\d{1,19})$/.exec(of('place') ?? '')
  const key = subjectOf(Body)
  if (!topic || !type || !eventId || !place || key === undefined || !/^[0-9a-f-]{36}$/i.test(eventId)) return undefined
  const [partition, offset] = [Number(place[1]), BigInt(place[2]!)]
  return {
    record: new LogRecord({ topic, type, eventId, key, partition, offset, value: Body }),
    receipt: ReceiptHandle,
    redriven: of(DIED) !== undefined,
  }
}

function subjectOf(body: string): string | undefined {
  try {
    const { subject } = JSON.parse(body) as { subject?: unknown }
    return typeof subject === 'string' ? subject : undefined
  } catch {
    return undefined
  }
}
