import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { Tick, Words } from '../parts/select.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const PERMISSION = 'webhooks:write'
const STATES = ['pending', 'delivered', 'failed'] as const

/** Where the shop tells others what happened. */
export function Webhooks() {
  return (
    <div className="stack">
      <div className="spread">
        <h1>Webhooks</h1>
        <Action
          name="New endpoint"
          permission={PERMISSION}
          quiet={false}
          run={(form) => api.call('POST /api/webhooks', { body: endpointOf(form) })}
        >
          <EndpointFields />
        </Action>
      </div>
      <Rows
        label="Endpoints"
        name={['webhooks']}
        load={(cursor) => api.call('GET /api/webhooks', { query: { limit: 50, cursor } })}
        keyOf={({ id }) => id}
        empty="The shop tells nobody."
        columns={[
          { title: 'Address', width: 'minmax(14rem, 2fr)', cell: ({ id, url }) => <Link to={`/webhooks/${id}`}>{url}</Link> },
          { title: 'Events', width: 'minmax(10rem, 1fr)', cell: ({ events }) => events.join(', ') },
          {
            title: 'State',
            width: '9rem',
            cell: ({ enabled, disabledReason }) => <State of={enabled ? 'ACTIVE' : `off: ${disabledReason ?? 'staff'}`} />,
          },
          { title: 'Changed', width: '11rem', cell: ({ updatedAt }) => when(updatedAt) },
        ]}
      />
    </div>
  )
}

type Endpoint = Answer<'GET /api/webhooks/{id}'>

function endpointOf(form: FormData) {
  return {
    url: String(form.get('url')).trim(),
    events: String(form.get('events'))
      .split(/[\s,]+/)
      .filter((event) => event !== ''),
    description: String(form.get('description') ?? ''),
  }
}

