import { expect } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'

export interface StoredSpan {
  readonly id: string
  readonly parent: string | undefined
  readonly service: string
  readonly name: string
  readonly startedAt: number
  readonly milliseconds: number
  readonly tags: Readonly<Record<string, unknown>>
}

interface JaegerTrace {
  readonly spans: {
    spanID: string
    operationName: string
    processID: string
    startTime: number
    duration: number
    references: { refType: string; spanID: string }[]
    tags: { key: string; value: unknown }[]
  }[]
  readonly processes: Record<string, { serviceName: string }>
}

/** Asks a Jaeger what it knows of a trace, again and again until `enough` finds nothing missing. */
export async function storedTrace(store: string, traceId: string, enough: (spans: StoredSpan[]) => void): Promise<StoredSpan[]> {
  return await eventually(
    async () => {
      const answer = await fetch(new URL(`/api/traces/${traceId}`, store))
      expect(answer.status, `the store knows trace ${traceId}`).toBe(200)
      const { data } = (await answer.json()) as { data: JaegerTrace[] }
      const spans = data.flatMap(({ spans: found, processes }) =>
        found.map((span) => ({
          id: span.spanID,
          parent: span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
          service: processes[span.processID]!.serviceName,
          name: span.operationName,
          startedAt: span.startTime / 1000,
          milliseconds: span.duration / 1000,
          tags: Object.fromEntries(span.tags.map(({ key, value }) => [key, value])),
        })),
      )
      enough(spans)
      return spans
    },
    { timeoutMs: 30_000, everyMs: 300 },
  )
}

/** The trace as an indented list, for the message of a test that fails. */
export function drawn(spans: readonly StoredSpan[], parent?: string, depth = 0): string {
  return spans
    .filter((span) => span.parent === parent)
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(
      (span) => `${'  '.repeat(depth)}${span.service} ${span.name} ${span.milliseconds} ms\n${drawn(spans, span.id, depth + 1)}`,
    )
    .join('')
}
