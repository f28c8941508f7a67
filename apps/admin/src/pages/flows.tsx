import { useQuery } from '@tanstack/react-query'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const STATUSES = ['running', 'waiting', 'stuck'] as const

export function Flows() {
  const { values, set } = useFilter(['status', 'flow'])
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
          {
            title: 'Flow',
            width: '10rem',
            cell: ({ name, id }) => (
              <button type="button" className="link" onClick={() => set('flow', `${name}/${id}`)}>
                {name}
              </button>
            ),
          },
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
      {values.flow ? <Steps of={values.flow} close={() => set('flow', '')} /> : null}
    </div>
  )
}

/** What a flow has done so far, and what it has still to do. */
function Steps({ of, close }: { of: string; close: () => void }) {
  const [name = '', id = ''] = of.split('/')
  const { data, error } = useQuery({
    queryKey: ['flow', name, id],
    queryFn: () => api.call('GET /api/processes/{name}/{id}', { path: { name, id } }),
    refetchInterval: 5_000,
  })
  return (
    <Panel
      title={name}
      actions={
        <button type="button" className="link" onClick={close}>
          Close
        </button>
      }
    >
      {error ? <Trouble error={error} /> : null}
      {data ? (
        <>
          <p>
            <State of={data.status} /> at {data.state} in {data.home}, tried {data.attempts} times
            {data.dueAt ? `, next ${when(data.dueAt)}` : ''}
          </p>
          {data.lastError ? <p className="note bad">{data.lastError}</p> : null}
          <ol className="timeline">
            {data.steps.map(({ command, answer, at, milliseconds }) => (
              <li key={`${command} ${at}`}>
                <p>
                  {command} → {answer}
                </p>
                <p className="soft small">
                  {when(at)} · {Math.round(milliseconds)} ms
                </p>
              </li>
            ))}
          </ol>
          {data.pending.length > 0 ? <p className="soft">Still to do: {data.pending.join(', ')}.</p> : null}
        </>
      ) : null}
    </Panel>
  )
}
