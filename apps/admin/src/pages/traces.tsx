import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Choice, Find, useFilter } from '../parts/filter.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Unanswered } from '../parts/unanswered.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'

const LEVELS = ['info', 'warn', 'error'] as const
type Trace = Answer<'GET /api/admin/traces/{story}'>
type Line = Trace['lines'][number]
type Span = Trace['spans'][number]

/** What one request set off, by the id that its answer and the log show; without an id the newest lines of the log. */
export function Traces() {
  const { values, set } = useFilter(['id', 'level', 'service'])
  return (
    <div className="stack">
      <h1>Traces and log</h1>
      <div className="row">
        <Find label="Trace or correlation id" value={values.id} onChange={(value) => set('id', value)} />
        {values.id ? null : (
          <>
            <Choice label="Level, or worse" value={values.level} options={LEVELS} onChange={(value) => set('level', value)} />
            <Find label="Service" value={values.service} onChange={(value) => set('service', value)} />
          </>
        )}
      </div>
      {values.id ? (
        <Story id={values.id} />
      ) : (
        <Newest level={LEVELS.find((one) => one === values.level)} service={values.service} show={(id) => set('id', id)} />
      )}
    </div>
  )
}

interface NewestProps {
  readonly level: (typeof LEVELS)[number] | undefined
  readonly service: string | undefined
  readonly show: (id: string) => void
}

function Newest({ level, service, show }: NewestProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ['log', level, service],
    queryFn: () => api.call('GET /api/admin/log', { query: { level, service } }),
    refetchInterval: 5_000,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  return (
    <>
      <Unanswered from={data.unanswered} />
      <Lines lines={data.items} show={show} />
    </>
  )
}

function Story({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['trace', id],
    queryFn: () => api.call('GET /api/admin/traces/{story}', { path: { story: id } }),
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  return (
    <>
      <Unanswered from={data.unanswered} />
      <Panel title="What it set off">
        {data.spans.length > 0 ? (
          <Waterfall spans={data.spans} />
        ) : (
          <p className="soft">
            No process knows a span of it any more. Each keeps as many of the newest as the setting TRACES_KEPT says: 2000 where
            the shop is tried out, none in production unless asked, as with TRACES_KEPT=5000.
          </p>
        )}
      </Panel>
      <Panel title="What the log says">
        <Lines lines={data.lines} />
      </Panel>
    </>
  )
}

/** Spans below those that set them off; the ones whose parent nobody knows begin a tree. */
function inOrder(spans: readonly Span[]): { span: Span; depth: number }[] {
  const known = new Set(spans.map(({ spanId }) => spanId))
  const below = Map.groupBy(spans, ({ parentId }) => (parentId !== null && known.has(parentId) ? parentId : ''))
  const seen = new Set<string>()
  const walk = (parent: string, depth: number): { span: Span; depth: number }[] =>
    (below.get(parent) ?? []).flatMap((span) => {
      if (seen.has(span.spanId)) return []
      seen.add(span.spanId)
      return [{ span, depth }, ...walk(span.spanId, depth + 1)]
    })
  return walk('', 0)
}

function Waterfall({ spans }: { spans: readonly Span[] }) {
  const whole = Math.max(0.01, ...spans.map(({ startMs, milliseconds }) => startMs + milliseconds))
  return (
    <Wide label="Waterfall">
      <table className="plain waterfall">
        <thead>
          <tr>
            <th>Service</th>
            <th>What</th>
            <th>0–{whole.toFixed(1)} ms</th>
            <th className="end">Milliseconds</th>
          </tr>
        </thead>
        <tbody>
          {inOrder(spans).map(({ span, depth }) => (
            <tr key={span.spanId} title={`${span.kind} in ${span.process} ${span.details}`}>
              <td>{span.service}</td>
              <th scope="row" style={{ paddingInlineStart: `${depth + 0.75}rem` }}>
                {span.name}
                {span.error ? <State of="failed" /> : null}
                {span.error ? <p className="soft small">{span.error}</p> : null}
              </th>
              <td className="time">
                <span
                  className="bar"
                  data-bad={span.error !== null}
                  style={{
                    insetInlineStart: `${(span.startMs / whole) * 100}%`,
                    inlineSize: `max(2px, ${(span.milliseconds / whole) * 100}%)`,
                  }}
                />
              </td>
              <td className="end">{span.milliseconds.toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  )
}

function Lines({ lines, show }: { lines: readonly Line[]; show?: (id: string) => void }) {
  if (lines.length === 0) return <p className="soft">No process remembers a line that fits.</p>
  return (
    <Wide label="Lines">
      <table className="plain">
        <thead>
          <tr>
            <th>When</th>
            <th>Level</th>
            <th>Where</th>
            <th>What</th>
            {show ? <th>Trace</th> : null}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be the same in everything but their place
            <tr key={index}>
              <td>{when(line.at)}</td>
              <td>
                <State of={line.level} />
              </td>
              <td>
                {line.service ?? 'platform'} <span className="soft small">{line.process}</span>
              </td>
              <td>
                {line.message}
                {line.details === '{}' ? null : <p className="soft small details">{line.details}</p>}
              </td>
              {show ? (
                <td>
                  {line.correlationId ? (
                    <button type="button" className="link small" onClick={() => show(line.correlationId ?? '')}>
                      Show
                    </button>
                  ) : null}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  )
}
