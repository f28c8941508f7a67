import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Action } from '../parts/action.tsx'
import { Panel, State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'
import { compared, type Rule } from './rule.ts'

type Shown = Answer<'GET /api/search'>['items']
/** A first page of the storefront. */
const FIRST_PAGE = 24

interface Props {
  readonly query: string
  readonly place: { readonly channel: string; readonly locale: string }
  /** those that count here */
  readonly rules: readonly Rule[]
}

/** What shoppers see for a question now, and where it stood before the changes that were made here. */
export function ShownProducts({ query, place: { channel, locale }, rules }: Props) {
  const [before, setBefore] = useState<Shown>()
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['search', 'shown', query, channel, locale],
    queryFn: () =>
      api.call(
        'GET /api/search',
        { query: { ...(query === '' ? {} : { q: query }), locale, limit: FIRST_PAGE, facets: false } },
        { headers: { 'x-channel': channel } },
      ),
    // an answer of an earlier visit is not what was seen before the changes of this one
    gcTime: 0,
  })
  useEffect(() => {
    if (data) setBefore((seen) => seen ?? data.items)
  }, [data])
  if (!data) return error ? <Trouble error={error} again={() => void refetch()} /> : <p className="soft">Loading …</p>
  const { now, gone } = compared(before ?? data.items, data.items)
  const changed = gone.length > 0 || now.some(({ place, was }) => place !== was)
  const ruleOf = new Map(rules.map((rule) => [rule.productId, rule]))
  return (
    <Panel
      title="What shoppers see"
      actions={
        changed ? (
          <button type="button" className="link" onClick={() => setBefore(data.items)}>
            Compare from here on
          </button>
        ) : null
      }
    >
      {error ? <Trouble error={error} again={() => void refetch()} /> : null}
      <p className="soft">
        {data.total === 1 ? '1 product' : `${data.total} products`}
        {data.didYouMean ? `, for “${data.didYouMean}”` : ''}
        {data.mayMean ? `, asked whether “${data.mayMean}” was meant` : ''}
        {data.relaxed ? ', with some of the words only' : ''}
      </p>
      {now.length === 0 ? <p>Nothing. A synonym may lead to what is meant, or a product can be pinned here.</p> : null}
      {now.length + gone.length > 0 ? (
        <Wide label="What shoppers see, place by place">
          <table className="plain" aria-busy={isFetching}>
            <thead>
              <tr>
                <th scope="col" className="end">
                  Now
                </th>
                <th scope="col" className="end">
                  Before
                </th>
                <th scope="col">Product</th>
                <th scope="col">To do</th>
              </tr>
            </thead>
            <tbody>
              {now.map(({ item: { id, title, pinned }, place, was }) => (
                <tr key={id}>
                  <td className="end">{place}</td>
                  <td className="end">{stepOf(place, was)}</td>
                  <td>{title}</td>
                  <td>
                    <Say query={query} productId={id} place={place} pinned={pinned} rule={ruleOf.get(id)} />
                  </td>
                </tr>
              ))}
              {gone.map(({ item: { id, title }, was }) => (
                <tr key={id} className="soft">
                  <td className="end">–</td>
                  <td className="end">{was}</td>
                  <td>{title}</td>
                  <td>not on the first page any more</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
    </Panel>
  )
}

const stepOf = (place: number, was: number | undefined): string =>
  was === undefined ? 'new' : was === place ? String(was) : `${was} ${place < was ? '▲' : '▼'}`

const STATES = { pin: 'pinned', boost: 'boosted', bury: 'buried' } as const

interface SayProps {
  readonly query: string
  readonly productId: string
  readonly place: number
  readonly pinned: boolean
  readonly rule: Rule | undefined
}

function Say({ query, productId, place, pinned, rule }: SayProps) {
  if (rule) return <State of={STATES[rule.kind]} />
  if (pinned) return <span className="soft">pinned for every question</span>
  const say = (kind: Rule['kind']) => () =>
    api.call('POST /api/search/rules', { body: { query, productId, kind, ...(kind === 'pin' ? { position: place } : {}) } })
  return (
    <span className="row">
      <Action name="Pin" permission="search:write" run={say('pin')} />
      <Action name="Boost" permission="search:write" run={say('boost')} />
      <Action name="Bury" permission="search:write" run={say('bury')} />
    </span>
  )
}
