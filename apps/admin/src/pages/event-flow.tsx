import { useQuery } from '@tanstack/react-query'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

/** Every topic, who reads it, and how far behind each reader is. */
export function EventFlow() {
  const { data, error, refetch } = useQuery({
    queryKey: ['topics'],
    queryFn: () => api.call('GET /api/events/topics'),
    refetchInterval: 3_000,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  return (
    <div className="stack">
      <h1>Event flow</h1>
      {data ? null : <p className="soft">Loading …</p>}
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
