import type { Item } from '../../../../packages/client/src/client.ts'
import { Panel, when } from '../parts/show.tsx'

export type Pattern = Item<'GET /api/events/dlq/patterns'>
/** what dead letters are narrowed by; undefined: by nothing */
export type Narrowed = Readonly<Record<'group' | 'type' | 'code', string | undefined>>

const NAMES = ['group', 'type', 'code'] as const

export const fits = (pattern: Pattern, by: Narrowed): boolean =>
  NAMES.every((name) => by[name] === undefined || by[name] === pattern[name])

/** Equal errors counted together, the most frequent first: one cause has often many dead letters. */
export function Patterns({ items, onChoose }: { items: readonly Pattern[]; onChoose: (by: Record<string, string>) => void }) {
  if (items.length === 0) return null
  return (
    <Panel title="Equal errors">
      <table className="plain">
        <thead>
          <tr>
            <th className="end">How often</th>
            <th>Service</th>
            <th>Event</th>
            <th>Why</th>
            <th>Last</th>
            <th>To do</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ group, type, code, pattern, count, lastAt }) => (
            <tr key={`${group} ${type} ${code} ${pattern}`}>
              <td className="end">{count}</td>
              <td>{group}</td>
              <td>{type}</td>
              <td>
                {code}: {pattern}
              </td>
              <td>{when(lastAt)}</td>
              <td>
                <button type="button" className="link" onClick={() => onChoose({ group, type, code })}>
                  Only these
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
