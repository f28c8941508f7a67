import { Action } from '../parts/action.tsx'
import { Rows } from '../parts/rows.tsx'
import { when } from '../parts/show.tsx'
import { api } from '../session.ts'

export function DeadLetters() {
  return (
    <div className="stack">
      <h1>Dead letters</h1>
      <p className="soft">
        Events that could not be handled. Later events of the same key wait until they are tried again or given up.
      </p>
      <Rows
        label="Dead letters"
        name={['dlq']}
        every={5_000}
        load={(cursor) => api.call('GET /api/events/dlq', { query: { limit: 50, cursor } })}
        keyOf={({ group, eventId }) => `${group} ${eventId}`}
        empty="Everything was handled."
        columns={[
          { title: 'Service', width: '8rem', cell: ({ group }) => group },
          { title: 'Event', width: 'minmax(10rem, 1fr)', cell: ({ type }) => type },
          {
            title: 'Why',
            width: 'minmax(12rem, 2fr)',
            cell: ({ code, message }) => <span title={message}>{`${code}: ${message}`}</span>,
          },
          { title: 'Died', width: '11rem', cell: ({ diedAt }) => when(diedAt) },
          { title: 'Waiting', width: '5rem', end: true, cell: ({ waiting }) => waiting },
          {
            title: 'To do',
            width: '14rem',
            cell: ({ group, eventId }) => (
              <span className="row">
                <Action
                  name="Try again"
                  permission="events:operate"
                  run={() => api.call('POST /api/events/dlq/{group}/{eventId}/redrive', { path: { group, eventId } })}
                />
                <Action
                  name="Give up"
                  permission="events:operate"
                  confirm="The event is never handled by this service; those behind it go on. This cannot be undone."
                  run={() => api.call('POST /api/events/dlq/{group}/{eventId}/discard', { path: { group, eventId } })}
                />
              </span>
            ),
          },
        ]}
      />
    </div>
  )
}
