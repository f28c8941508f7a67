import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, expect, it } from 'vitest'
import { currentContext, newTraceId, withContext } from '#kit/core/context.ts'
import { DomainError } from '#kit/core/errors.ts'
import { contextOf, encodeEvent, type Event } from '#kit/messaging/event.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { openOtlpTracer } from './otlp.ts'
import { inSpan, traceWith } from './span.ts'
import { parentSpanOf, traceIdOf, traceparent } from './traceparent.ts'

const place = { service: 'orders', name: 'place an order', kind: 'server' } as const
const pay = { service: 'payments', name: 'payments.authorize', kind: 'internal' } as const
const story = () => {
  const traceId = newTraceId()
  return { traceId, correlationId: traceId }
}

/** What a store of traces would have got. */
function traced(share = 1) {
  const exporter = new InMemorySpanExporter()
  const tracer = openOtlpTracer({ url: 'http://127.0.0.1:1', share, log: silentLogger, exporter })
  traceWith(tracer)
  return async (): Promise<ReadableSpan[]> => {
    const spans: ReadableSpan[] = []
    const shutdown = exporter.shutdown.bind(exporter)
    exporter.shutdown = async () => {
      spans.push(...exporter.getFinishedSpans())
      await shutdown()
    }
    await tracer.close()
    return spans
  }
}
afterEach(() => traceWith(undefined))

const event = (envelope: string) => ({ sequence: '1', ...(JSON.parse(envelope) as object) }) as Event
const happened = () => ({ id: newTraceId(), type: 'X.v1', aggregate: 'x', key: 'k', time: new Date().toISOString(), data: {} })

it('shows work within work as one tree under the id the request already had', async () => {
  const spans = traced()
  const context = story()
  await withContext(context, () => inSpan(place, () => inSpan(pay, async () => 'paid')))
  const [inner, outer] = await spans()
  expect([inner!.name, outer!.name]).toEqual(['payments.authorize', 'place an order'])
  expect(outer!.spanContext().traceId).toBe(context.traceId)
  expect(outer!.parentSpanContext).toBeUndefined()
  expect(inner!.parentSpanContext?.spanId).toBe(outer!.spanContext().spanId)
  expect([inner!.resource, outer!.resource].map(({ attributes }) => attributes['service.name'])).toEqual(['payments', 'orders'])
})

it('hangs what an event causes below the work that told it, in whatever process that happens', async () => {
  const spans = traced()
  const told = await withContext(story(), () => inSpan(place, async () => encodeEvent(happened(), 'orders')))
  await withContext(contextOf(event(told)), () => inSpan({ ...pay, kind: 'consumer' }, async () => undefined))
  const [cause, effect] = await spans()
  expect(effect!.spanContext().traceId).toBe(cause!.spanContext().traceId)
  expect(effect!.parentSpanContext?.spanId).toBe(cause!.spanContext().spanId)
})

it('says in a failed span which of our errors it was, and nothing of what the message told', async () => {
  const spans = traced()
  const failing = inSpan(pay, async () => {
    throw new DomainError('rule', 'payments/declined', 'The card of ann@example.com was declined.')
  })
  await expect(failing).rejects.toThrow('declined')
  const [span] = await spans()
  expect(span!.status).toEqual({ code: 2, message: 'payments/declined' })
  expect(JSON.stringify([span!.attributes, span!.status])).not.toContain('ann@')
})

it('records a share of all stories, the same ones in every process, and leaves the others without a trace', async () => {
  const ids = Array.from({ length: 2000 }, newTraceId)
  const here = openOtlpTracer({ url: 'http://127.0.0.1:1', share: 0.25, log: silentLogger, exporter: new InMemorySpanExporter() })
  const recorded = ids.filter((id) => here.records(id))
  expect(recorded.length).toBeGreaterThan(400)
  expect(recorded.length).toBeLessThan(600)
  const spans = traced(0.25)
  const envelopes = await Promise.all(
    ids.map((traceId) =>
      withContext({ traceId, correlationId: traceId }, () => inSpan(place, async () => encodeEvent(happened(), 'orders'))),
    ),
  )
  expect(envelopes.filter((text) => text.includes('traceparent')).map((text) => event(text).traceid)).toEqual(recorded)
  expect((await spans()).map((span) => span.spanContext().traceId).sort()).toEqual([...recorded].sort())
  await here.close()
})

it('does the work itself and nothing else where nothing is traced', async () => {
  const context = story()
  const seen = await withContext(context, () => inSpan(place, async () => currentContext()))
  expect(seen).toBe(context)
  expect(await withContext(context, async () => encodeEvent(happened(), 'orders'))).not.toContain('traceparent')
})

it('tells the next process whose trace it is, and whether it is recorded', () => {
  const { traceId } = story()
  const header = traceparent({ traceId, spanId: 'b'.repeat(16) })
  expect([traceIdOf(header), parentSpanOf(header), header.slice(-2)]).toEqual([traceId, 'b'.repeat(16), '01'])
  traced(0)
  expect(traceparent({ traceId }).slice(-2)).toBe('00')
  expect([parentSpanOf('nonsense'), parentSpanOf(`00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`)]).toEqual([undefined, undefined])
})
