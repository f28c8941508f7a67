import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Link } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { drawMap, type Edge, type Node } from '../parts/map-drawing.ts'
import { State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'

type Topics = Answer<'GET /api/events/topics'>['items']

const EVERY_MS = 3_000

/** Services, the topics between them, and how much flows: as a picture, and as a table for whoever does not see it. */
export function ServiceMap() {
  const map = useQuery({ queryKey: ['map'], queryFn: () => api.call('GET /api/admin/map'), staleTime: 60_000 })
  const topics = useQuery({
    queryKey: ['topics'],
    queryFn: () => api.call('GET /api/events/topics'),
    refetchInterval: EVERY_MS,
  })
  const rates = useRates(topics.data?.items, topics.dataUpdatedAt)
  const error = map.error ?? topics.error
  if (error) return <Trouble error={error} again={() => void Promise.all([map.refetch(), topics.refetch()])} />
  if (!map.data || !topics.data) return <p className="soft">Loading …</p>
  const edges = edgesOf(map.data.services, topics.data.items, rates)
  return (
    <div className="stack">
      <h1>Service map</h1>
      <p className="soft">
        Who tells whom, by topics of the log. Wide lines carry much; red ones are behind or hold dead letters. How each part
        feels: <Link to="/health">Health</Link>.
      </p>
      <Picture nodes={map.data.services} edges={edges} />
      <Wide label="Topics">
        <table className="plain">
          <caption className="hidden">Topics between services</caption>
          <thead>
            <tr>
              <th>From</th>
              <th>Topic</th>
              <th>To</th>
              <th className="end">Events a second</th>
              <th className="end">Behind</th>
              <th className="end">Dead</th>
              <th>State</th>
            </tr>
          </thead>
          <tbody>
            {edges.map(({ from, topic, to, rate, lag, dead }) => (
              <tr key={`${from} ${topic} ${to}`}>
                <th scope="row">{from}</th>
                <td>{topic}</td>
                <td>{to}</td>
                <td className="end">{rate === undefined ? '–' : rate.toFixed(1)}</td>
                <td className="end">{lag}</td>
                <td className="end">{dead > 0 ? <Link to="/dead-letters">{dead}</Link> : 0}</td>
                <td>
                  <State of={dead > 0 ? 'stuck' : lag > LATE ? 'behind' : 'ok'} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  )
}

/** Events that a reader may be behind without anybody having to look. */
const LATE = 100

/** Events a second of each topic since the last look; undefined at the first one. */
function useRates(topics: Topics | undefined, at: number): ReadonlyMap<string, number> {
  const seen = useRef<{ at: number; ends: Map<string, number>; rates: Map<string, number> }>(undefined)
  if (topics && seen.current?.at !== at) {
    const ends = new Map(topics.map(({ topic, partitions }) => [topic, partitions.reduce((sum, { next }) => sum + next, 0)]))
    const before = seen.current
    const rates = new Map(
      before
        ? [...ends].map(([topic, end]) => [topic, (end - (before.ends.get(topic) ?? end)) / ((at - before.at) / 1000)] as const)
        : [],
    )
    seen.current = { at, ends, rates }
  }
  return seen.current?.rates ?? new Map()
}

function edgesOf(nodes: readonly Node[], topics: Topics, rates: ReadonlyMap<string, number>): Edge[] {
  return nodes.flatMap(({ name: from, publishes }) =>
    publishes.flatMap((topic) =>
      nodes
        .filter(({ reads }) => reads.includes(topic))
        .map(({ name: to }) => {
          const group = topics.find((one) => one.topic === topic)?.groups.find((one) => one.group === to)
          return {
            from,
            topic,
            to,
            rate: rates.get(topic),
            lag: group?.lag ?? 0,
            dead: group?.dead ?? 0,
            late: (group?.lag ?? 0) > LATE,
          }
        }),
    ),
  )
}

function Picture({ nodes, edges }: { nodes: readonly Node[]; edges: readonly Edge[] }) {
  const { width, height, places, lines } = drawMap(nodes, edges)
  return (
    <svg className="map" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {lines.map(({ key, path, weight, bad }) => (
        <path key={key} d={path} strokeWidth={weight} data-bad={bad} />
      ))}
      {places.map(({ name, x, y, here, bad }) => (
        <g key={name} transform={`translate(${x} ${y})`} data-bad={bad} data-here={here}>
          <rect x={-70} y={-17} width={140} height={34} rx={8} />
          <text textAnchor="middle" dy="0.35em">
            {name}
          </text>
        </g>
      ))}
    </svg>
  )
}
