import Type, { type Static, type TObject, type TSchema } from 'typebox'
import { closed, type Event, type EventDefinition } from '../event.ts'
import type { Envelope } from './row-envelope.ts'

const operation = Type.Union([Type.Literal('c'), Type.Literal('u'), Type.Literal('d'), Type.Literal('r')])

/** A change of a row of a table, as Debezium's envelope says it. */
export type RowChange<Row> = {
  readonly op: Static<typeof operation>
  /** null where the row was not there, or where only its key was written down */
  readonly before: Row | null
  readonly after: Row | null
  /** place in the write-ahead log */
  readonly lsn: number
  readonly committedAt: string
}

/**
 * Declares the changes of a table as something to react to: topic and type are `<schema>.<table>`. `row` names the columns a consumer
 * relies on; others, also new ones, are let through. Whether our own reader or a Debezium wrote the records makes no difference.
 */
export function defineRows<R extends TObject>(
  topic: `${string}.${string}`,
  summary: string,
  row: R,
): EventDefinition<RowChange<Static<R>>> {
  const open = Type.Object(row.properties, { additionalProperties: true })
  const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()])
  // an old row may hold no more than its key
  const old = Type.Object(Object.fromEntries(Object.keys(row.properties).map((name) => [name, Type.Optional(Type.Unknown())])), {
    additionalProperties: true,
  })
  const schema = closed({
    op: operation,
    before: nullable(old),
    after: nullable(open),
    lsn: Type.Number(),
    committedAt: Type.String(),
  })
  const read: EventDefinition['read'] = ({ key, eventId, type, value }) => {
    const { op, before, after, source } = value as Envelope
    if (!['c', 'u', 'd', 'r'].includes(op)) return undefined
    const time = new Date(source.ts_ms).toISOString()
    return {
      specversion: '1.0',
      id: eventId,
      source: `${source.db}/${topic}`,
      type,
      subject: key,
      time,
      datacontenttype: 'application/json',
      traceid: eventId.replaceAll('-', ''),
      correlationid: eventId,
      sequence: String(source.lsn),
      data: { op, before, after, lsn: source.lsn, committedAt: time },
    } satisfies Event<RowChange<unknown>>
  }
  const never = (): never => {
    throw new TypeError(`${topic} is written by the database, not by a service`)
  }
  return Object.assign(never, {
    type: topic,
    aggregate: topic,
    topic,
    key: 'key',
    schema,
    summary,
    read,
  }) as unknown as EventDefinition<RowChange<Static<R>>>
}
