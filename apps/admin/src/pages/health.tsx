import { useQuery } from '@tanstack/react-query'
import { Panel, State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { ask } from '../session.ts'

interface Component {
  readonly status: 'UP' | 'DOWN' | 'OUT_OF_SERVICE'
  readonly details?: Readonly<Record<string, unknown>>
}

interface Health extends Component {
  readonly components: Readonly<Record<string, Component>>
}

/** How every part of the process that answers feels. */
export function Health() {
  const { data, error, refetch } = useQuery({
    queryKey: ['health'],
    // a shop that is unwell says so with 503, and says the same as ever
    queryFn: async () => (await ask('/actuator/health')) as Health,
    refetchInterval: 5_000,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const parts = Object.entries(data.components).sort(([, a], [, b]) => Number(a.status === 'UP') - Number(b.status === 'UP'))
  return (
    <div className="stack">
      <h1>
        Health <State of={data.status} />
      </h1>
      <div className="columns">
        {parts.map(([name, { status, details = {} }]) => (
          <Panel key={name} title={name} actions={<State of={status} />}>
            <dl className="facts">
              {Object.entries(details).map(([key, value]) => (
                <div key={key}>
                  <dt className="soft">{key}</dt>
                  <dd>
                    {typeof value === 'object' && value !== null ? (
                      <pre>{JSON.stringify(value, undefined, 1)}</pre>
                    ) : (
                      String(value)
                    )}
                  </dd>
                </div>
              ))}
            </dl>
            {Object.keys(details).length === 0 ? <p className="soft small">Nothing more to say.</p> : null}
          </Panel>
        ))}
      </div>
    </div>
  )
}
