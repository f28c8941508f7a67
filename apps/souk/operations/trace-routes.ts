import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from '#contracts/values.ts'
import { can, get, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { FoundLine, LineFilter } from '#kit/service/recent-lines.ts'
import type { KeptSpan } from '#kit/tracing/recent-spans.ts'

/** What each process of the installation did last. */
export type AskRecent = (filter: LineFilter) => Promise<readonly OfProcess[]>

interface OfProcess {
  readonly process: string
  readonly lines: readonly FoundLine[]
  readonly spans: readonly KeptSpan[]
}

const Level = Type.Union([Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')])

const LogLine = closed({
  at: Timestamp,
  process: Type.String(),
  level: Type.String(),
  message: Type.String(),
  service: Nullable(Type.String()),
  traceId: Nullable(Type.String()),
  correlationId: Nullable(Type.String()),
  details: Type.String({ description: 'JSON' }),
})

const SpanLine = closed({
  process: Type.String(),
  traceId: Type.String(),
  spanId: Type.String(),
  parentId: Nullable(Type.String()),
  service: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  startMs: Type.Number({ description: 'since the first of them began' }),
  milliseconds: Type.Number(),
  error: Nullable(Type.String()),
  details: Type.String({ description: 'JSON' }),
})

/** A trace or correlation id, as answers and log lines show it. */
const Story = Type.String({ minLength: 8, maxLength: 128, pattern: '^[A-Za-z0-9._:-]+$' })
const MOST_LINES = 200

const look = can('monitoring:read')

/** What one request or event set off, over all processes, and the newest lines of the log. */
export function traceRoutes({ recent }: { readonly recent: AskRecent }): Route[] {
  return [
    get(
      '/api/admin/log',
      {
        access: look,
        summary: 'The newest lines of the log, over all processes of this installation, newest first',
        description: 'Each process keeps as many as `LOG_KEPT` says. Nothing in them says whom they are about.',
        query: closed({
          level: Type.Optional({ ...Level, description: 'of this level or worse' }),
          service: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
          story: Type.Optional(Story),
        }),
        response: closed({ items: Type.Array(LogLine) }),
      },
      async ({ query: { level, service, story } }) => {
        const all = await recent({ level, service, ...(story ? { stories: [story] } : {}) })
        return { items: linesOf(all) }
      },
    ),
    get(
      '/api/admin/traces/:story',
      {
        access: look,
        summary: 'Spans and log lines of a trace, or of everything with a correlation id, as far as processes still know them',
        description: 'Spans are there where `TRACES_KEPT` says so.',
        params: closed({ story: Story }),
        response: closed({ spans: Type.Array(SpanLine), lines: Type.Array(LogLine) }),
      },
      async ({ params: { story } }) => {
        const first = await recent({ stories: [story] })
        // one process knows the correlation id of a trace of which another did a part
        const traces = new Set(
          first.flatMap(({ lines, spans }) => [...lines, ...spans]).flatMap(({ traceId }) => (traceId === null ? [] : [traceId])),
        )
        traces.delete(story)
        const all = traces.size === 0 ? first : await recent({ stories: [story, ...[...traces].slice(0, 20)] })
        return { spans: spansOf(all), lines: linesOf(all).reverse() }
      },
    ),
  ]
}

function linesOf(all: readonly OfProcess[]): Static<typeof LogLine>[] {
  return all
    .flatMap(({ process, lines }) => lines.map((line) => ({ process, ...line })))
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_LINES)
    .map(({ at, details, ...line }) => ({ ...line, at: new Date(at).toISOString(), details: JSON.stringify(details) }))
}

function spansOf(all: readonly OfProcess[]): Static<typeof SpanLine>[] {
  const spans = all.flatMap(({ process, spans: own }) => own.map((span) => ({ process, ...span })))
  const begun = Math.min(...spans.map(({ at }) => at))
  const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100
  return spans
    .sort((a, b) => a.at - b.at)
    .map(({ at, milliseconds, attributes, ...span }) => ({
      ...span,
      startMs: rounded(at - begun),
      milliseconds: rounded(milliseconds),
      details: JSON.stringify(attributes),
    }))
}
