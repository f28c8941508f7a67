import { useQuery } from '@tanstack/react-query'
import { Panel, State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Unanswered } from '../parts/unanswered.tsx'
import { api } from '../session.ts'

const EVERY_MS = 3_000
/** The relay is behind when an event waits longer than this. */
const LATE_SECONDS = 10

/** What waits to be sent, every topic, who reads it, and how far behind each reader is. */
export function EventFlow() {
  const { data, error, refetch } = useQuery({
    queryKey: ['topics'],
    queryFn: () => api.call('GET /api/events/topics'),
    refetchInterval: EVERY_MS,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  return (
    <div className="stack">
      <h1>Event flow</h1>
      <Outboxes />
      {data ? null : <p className="soft">Loading …</p>}
      <Unanswered from={data?.unanswered} />
      <div className="columns">
        {data?.items.map(({ topic, records, groups }) => (
          <section key={topic} className="panel stack">
            <div className="spread">
              <h2>{topic}</h2>
              <span className="soft number">{records} in the log</span>
            </div>
            {groups.length === 0 ? <p className="soft">Nobody reads it.</p> : null}
            <ul className="stack">
              {groups.map(({ group, lag, dead, retrying, waiting }) => (
                <li key={group} className="spread">
                  <span>{group}</span>
                  <span className="soft small number">
                    {lag === 0 ? 'up to date' : `${lag} behind`}
                    {retrying > 0 ? `, ${retrying} tried again` : ''}
                    {waiting > 0 ? `, ${waiting} wait behind one` : ''}
                    {dead > 0 ? `, ${dead} dead` : ''}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  )
}

/** Events that are committed and not yet in the log, of each service, the longest wait first. */
function Outboxes() {
  const { data, error, refetch } = useQuery({
    queryKey: ['flow'],
    queryFn: ({ signal }) => api.call('GET /api/admin', {}, { signal }),
    refetchInterval: EVERY_MS,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return null
  const waiting = data.outboxes.filter(({ rows }) => rows > 0).toSorted((a, b) => b.seconds - a.seconds)
  const done = data.outboxes.filter(({ rows }) => rows === 0)
  return (
    <Panel title="Outboxes">
      {data.silent.length > 0 ? <p role="alert">No answer from the database of {data.silent.join(', ')}.</p> : null}
      {waiting.length > 0 ? (
        <ul className="stack">
          {waiting.map(({ service, rows, seconds }) => (
            <li key={service} className="spread">
              <span>
                {service} {seconds > LATE_SECONDS ? <State of="behind" /> : null}
              </span>
              <span className="soft small number">
                {rows} to send, the oldest for {seconds.toFixed(1)} s
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {done.length > 0 ? <p className="soft small">All sent: {done.map(({ service }) => service).join(', ')}.</p> : null}
    </Panel>
  )
}
