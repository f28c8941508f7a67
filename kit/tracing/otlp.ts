import {
  type Attributes as OtelAttributes,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Logger } from '#kit/service/logger.ts'
import type { Attributes, Span, SpanKind as Kind, SpanStart, Tracer } from './span.ts'
import { randomHex } from './traceparent.ts'

export interface OtlpOptions {
  /** where spans go: an OTLP/HTTP address, with its path */
  readonly url: string
  /** share of traces that are recorded, 0 to 1 */
  readonly share: number
  readonly log: Logger
  /** stands at every span: version, environment, process */
  readonly resource?: Attributes
  /** instead of sending: for tests */
  readonly exporter?: SpanExporter
}

export interface OtlpTracer extends Tracer {
  /** spans that were taken, and spans that could not be */
  stats(): { exported: number; failed: number }
  /** Sends what is left. */
  close(): Promise<void>
}

const KINDS: Record<Kind, SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}
/** Held at most; what comes beyond it while the store does not answer is dropped. */
const QUEUE = 8_192
const BATCH = 1_024
const EVERY_MS = 1_000
const SILENCE_MS = 60_000

/**
 * Sends spans in batches to an OTLP store. Each of our services is a service of its own there, wherever it runs: the map of a shop in one
 * process looks like that of a shop in twenty.
 */
export function openOtlpTracer(options: OtlpOptions): OtlpTracer {
  const { share, log } = options
  const counts = { exported: 0, failed: 0 }
  complain(log)
  const exporter = counting(options.exporter ?? new OTLPTraceExporter({ url: options.url, timeoutMillis: 5_000 }), counts)
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: QUEUE,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: EVERY_MS,
    exportTimeoutMillis: 6_000,
  })
  const sampler = new TraceIdRatioBasedSampler(share)
  // A trace without a caller begins with the id its request already has: the log and the answer's problem have told it.
  let rootTraceId = ''
  const idGenerator = { generateTraceId: () => rootTraceId, generateSpanId: () => randomHex(8) }
  const tracers = new Map<string, ReturnType<TracerProvider['getTracer']>>()
  const tracerOf = (service: string) => {
    let tracer = tracers.get(service)
    if (!tracer) {
      const resource = resourceFromAttributes({ ...options.resource, 'service.name': service, 'service.namespace': 'souk' })
      tracer = new TracerProvider({ resource, idGenerator, spanProcessors: [processor] }).getTracer('souk')
      tracers.set(service, tracer)
    }
    return tracer
  }
  const records = (traceId: string) =>
    sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED
  return {
    records,
    start({ service, name, kind, attributes }: SpanStart, { traceId, spanId }, at): Span | undefined {
      if (!records(traceId)) return undefined
      rootTraceId = traceId
      const parent =
        spanId === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, isRemote: true })
      const span = tracerOf(service).startSpan(
        name,
        {
          kind: KINDS[kind],
          ...(attributes ? { attributes: attributes as OtelAttributes } : {}),
          ...(at === undefined ? {} : { startTime: at }),
        },
        parent,
      )
      return { spanId: span.spanContext().spanId, end: (result) => finish(span, result) }
    },
    stats: () => counts,
    async close() {
      await processor.shutdown().catch(() => undefined)
    },
  }
}

function finish(span: OtelSpan, { error, attributes, at }: Parameters<Span['end']>[0] = {}): void {
  if (attributes) span.setAttributes(attributes as OtelAttributes)
  // Codes of our own errors tell no names; messages may.
  if (error !== undefined)
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: typeof error === 'string' ? error : ((error as { code?: string }).code ?? (error as Error).name ?? 'error'),
    })
  span.end(at)
}

function counting(exporter: SpanExporter, counts: { exported: number; failed: number }): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        counts[result.code === 0 ? 'exported' : 'failed'] += spans.length
        done(result)
      })
    },
    forceFlush: async () => await exporter.forceFlush?.(),
    shutdown: async () => await exporter.shutdown(),
  }
}

/** A store of traces that is away is worth a line a minute, not one a batch. */
function complain(log: Logger): void {
  let quietUntil = 0
  const warn = (message: string): void => {
    if (Date.now() < quietUntil) return
    quietUntil = Date.now() + SILENCE_MS
    log.warn({ detail: message.slice(0, 300) }, 'traces could not be sent')
  }
  const nothing = () => undefined
  diag.setLogger(
    { error: warn, warn: nothing, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  )
}
