import { useQuery } from '@tanstack/react-query'
import { Action } from '../parts/action.tsx'
import { Choice, Find, useFilter } from '../parts/filter.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Unanswered } from '../parts/unanswered.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'

const GIVEN = 'not as it comes'

/** How the shop is set up, and where each setting comes from. Secrets stay where they are. */
export function Configuration() {
  const { values, set } = useFilter(['search', 'service', 'show'])
  const { data, error, refetch } = useQuery({ queryKey: ['settings'], queryFn: () => api.call('GET /api/admin/settings') })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const services = [...new Set(data.items.flatMap(({ service }) => (service === null ? [] : [service])))]
  const wanted = values.search?.toLowerCase()
  const lines = data.items.filter(
    ({ name, service, source, summary }) =>
      (!values.service || service === values.service) &&
      (values.show !== GIVEN || source !== 'default') &&
      (!wanted || name.toLowerCase().includes(wanted) || summary.toLowerCase().includes(wanted)),
  )
  return (
    <div className="stack">
      <div className="spread">
        <h1>Configuration</h1>
        <Action
          name="Read it again"
          permission="config:refresh"
          confirm="Every process asks the configuration server again and takes over what may change while it runs."
          run={() => api.call('POST /config/refresh')}
        />
      </div>
      <div className="row">
        <Find label="Search" value={values.search} onChange={(value) => set('search', value)} />
        <Choice label="Service" value={values.service} options={services} onChange={(value) => set('service', value)} />
        <Choice label="Settings" value={values.show} options={[GIVEN]} onChange={(value) => set('show', value)} />
      </div>
      <Unanswered from={data.unanswered} />
      {lines.length === 0 ? <p className="soft">No setting fits.</p> : null}
      <Wide label="Settings">
        <table className="plain">
          <thead>
            <tr>
              <th>Setting</th>
              <th>Value</th>
              <th>From</th>
              <th>What it does</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ name, value, source, refreshable, secret, summary, processes = [] }) => (
              <tr key={[name, ...processes].join(' ')}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>
                  {value === null ? <span className="soft">not set</span> : <code>{value}</code>}
                  {secret && value !== null ? <span className="soft small"> a secret</span> : null}
                  {processes.length > 0 ? <p className="soft small">in {processes.join(', ')}</p> : null}
                </td>
                <td>
                  {source}
                  {refreshable ? <p className="soft small">changes while we run</p> : null}
                </td>
                <td className="soft">{summary}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  )
}
