import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from '#contracts/values.ts'
import { can, get, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { FoundLine, LineFilter } from '#kit/service/recent-lines.ts'
import type { KeptSpan } from '#kit/tracing/recent-spans.ts'
import { across } from './across-processes.ts'
import type { OtherProcesses } from './other-processes.ts'

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
  at: Type.Number({ description: 'milliseconds since 1970' }),
  startMs: Type.Number({ description: 'since the first of them began' }),
  milliseconds: Type.Number(),
  error: Nullable(Type.String()),
  details: Type.String({ description: 'JSON' }),
})

const Lines = closed({ items: Type.Array(LogLine) })
type Lines = Static<typeof Lines>
const Told = closed({ spans: Type.Array(SpanLine), lines: Type.Array(LogLine) })
type Told = Static<typeof Told>

const ID = '[A-Za-z0-9._:-]{8,128}'
/** A trace or correlation id, as answers and log lines show it. */
const Story = Type.String({ minLength: 8, maxLength: 128, pattern: `^${ID}$` })
/** Of one story there may be several traces. */
const MOST_TRACES = 20
const Traces = Type.String({
  maxLength: 129 * MOST_TRACES,
  pattern: `^${ID}(,${ID}){0,${MOST_TRACES - 1}}$`,
  description: 'ids that belong to it as well, with commas between them',
})
const MOST_LINES = 200

const look = can('monitoring:read')

/** What one request or event set off, over all processes, and the newest lines of the log. */
export function traceRoutes({
  recent,
  others,
}: {
  readonly recent: AskRecent
  readonly others?: OtherProcesses | undefined
}): Route[] {
  const log: Route = get(
    '/api/admin/log',
    {
      access: look,
      summary: 'The newest lines of the log, over all processes of the shop, newest first',
      description: 'Each process keeps as many as `LOG_KEPT` says. Nothing in them says whom they are about.',
      query: closed({
        level: Type.Optional({ ...Level, description: 'of this level or worse' }),
        service: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
        story: Type.Optional(Story),
      }),
      response: across(Lines),
    },
    async (request) => {
      const { level, service, story } = request.query
      const items = linesOf(await recent({ level, service, ...(story ? { stories: [story] } : {}) }))
      if (!others || others.about(request.headers)) return { items }
      const { answers, unanswered } = await others.askEach<Lines>({ route: log, request })
      const told = answers.flatMap(({ process, body }) => of(process, body.items))
      return { items: newest([...of(others.self, items), ...told]), unanswered: [...unanswered] }
    },
  )
  const trace: Route = get(
    '/api/admin/traces/:story',
    {
      access: look,
      summary: 'Spans and log lines of a trace, or of everything with a correlation id, as far as processes still know them',
      description: 'Spans are there where `TRACES_KEPT` says so.',
      params: closed({ story: Story }),
      query: closed({ and: Type.Optional(Traces) }),
      response: across(Told),
    },
    async (request) => {
      const stories = [request.params.story, ...(request.query.and?.split(',') ?? [])]
      const here = async (stories: readonly string[]): Promise<Told> => {
        const all = await recent({ stories })
        return { spans: spansOf(all), lines: linesOf(all).reverse() }
      }
      if (!others || others.about(request.headers)) return await whole(stories, here)
      let unanswered: readonly string[] = []
      const everywhere = async ([, ...more]: readonly string[]): Promise<Told> => {
        const query = more.length > 0 ? { and: more.join(',') } : {}
        const [own, told] = await Promise.all([
          here([request.params.story, ...more]),
          others.askEach<Told>({ route: trace, request: { ...request, query } }),
        ])
        ;({ unanswered } = told)
        const all = [{ process: others.self, body: own }, ...told.answers]
        return {
          spans: fromTheFirst(all.flatMap(({ process, body }) => of(process, body.spans))),
          lines: newest(all.flatMap(({ process, body }) => of(process, body.lines))).reverse(),
        }
      }
      return { ...(await whole(stories, everywhere)), unanswered: [...unanswered] }
    },
  )
  return [log, trace]
}

/** One process knows the correlation id of a trace of which another did a part: what the first look tells of is looked for, too. */
async function whole(stories: readonly string[], look: (stories: readonly string[]) => Promise<Told>): Promise<Told> {
  const first = await look(stories)
  const traces = new Set([...first.lines, ...first.spans].flatMap(({ traceId }) => (traceId === null ? [] : [traceId])))
  for (const story of stories) traces.delete(story)
  return traces.size === 0 ? first : await look([...stories, ...traces].slice(0, MOST_TRACES + 1))
}

/** Which process of the shop; there each names its own parts (`http`, `background`). */
const of = <T extends { readonly process: string }>(process: string, items: readonly T[]): T[] =>
  items.map((item) => ({ ...item, process: `${process} ${item.process}` }))

const newest = (lines: Lines['items']): Lines['items'] =>
  lines.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, MOST_LINES)

function linesOf(all: readonly OfProcess[]): Lines['items'] {
  return all
    .flatMap(({ process, lines }) => lines.map((line) => ({ process, ...line })))
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_LINES)
    .map(({ at, details, ...line }) => ({ ...line, at: new Date(at).toISOString(), details: JSON.stringify(details) }))
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100

function spansOf(all: readonly OfProcess[]): Told['spans'] {
  const spans = all.flatMap(({ process, spans: own }) => own.map((span) => ({ process, ...span })))
  return fromTheFirst(
    spans.map(({ milliseconds, attributes, ...span }) => ({
      ...span,
      milliseconds: rounded(milliseconds),
      details: JSON.stringify(attributes),
    })),
  )
}

/** In the order in which they began. */
function fromTheFirst(spans: readonly Omit<Told['spans'][number], 'startMs'>[]): Told['spans'] {
  const begun = Math.min(...spans.map(({ at }) => at))
  return spans.map((span) => ({ ...span, startMs: rounded(span.at - begun) })).sort((a, b) => a.at - b.at)
}
