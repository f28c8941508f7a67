import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Letter } from '../dead-letters/letter.tsx'
import { fits, Patterns } from '../dead-letters/patterns.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Unanswered } from '../parts/unanswered.tsx'
import { api } from '../session.ts'

const PERMISSION = 'events:operate'
const REFRESH_MS = 5_000

export function DeadLetters() {
  const { values, set, setAll } = useFilter(['group', 'type', 'code', 'letter'])
  const { letter, ...by } = values
  const [done, setDone] = useState<Answer<'POST /api/events/dlq/redrive'>>()
  const { data, error } = useQuery({
    queryKey: ['dlq', 'patterns'],
    queryFn: async () => (await api.call('GET /api/events/dlq/patterns')).items,
    refetchInterval: REFRESH_MS,
  })
  const patterns = data ?? []
  const chosen = patterns.filter((pattern) => fits(pattern, by))
  const count = chosen.reduce((sum, pattern) => sum + pattern.count, 0)
  const isNarrowed = Object.values(by).some((value) => value !== undefined)
  const optionsOf = (name: 'group' | 'type' | 'code') =>
    [...new Set([...patterns.map((pattern) => pattern[name]), ...(by[name] ? [by[name]] : [])])]
      .sort()
      .map((value) => ({ value, label: value }))
  return (
    <div className="stack">
      <div className="spread">
        <h1>Dead letters</h1>
        {count > 0 ? (
          <Action
            name="Try all again"
            permission={PERMISSION}
            confirm={`${count === 1 ? 'The one event' : `All ${count} events`} ${isNarrowed ? 'of this choice' : 'of all services'}, and what waits behind. Mend the cause first, or they come back.`}
            run={async () => {
              const answer = await api.call('POST /api/events/dlq/redrive', { body: isNarrowed ? by : { all: true } })
              setDone(answer)
              set('letter', '')
            }}
          />
        ) : null}
      </div>
      <p className="soft">
        Events that could not be handled. Later events of the same key wait until they are tried again or given up.
      </p>
      {done ? (
        <>
          <p className="note" role="status">
            {done.redriven === 1 ? 'One event is' : `${done.redriven} events are`} handled again.
          </p>
          <Unanswered from={done.unanswered} />
        </>
      ) : null}
      {error ? <Trouble error={error} /> : null}
      <div className="row">
        <Choice label="Service" value={by.group} options={optionsOf('group')} onChange={(value) => set('group', value)} />
        <Choice label="Event" value={by.type} options={optionsOf('type')} onChange={(value) => set('type', value)} />
        <Choice label="Error" value={by.code} options={optionsOf('code')} onChange={(value) => set('code', value)} />
      </div>
      <Patterns items={chosen} onChoose={setAll} />
      {letter ? <Letter of={letter} close={() => set('letter', '')} /> : null}
      <Rows
        label="Dead letters"
        name={['dlq', 'list', by.group, by.type, by.code]}
        every={REFRESH_MS}
        load={(cursor) => api.call('GET /api/events/dlq', { query: { limit: 50, cursor, ...by } })}
        keyOf={({ group, eventId }) => `${group} ${eventId}`}
        empty={isNarrowed ? 'No dead letter fits.' : 'Everything was handled.'}
        columns={[
          { title: 'Service', width: '8rem', cell: ({ group }) => group },
          {
            title: 'Event',
            width: 'minmax(9rem, 1fr)',
            cell: ({ group, eventId, type }) => (
              <button type="button" className="link" onClick={() => set('letter', `${group}/${eventId}`)}>
                {type}
              </button>
            ),
          },
          {
            title: 'Why',
            width: 'minmax(9rem, 2fr)',
            cell: ({ code, message }) => <span title={message}>{`${code}: ${message}`}</span>,
          },
          { title: 'Died', width: '10rem', cell: ({ diedAt }) => when(diedAt) },
          { title: 'Waiting', width: '4rem', end: true, cell: ({ waiting }) => waiting },
          {
            title: 'To do',
            width: '14rem',
            cell: ({ group, eventId }) => (
              <span className="row">
                <Action
                  name="Try again"
                  permission={PERMISSION}
                  run={() => api.call('POST /api/events/dlq/{group}/{eventId}/redrive', { path: { group, eventId } })}
                />
                <Action
                  name="Give up"
                  permission={PERMISSION}
                  confirm="The event is never handled by this service; those behind it go on. This cannot be undone."
                  run={() => api.call('POST /api/events/dlq/{group}/{eventId}/discard', { path: { group, eventId } })}
                />
              </span>
            ),
          },
        ]}
      />
    </div>
  )
}
