import { currentContext, type WorkContext, withContext } from '#kit/core/context.ts'

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal'
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** A piece of work as a trace shows it. Only routes, types and numbers: no address, no query, nothing about a person. */
export interface SpanStart {
  /** under whose name it is shown */
  readonly service: string
  readonly name: string
  readonly kind: SpanKind
  readonly attributes?: Attributes | undefined
}

export interface Span {
  /** 16 hex digits */
  readonly spanId: string
  end(result?: { error?: unknown; attributes?: Attributes; at?: number }): void
}

export interface Tracer {
  /** Whether this trace is recorded. Decided by its id alone, so that all processes decide alike. */
  records(traceId: string): boolean
  /** Undefined: the trace is not recorded. `at` in milliseconds since 1970, for work that began earlier. */
  start(start: SpanStart, place: Pick<WorkContext, 'traceId' | 'spanId'>, at?: number): Span | undefined
}

let tracer: Tracer | undefined

/** The tracer of this process, if it has one: whoever has to prepare something for a span looks first. */
export function tracing(): Tracer | undefined {
  return tracer
}

/** Called once, by the host, before anything works. */
export function traceWith(by: Tracer | undefined): void {
  tracer = by
}

/**
 * Does the work as a span of the trace it belongs to; work outside of any begins a trace. Where nothing is traced it costs a look at a
 * variable. Spans that begin inside are its children, also in other processes.
 */
export function inSpan<T>(start: SpanStart, work: () => Promise<T>): Promise<T> {
  return tracer === undefined ? work() : recorded(tracer, start, currentContext(), work)
}

async function recorded<T>(by: Tracer, start: SpanStart, context: WorkContext, work: () => Promise<T>): Promise<T> {
  const span = by.start(start, context)
  if (!span) return await withContext(context, work)
  try {
    const result = await withContext({ ...context, spanId: span.spanId }, work)
    span.end()
    return result
  } catch (error) {
    span.end({ error })
    throw error
  }
}
