import { createRing } from '#kit/core/ring.ts'
import type { Attributes, Span, SpanKind, Tracer } from './span.ts'
import { randomHex } from './traceparent.ts'

/** A piece of work that has ended. */
export interface KeptSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | null
  readonly service: string
  readonly name: string
  readonly kind: SpanKind
  /** epoch milliseconds */
  readonly at: number
  readonly milliseconds: number
  /** code of what went wrong */
  readonly error: string | null
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

export interface RecentSpans extends Tracer {
  /** Of these traces, or of traces whose work has one of these correlation ids. */
  find(stories: readonly string[], most: number): KeptSpan[]
}

/** Keeps the newest spans of this process in memory; where traces also go to a store, those that go there. */
export function createRecentSpans(most: number, store?: Tracer): RecentSpans {
  const ring = createRing<KeptSpan>(most)
  return {
    records: (traceId) => store?.records(traceId) ?? true,
    start(start, place, at): Span | undefined {
      const sent = store?.start(start, place, at)
      if (store && !sent) return undefined
      const spanId = sent?.spanId ?? randomHex(8)
      const begun = at ?? performance.timeOrigin + performance.now()
      return {
        spanId,
        end(result = {}) {
          sent?.end(result)
          const { service, name, kind } = start
          const ended = result.at ?? performance.timeOrigin + performance.now()
          ring.push({
            traceId: place.traceId,
            spanId,
            parentId: place.spanId ?? null,
            service,
            name,
            kind,
            at: begun,
            milliseconds: Math.max(0, ended - begun),
            error: codeOf(result.error),
            attributes: given({ ...start.attributes, ...result.attributes }),
          })
        },
      }
    },
    find(stories, limit) {
      const wanted = new Set(stories)
      for (const { traceId, attributes } of ring.newest())
        if (wanted.has(String(attributes['correlation.id']))) wanted.add(traceId)
      const found: KeptSpan[] = []
      for (const span of ring.newest()) {
        if (found.length >= limit) break
        if (wanted.has(span.traceId)) found.push(span)
      }
      return found
    },
  }
}

/** Codes of our own errors tell no names; messages may. */
function codeOf(error: unknown): string | null {
  if (error === undefined) return null
  if (typeof error === 'string') return error
  return (error as { code?: string }).code ?? (error as Error).name ?? 'error'
}

const given = (attributes: Attributes): KeptSpan['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined),
  )
