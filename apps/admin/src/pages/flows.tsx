import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State, when } from '../parts/show.tsx'
import { api } from '../session.ts'

const STATUSES = ['running', 'waiting', 'stuck'] as const

export function Flows() {
  const { values, set } = useFilter(['status'])
  const status = STATUSES.find((one) => one === values.status)
  return (
    <div className="stack">
      <h1>Flows</h1>
      <p className="soft">What goes through several services and has not come to its end: checkouts, cancellations, returns.</p>
      <div className="row">
        <Choice label="Status" value={status} options={STATUSES} onChange={(value) => set('status', value)} />
      </div>
      <Rows
        label="Flows"
        name={['flows', status]}
        every={5_000}
        load={(cursor) => api.call('GET /api/processes', { query: { limit: 50, cursor, status } })}
        keyOf={({ name, id }) => `${name} ${id}`}
        empty="Everything has come to its end."
        columns={[
          { title: 'Flow', width: '10rem', cell: ({ name }) => name },
          { title: 'Status', width: '7rem', cell: (flow) => <State of={flow.status} /> },
          { title: 'At', width: '10rem', cell: ({ state }) => state },
          { title: 'Since', width: '11rem', cell: ({ startedAt }) => when(startedAt) },
          { title: 'Last trouble', width: 'minmax(10rem, 1fr)', cell: ({ lastError }) => lastError ?? '–' },
          {
            title: 'To do',
            width: '8rem',
            cell: (flow) =>
              flow.status === 'stuck' ? (
                <Action
                  name="Try again"
                  permission="events:operate"
                  run={() => api.call('POST /api/processes/{name}/{id}/retry', { path: { name: flow.name, id: flow.id } })}
                />
              ) : null,
          },
        ]}
      />
    </div>
  )
}
