import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Rows } from '../parts/rows.tsx'
import { Select } from '../parts/select.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'
import { ExperimentReport, share } from './experiment-report.tsx'
import { Wide } from '../parts/wide.tsx'

const PERMISSION = 'recommendations:write'
const PLACEMENTS = ['feed', 'also-bought', 'similar', 'goes-with', 'trending'] as const
const STRATEGIES = ['collaborative', 'content', 'popular', 'trending'] as const

/** Which model is used, what comes of each place, and experiments with their reports. */
export function Recommendations() {
  return (
    <div className="stack-wide">
      <h1>Recommendations</h1>
      <Models />
      <Places />
      <Experiments />
    </div>
  )
}

function Models() {
  return (
    <Panel
      title="Models"
      actions={
        <>
          <Action name="Train a model" permission={PERMISSION} run={() => api.call('POST /api/recommendations/models')} />
          <Action
            name="Roll back"
            permission={PERMISSION}
            confirm="The model that was used before is used again, from the next list on."
            run={() => api.call('POST /api/recommendations/models/roll-back')}
          />
        </>
      }
    >
      <Rows
        label="Models"
        name={['recommendations', 'models']}
        every={5_000}
        load={(cursor) => api.call('GET /api/recommendations/models', { query: { limit: 50, cursor } })}
        keyOf={({ version }) => String(version)}
        empty="No model was trained yet: lists show what was ordered together, and what is popular."
        columns={[
          { title: 'Version', width: '5rem', end: true, cell: ({ version }) => version },
          { title: 'State', width: '7rem', cell: ({ state, error }) => <span title={error ?? ''}>{<State of={state} />}</span> },
          { title: 'Trained', width: '11rem', cell: ({ finishedAt, askedAt }) => when(finishedAt ?? askedAt) },
          { title: 'Signals', width: '7rem', end: true, cell: ({ signals }) => signals ?? '–' },
          { title: 'Products', width: '6rem', end: true, cell: ({ products }) => products ?? '–' },
          {
            title: 'Hit-rate@10 (popularity)',
            width: 'minmax(12rem, 1fr)',
            cell: ({ figures }) =>
              figures && figures.users > 0
                ? `${share(figures.hitRateAt10)} (${share(figures.popularityHitRateAt10)}), ${figures.users} customers`
                : 'too few customers to tell',
          },
          {
            title: 'To do',
            width: '8rem',
            cell: ({ version, state, emptied }) =>
              state === 'ready' && !emptied ? (
                <Action
                  name="Use this"
                  permission={PERMISSION}
                  confirm={`From the next list on, version ${version} is used.`}
                  run={() => api.call('POST /api/recommendations/models/{version}/activate', { path: { version } })}
                />
              ) : null,
          },
        ]}
      />
    </Panel>
  )
}

function Places() {
  const report = useQuery({
    queryKey: ['recommendations', 'report'],
    queryFn: () => api.call('GET /api/recommendations/report'),
    refetchInterval: 15_000,
  })
  if (report.error) return <Trouble error={report.error} again={() => void report.refetch()} />
  const rows = report.data?.placements ?? []
  return (
    <Panel title="The last 30 days">
      {rows.length === 0 ? <p className="soft">Nothing was shown yet.</p> : null}
      {rows.length > 0 ? (
        <Wide label="How recommended lists did">
          <table className="plain">
            <thead>
              <tr>
                {['Place', 'Strategy', 'Shown', 'Clicked', 'Click-through', 'Ordered', 'Conversion'].map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.placement} ${row.strategy}`}>
                  <td>{row.placement}</td>
                  <td>{row.strategy}</td>
                  <td className="number">{row.shown}</td>
                  <td className="number">{row.clicks}</td>
                  <td className="number">{share(row.clickThrough)}</td>
                  <td className="number">{row.orders}</td>
                  <td className="number">{share(row.conversion)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
    </Panel>
  )
}

function Experiments() {
  const [chosen, choose] = useState<string>()
  return (
    <Panel title="Experiments" actions={<NewExperiment />}>
      <Rows
        label="Experiments"
        name={['recommendations', 'experiments']}
        every={10_000}
        load={(cursor) => api.call('GET /api/recommendations/experiments', { query: { limit: 50, cursor } })}
        keyOf={({ id }) => id}
        empty="Nothing was compared yet."
        columns={[
          {
            title: 'Experiment',
            width: 'minmax(10rem, 1fr)',
            cell: ({ id, key }) => (
              <button type="button" className="link" onClick={() => choose(id)}>
                {key}
              </button>
            ),
          },
          { title: 'Place', width: '8rem', cell: ({ placement }) => placement },
          {
            title: 'Variants',
            width: 'minmax(12rem, 2fr)',
            cell: ({ variants }) => variants.map(({ key, weight, strategy }) => `${key}: ${strategy} × ${weight}`).join(', '),
          },
          { title: 'State', width: '7rem', cell: ({ state }) => <State of={state} /> },
          { title: 'To do', width: '12rem', cell: ({ id, state }) => <Next id={id} state={state} /> },
        ]}
      />
      {chosen ? <ExperimentReport id={chosen} /> : null}
    </Panel>
  )
}

function Next({ id, state }: { id: string; state: 'draft' | 'running' | 'stopped' }) {
  const path = { id }
  if (state === 'draft')
    return (
      <span className="row">
        <Action
          name="Start"
          permission={PERMISSION}
          confirm="From now on shoppers see its variants. They cannot be changed any more."
          run={() => api.call('POST /api/recommendations/experiments/{id}/start', { path })}
        />
        <Action
          name="Delete"
          permission={PERMISSION}
          confirm="The draft is gone for good."
          run={() => api.call('DELETE /api/recommendations/experiments/{id}', { path })}
        />
      </span>
    )
  return state === 'running' ? (
    <Action
      name="Stop"
      permission={PERMISSION}
      confirm="Everybody gets what is usual again. It cannot be started once more; the report stays."
      run={() => api.call('POST /api/recommendations/experiments/{id}/stop', { path })}
    />
  ) : null
}

/** One against one, half and half: what is usual, and something else. More variants and weights: by the API. */
function NewExperiment() {
  return (
    <Action
      name="New experiment"
      permission={PERMISSION}
      run={(form) => {
        const placement = PLACEMENTS.find((one) => one === form.get('placement')) ?? 'feed'
        const strategyOf = (name: string) => STRATEGIES.find((one) => one === form.get(name)) ?? 'collaborative'
        return api.call('POST /api/recommendations/experiments', {
          body: {
            key: String(form.get('key')),
            placement,
            variants: [
              { key: 'control', weight: 1, strategy: strategyOf('control') },
              { key: 'other', weight: 1, strategy: strategyOf('other') },
            ],
          },
        })
      }}
    >
      <Field label="Name, in small letters" name="key" required maxLength={60} pattern="[a-z0-9][a-z0-9\-]*" />
      <Select label="Place" name="placement" options={PLACEMENTS} />
      <Select label="Control: half see" name="control" options={STRATEGIES} />
      <Select label="Other: half see" name="other" options={STRATEGIES} initial="popular" />
    </Action>
  )
}
