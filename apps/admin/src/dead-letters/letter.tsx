import { useQuery } from '@tanstack/react-query'
import { Panel, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

/** One event that could not be handled: all of it, the error with where it came from, and what waits behind it. `of`: group and event, as `group/id`. */
export function Letter({ of, close }: { of: string; close: () => void }) {
  const cut = of.lastIndexOf('/')
  const path = { group: of.slice(0, cut), eventId: of.slice(cut + 1) }
  const { data, error } = useQuery({
    queryKey: ['dlq', 'letter', of],
    queryFn: () => api.call('GET /api/events/dlq/{group}/{eventId}', { path }),
  })
  return (
    <Panel
      title={data ? `${data.type} in ${data.group}` : 'Dead letter'}
      actions={
        <button type="button" className="link" onClick={close}>
          Close
        </button>
      }
    >
      {error ? <Trouble error={error} /> : data ? null : <p className="soft">Loading …</p>}
      {data ? (
        <>
          <p className="soft">
            {data.eventId} of {data.key}, number {data.offset} in part {data.partition} of {data.topic}; tried {data.attempts}{' '}
            {data.attempts === 1 ? 'time' : 'times'}, given up {when(data.diedAt)}
          </p>
          <p className="note bad">
            {data.code}: {data.message}
          </p>
          {data.stack ? (
            <>
              <h3>Where it failed</h3>
              <pre>{data.stack}</pre>
            </>
          ) : null}
          <h3>The event</h3>
          <pre>{indented(data.event)}</pre>
          <h3>What waits behind it</h3>
          {data.waitingEvents.length === 0 ? <p className="soft">Nothing.</p> : null}
          <ol className="timeline">
            {data.waitingEvents.map(({ eventId, type, offset, parkedAt }) => (
              <li key={eventId}>
                <p>{type}</p>
                <p className="soft small">
                  {eventId}, number {offset}, since {when(parkedAt)}
                </p>
              </li>
            ))}
          </ol>
        </>
      ) : null}
    </Panel>
  )
}

/** JSON with its lines; what is none as it came: perhaps that is why nobody could handle it. */
function indented(event: string): string {
  try {
    return JSON.stringify(JSON.parse(event), undefined, 2)
  } catch {
    return event
  }
}