function EndpointFields({ endpoint }: { endpoint?: Endpoint }) {
  const { data } = useQuery({ queryKey: ['webhook events'], queryFn: () => api.call('GET /api/webhooks/events') })
  return (
    <>
      <Field label="Address" name="url" type="url" required maxLength={2000} defaultValue={endpoint?.url} />
      <Words
        label="Events, one a line"
        name="events"
        rows={4}
        maxLength={4000}
        initial={endpoint?.events.join('\n') ?? '*'}
        hint="* for all, order.* for a topic, or one event like OrderCreated.v1"
      />
      {data ? (
        <details>
          <summary className="small">{data.events.length} events to choose from</summary>
          <ul className="small">
            {data.events.map(({ type, summary }) => (
              <li key={type}>
                <code>{type}</code> <span className="soft">{summary}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      <Field label="What it is for" name="description" maxLength={500} defaultValue={endpoint?.description} />
    </>
  )
}

/** One endpoint: what signs its messages, and how each of them went. */
export function WebhookPage() {
  const { id = '' } = useParams()
  const path = { id }
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery({
    queryKey: ['webhook', id],
    queryFn: () => api.call('GET /api/webhooks/{id}', { path }),
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  return (
    <div className="stack">
      <div className="spread">
        <h1>
          {data.url} <State of={data.enabled ? 'ACTIVE' : 'off'} />
        </h1>
        <div className="row">
          <Action
            name="Change"
            permission={PERMISSION}
            run={(form) =>
              api.call('PATCH /api/webhooks/{id}', {
                path,
                body: { ...endpointOf(form), enabled: form.get('enabled') === 'yes' },
              })
            }
          >
            <EndpointFields endpoint={data} />
            <Tick label="Send to it" name="enabled" initial={data.enabled} />
          </Action>
          {data.enabled ? (
            <Action name="Send a test" permission={PERMISSION} run={() => api.call('POST /api/webhooks/{id}/ping', { path })} />
          ) : null}
          <Action
            name="Delete"
            permission={PERMISSION}
            confirm="It hears of nothing any more, and the log of its messages is gone."
            run={async () => {
              await api.call('DELETE /api/webhooks/{id}', { path })
              await navigate('/webhooks')
            }}
          />
        </div>
      </div>
      {data.description ? <p className="soft">{data.description}</p> : null}
      {data.disabledReason && !data.enabled ? <p className="note bad">Switched off: {REASONS[data.disabledReason]}</p> : null}
      <Secrets id={id} previousUntil={data.previousSecretUntil} />
      <Deliveries id={id} enabled={data.enabled} />
    </div>
  )
}

const REASONS = {
  staff: 'by staff.',
  gone: 'the receiver said that it is gone for good.',
  failing: 'it failed for too long.',
} as const

/** Read on demand only: a secret does not lie about on the screen. */
function Secrets({ id, previousUntil }: { id: string; previousUntil: string | null }) {
  const queries = useQueryClient()
  const name = ['webhook secret', id]
  const secrets = useQuery({
    queryKey: name,
    queryFn: () => api.call('GET /api/webhooks/{id}/secret', { path: { id } }),
    enabled: false,
    gcTime: 0,
  })
  return (
    <Panel
      title="Secret"
      actions={
        <>
          <button type="button" className="button small quiet" onClick={() => void secrets.refetch()}>
            Show
          </button>
          <Action
            name="New secret"
            permission={PERMISSION}
            confirm="Messages are signed with the new and the old one for a day: enough to bring the receiver the new one."
            run={async () => {
              await api.call('POST /api/webhooks/{id}/secret/rotate', { path: { id } })
              // what is shown would be the old one: it is hidden until somebody asks for the new one
              await queries.resetQueries({ queryKey: name })
            }}
          />
        </>
      }
    >
      {secrets.error ? <Trouble error={secrets.error} /> : null}
      <p>{secrets.data ? <code>{secrets.data.secret}</code> : '••••••••••••'}</p>
      {previousUntil ? <p className="soft small">The one before signs too until {when(previousUntil)}.</p> : null}
    </Panel>
  )
}

function Deliveries({ id, enabled }: { id: string; enabled: boolean }) {
  const { values, set } = useFilter(['state', 'delivery'])
  const state = STATES.find((one) => one === values.state)
  return (
    <Panel title="Messages">
      <div className="row">
        <Choice label="State" value={state} options={STATES} onChange={(value) => set('state', value)} />
      </div>
      <Rows
        label="Messages"
        name={['webhook deliveries', id, state]}
        every={5_000}
        load={(cursor) => api.call('GET /api/webhooks/{id}/deliveries', { path: { id }, query: { limit: 50, cursor, state } })}
        keyOf={(one) => one.id}
        empty="Nothing was sent yet."
        columns={[
          {
            title: 'Event',
            width: 'minmax(12rem, 1fr)',
            cell: (one) => (
              <button type="button" className="link" onClick={() => set('delivery', one.id)}>
                {one.type}
              </button>
            ),
          },
          { title: 'State', width: '7rem', cell: (one) => <State of={one.state} /> },
          { title: 'Tries', width: '4rem', end: true, cell: ({ attempts }) => attempts },
          {
            title: 'Last answer',
            width: 'minmax(8rem, 1fr)',
            cell: ({ lastStatus, lastError }) => lastError ?? lastStatus ?? '–',
          },
          { title: 'Made', width: '11rem', cell: ({ createdAt }) => when(createdAt) },
          {
            title: 'To do',
            width: '8rem',
            cell: (one) =>
              enabled && one.state !== 'pending' ? (
                <Action
                  name="Send again"
                  permission={PERMISSION}
                  run={() => api.call('POST /api/webhooks/deliveries/{id}/resend', { path: { id: one.id } })}
                />
              ) : null,
          },
        ]}
      />
      {values.delivery ? <Delivery id={values.delivery} close={() => set('delivery', '')} /> : null}
    </Panel>
  )
}

function Delivery({ id, close }: { id: string; close: () => void }) {
  const { data, error } = useQuery({
    queryKey: ['webhook delivery', id],
    queryFn: () => api.call('GET /api/webhooks/deliveries/{id}', { path: { id } }),
  })
  if (error) return <Trouble error={error} />
  if (!data) return <p className="soft">Loading …</p>
  return (
    <section className="panel stack" aria-label="The message">
      <div className="spread">
        <h2>{data.type}</h2>
        <button type="button" className="link" onClick={close}>
          Close
        </button>
      </div>
      <pre>{data.body}</pre>
      {data.nextAt ? <p className="soft">Tried again {when(data.nextAt)}.</p> : null}
      <table className="plain">
        <thead>
          <tr>
            <th>Try</th>
            <th>When</th>
            <th>Answer</th>
            <th className="end">Milliseconds</th>
          </tr>
        </thead>
        <tbody>
          {data.log.map(({ number, at, status, error: failure, response, durationMs }) => (
            <tr key={number}>
              <td>{number}</td>
              <td>{when(at)}</td>
              <td>
                {status ?? failure} <span className="soft small">{response}</span>
              </td>
              <td className="end">{durationMs}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
