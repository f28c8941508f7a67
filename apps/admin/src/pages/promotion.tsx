import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Action } from '../parts/action.tsx'
import { State } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { SETTLED } from '../parts/unsaved.tsx'
import { Coupons } from '../promotions/coupons.tsx'
import { bodyOf, datesOf, deedOf, ended, type Promotion, stateOf } from '../promotions/promotion.ts'
import { PromotionForm } from '../promotions/promotion-form.tsx'
import { api } from '../session.ts'

export function PromotionPage() {
  const { id = '' } = useParams()
  const navigate = useNavigate()
  const path = { id }
  const {
    data: promotion,
    error,
    refetch,
  } = useQuery({
    queryKey: ['promotion', id],
    queryFn: () => api.call('GET /api/promotions/{id}', { path }),
  })
  // counted one by one: of a promotion that runs away this may take too long, and just then somebody has to end it
  const { data: uses, error: uncounted } = useQuery({
    queryKey: ['promotion', id, 'uses'],
    queryFn: () => api.call('GET /api/promotions/{id}/uses', { path }),
  })
  const again = () => void refetch()
  if (!promotion) return error ? <Trouble error={error} again={again} /> : <p className="soft">Loading …</p>
  const state = stateOf(promotion)
  return (
    <div className="stack">
      {error ? <Trouble error={error} again={again} /> : null}
      <div className="spread">
        <h1>
          {promotion.name} <State of={state} />
        </h1>
        <div className="row">
          {state === 'running' || state === 'planned' ? (
            <Action
              name="End"
              permission="promotions:write"
              confirm="Nobody gets it any more. Orders that have it keep it."
              run={() =>
                api.call(
                  'PUT /api/promotions/{id}',
                  { path, body: ended(promotion, new Date()) },
                  { ifMatch: `"${promotion.version}"` },
                )
              }
            />
          ) : null}
          {uses && uses.orders + uses.givenBack === 0 ? (
            <Action
              name="Delete"
              permission="promotions:write"
              confirm="It was never used, so nothing remembers it."
              run={async () => {
                await api.call('DELETE /api/promotions/{id}', { path })
                void navigate('/promotions', SETTLED)
              }}
            />
          ) : null}
        </div>
      </div>
      <p className="soft">
        {deedOf(promotion)}, {datesOf(promotion)}. {uses ? usesOf(uses) : uncounted ? 'Its orders could not be counted now' : '…'}
        {promotion.usageLimit === null ? '' : `; ${promotion.used} of ${promotion.usageLimit} counted`}.
      </p>
      <Edit key={id} stored={promotion} />
      {promotion.automatic ? null : <Coupons promotionId={id} />}
    </div>
  )
}

const usesOf = ({ orders, givenBack }: Answer<'GET /api/promotions/{id}/uses'>): string =>
  `${orders === 1 ? '1 order has it' : `${orders} orders have it`}${givenBack > 0 ? `, ${givenBack} gave it back` : ''}`

/** From the first touch on the form stays upon the version it shows: what others save meanwhile neither takes words away nor is overwritten. */
function Edit({ stored }: { stored: Promotion }) {
  const [held, setHeld] = useState<Promotion | undefined>()
  const basis = held ?? stored
  const path = { id: stored.id }
  return (
    <div className="stack">
      {stored.version > basis.version ? (
        <div className="note row" role="alert">
          <span>Somebody changed this meanwhile. What you write here cannot be saved any more.</span>
          <button type="button" className="link" onClick={() => setHeld(undefined)}>
            Take theirs
          </button>
        </div>
      ) : null}
      <PromotionForm
        key={basis.version}
        start={bodyOf(basis)}
        submit="Save"
        onTouch={() => setHeld((before) => before ?? stored)}
        run={async (body) => {
          setHeld(await api.call('PUT /api/promotions/{id}', { path, body }, { ifMatch: `"${basis.version}"` }))
        }}
      />
    </div>
  )
}
