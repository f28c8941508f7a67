import { tracing } from '#kit/tracing/span.ts'
import { parentSpanOf } from '#kit/tracing/traceparent.ts'
import { type OutboxRow, type OutboxRowWithPayload, topicOf } from './relay-source.ts'

const MARK = '"traceparent":"'

/** The way from the outbox into the log as a span of each event's trace: from the moment it was made to now. */
export function tracePublished(rows: readonly (OutboxRow | OutboxRowWithPayload)[]): void {
  const tracer = tracing()
  if (!tracer) return
  for (const row of rows) {
    // The envelope stands before the data, so what is found first is the envelope's.
    if (!('payload' in row) || !row.payload.includes(MARK)) continue
    const { traceid, traceparent, time } = JSON.parse(row.payload) as { traceid: string; traceparent?: string; time: string }
    const start = {
      service: 'relay',
      name: `publish ${row.type}`,
      kind: 'producer',
      attributes: {
        'messaging.system': 'souk',
        'messaging.destination.name': topicOf(row.aggregatetype),
        'messaging.source': row.schema,
      },
    } as const
    tracer.start(start, { traceId: traceid, spanId: parentSpanOf(traceparent) }, Math.min(Date.parse(time), Date.now()))?.end()
  }
}
