import { useQuery } from '@tanstack/react-query'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Unanswered } from '../parts/unanswered.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'

/** What the shop does by the clock. */
export function Jobs() {
  const { values, set } = useFilter(['service'])
  const { data, error, refetch } = useQuery({
    queryKey: ['jobs'],
    queryFn: () => api.call('GET /api/admin/jobs'),
    refetchInterval: 5_000,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  const services = [...new Set(data?.items.map(({ service }) => service))]
  const jobs = data?.items.filter(({ service }) => !values.service || service === values.service) ?? []
  return (
    <div className="stack">
      <h1>Jobs</h1>
      <p className="soft">Each runs in one process at a time, whichever takes its turn.</p>
      <div className="row">
        <Choice label="Service" value={values.service} options={services} onChange={(value) => set('service', value)} />
      </div>
      {data ? null : <p className="soft">Loading …</p>}
      <Unanswered from={data?.unanswered} />
      <Wide label="Jobs">
        <table className="plain">
          <thead>
            <tr>
              <th>Job</th>
              <th>Every</th>
              <th>Last run</th>
              <th className="end">Took</th>
              <th>Next</th>
              <th>How it went</th>
              <th>To do</th>
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <tr key={`${job.service} ${job.name}`}>
                <th scope="row">
                  {job.name} <span className="soft small">{job.service}</span>
                </th>
                <td>{duration(job.everySeconds)}</td>
                <td>{job.startedAt ? when(job.startedAt) : 'never'}</td>
                <td className="end">{job.milliseconds === null ? '–' : `${job.milliseconds} ms`}</td>
                <td>{job.nextAt ? when(job.nextAt) : 'at its next turn'}</td>
                <td>
                  {job.running ? (
                    <State of="running" />
                  ) : job.lastError ? (
                    <State of="failed" />
                  ) : job.startedAt ? (
                    <State of="ok" />
                  ) : (
                    '–'
                  )}
                  {job.lastError ? <p className="small">{job.lastError}</p> : null}
                </td>
                <td>
                  {job.running ? null : (
                    <Action
                      name="Run now"
                      permission="events:operate"
                      run={() =>
                        api.call('POST /api/admin/jobs/{service}/{name}/run', { path: { service: job.service, name: job.name } })
                      }
                    />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  )
}

/** `90` → `90 s`, `3600` → `1 h` */
function duration(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}
