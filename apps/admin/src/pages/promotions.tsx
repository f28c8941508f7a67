import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State } from '../parts/show.tsx'
import { SETTLED } from '../parts/unsaved.tsx'
import { datesOf, deedOf, type PromotionBody, stateOf } from '../promotions/promotion.ts'
import { PromotionForm } from '../promotions/promotion-form.tsx'
import { api } from '../session.ts'

const KINDS = [
  { value: 'automatic', label: 'for everybody' },
  { value: 'code', label: 'with a code' },
]
const SWITCHED = ['on', 'off'] as const
const NEW: PromotionBody = { name: '', active: true, automatic: false, action: { kind: 'percent', basisPoints: 1000 } }

export function Promotions() {
  const { values, set } = useFilter(['who', 'switched'])
  const [making, setMaking] = useState(false)
  const navigate = useNavigate()
  const query = {
    limit: 100,
    ...(values.who ? { automatic: values.who === 'automatic' } : {}),
    ...(values.switched ? { active: values.switched === 'on' } : {}),
  }
  if (making)
    return (
      <div className="stack">
        <div className="spread">
          <h1>New promotion</h1>
          <button type="button" className="link" onClick={() => setMaking(false)}>
            Leave it
          </button>
        </div>
        <PromotionForm
          start={NEW}
          submit="Make it"
          run={async (body) => {
            const { id } = await api.call('POST /api/promotions', { body })
            void navigate(`/promotions/${id}`, SETTLED)
          }}
        />
      </div>
    )
  return (
    <div className="stack">
      <div className="spread">
        <h1>Promotions</h1>
        <button type="button" className="button small" onClick={() => setMaking(true)}>
          New promotion
        </button>
      </div>
      <div className="row">
        <Choice label="Who gets it" value={values.who} options={KINDS} onChange={(value) => set('who', value)} />
        <Choice label="Switched" value={values.switched} options={SWITCHED} onChange={(value) => set('switched', value)} />
      </div>
      <Rows
        label="Promotions"
        name={['promotions', query]}
        load={(cursor) => api.call('GET /api/promotions', { query: { ...query, cursor } })}
        keyOf={({ id }) => id}
        empty="No promotion fits."
        columns={[
          { title: 'Name', width: 'minmax(10rem, 2fr)', cell: ({ id, name }) => <Link to={`/promotions/${id}`}>{name}</Link> },
          { title: 'Does', width: 'minmax(9rem, 1fr)', cell: deedOf },
          { title: 'Now', width: '6rem', cell: (promotion) => <State of={stateOf(promotion)} /> },
          { title: 'Who', width: '7rem', cell: ({ automatic }) => (automatic ? 'everybody' : 'with a code') },
          { title: 'Dates', width: 'minmax(10rem, 2fr)', cell: datesOf },
          {
            title: 'Used',
            width: '8rem',
            end: true,
            cell: ({ used, usageLimit }) => (usageLimit === null ? 'no limit' : `${used} of ${usageLimit}`),
          },
        ]}
      />
    </div>
  )
}
