import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Action } from '../parts/action.tsx'
import { Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'
import { Who } from './who.tsx'

type RebuildState = Answer<'GET /api/search/rebuild'>
const WATCHED_MS = 1_000
const QUIET_MS = 15_000
const ENGINES: Readonly<Record<string, string>> = { postgres: 'PostgreSQL', opensearch: 'OpenSearch' }

/** What is read when somebody searches: which engine answers, and whether it says what the catalogue says. */
export function Rebuild() {
  const { data, error, refetch } = useQuery({
    queryKey: ['search', 'rebuild'],
    queryFn: () => api.call('GET /api/search/rebuild'),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? WATCHED_MS : QUIET_MS),
  })
  if (!data) return error ? <Trouble error={error} again={() => void refetch()} /> : <p className="soft">Loading …</p>
  return (
    <div className="columns">
      {error ? <Trouble error={error} again={() => void refetch()} /> : null}
      <Panel
        title="Rebuild"
        actions={
          data.state === 'running' ? null : (
            <Action
              name="Rebuild"
              permission="search:write"
              confirm="Every document is made anew from the catalogue, beside those that are read; then they change places. Shoppers notice nothing, but the shop has work to do."
              run={() => api.call('POST /api/search/rebuild')}
            />
          )
        }
      >
        <Made rebuild={data} />
      </Panel>
      <Panel title="Engine">
        <p>
          {ENGINES[data.engine.name] ?? data.engine.name} answers searches.
          {data.engine.fallback?.open ? ' It does not answer now: PostgreSQL does.' : ''}
        </p>
        {data.engine.fallback && data.engine.fallback.fallbacks > 0 ? (
          <p className="soft">
            PostgreSQL had to answer {data.engine.fallback.fallbacks === 1 ? 'once' : `${data.engine.fallback.fallbacks} times`}{' '}
            since this process began.
          </p>
        ) : null}
      </Panel>
    </div>
  )
}

function Made({ rebuild }: { rebuild: RebuildState }) {
  const { state, askedBy, begunAt, finishedAt, progress, documents, hashBefore, hashAfter } = rebuild
  if (state === 'never') return <p className="soft">The read model was never made anew.</p>
  return (
    <div className="stack" role="status">
      <p>
        <State of={state} />{' '}
        {begunAt ? (
          <>
            asked for by <Who by={askedBy} />, {when(begunAt)}
          </>
        ) : null}
      </p>
      {progress ? (
        <>
          <progress aria-label="Documents that are made" max={Math.max(progress.of, progress.made, 1)} value={progress.made} />
          <p className="number">
            {progress.made} of about {progress.of} documents
          </p>
        </>
      ) : null}
      {state === 'done' ? (
        <>
          <dl className="facts">
            <Fact name="Finished" value={finishedAt ? when(finishedAt) : '–'} />
            <Fact name="Documents" value={documents === null ? '–' : String(documents)} />
            <Fact name="Hash before" value={hashBefore ?? 'not compared'} code />
            <Fact name="Hash after" value={hashAfter ?? 'not compared'} code />
          </dl>
          <p className="soft">{verdictOf(hashBefore, hashAfter)}</p>
        </>
      ) : null}
    </div>
  )
}

function Fact({ name, value, code = false }: { name: string; value: string; code?: boolean }) {
  return (
    <div>
      <dt className="soft">{name}</dt>
      <dd className="details">{code ? <code>{value}</code> : value}</dd>
    </div>
  )
}

function verdictOf(before: string | null, after: string | null): string {
  if (before === null || after === null) return 'There were too many documents to compare them.'
  return before === after
    ? 'Both are the same: nothing had been missed.'
    : 'They differ: something had been missed, and is right now. On the first start there was nothing to compare with.'
}
