import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Rows } from '../parts/rows.tsx'
import { Panel, State } from '../parts/show.tsx'
import { api } from '../session.ts'

/** The codes of a promotion: named ones, or as many unguessable ones as are needed. */
export function Coupons({ promotionId }: { promotionId: string }) {
  const path = { id: promotionId }
  return (
    <Panel
      title="Codes"
      actions={
        <>
          <Action
            name="Add a code"
            permission="promotions:write"
            run={(form) =>
              api.call('POST /api/promotions/{id}/coupons', {
                path,
                body: { codes: [String(form.get('code'))], usageLimit: limitOf(form) },
              })
            }
          >
            <Field label="Code" name="code" id="coupon-code" required minLength={3} maxLength={40} autoComplete="off" />
            <LimitField />
          </Action>
          <Action
            name="Make many"
            permission="promotions:write"
            run={(form) => {
              const prefix = String(form.get('prefix')).trim()
              const generate = { count: Math.trunc(Number(form.get('count'))), ...(prefix ? { prefix } : {}) }
              return api.call('POST /api/promotions/{id}/coupons', { path, body: { generate, usageLimit: limitOf(form) } })
            }}
          >
            <Field
              label="How many"
              name="count"
              id="coupon-count"
              type="number"
              min={1}
              max={1000}
              step={1}
              required
              defaultValue={10}
            />
            <Field label="Beginning with" name="prefix" id="coupon-prefix" maxLength={20} autoComplete="off" />
            <LimitField />
          </Action>
        </>
      }
    >
      <Rows
        label="Codes"
        name={['promotion', promotionId, 'coupons']}
        load={(cursor) => api.call('GET /api/promotions/{id}/coupons', { path, query: { limit: 100, cursor } })}
        keyOf={({ id }) => id}
        empty="It has no codes yet."
        columns={[
          { title: 'Code', width: 'minmax(9rem, 1fr)', cell: ({ code }) => <code>{code}</code> },
          { title: 'State', width: '6rem', cell: (coupon) => <State of={stateOf(coupon)} /> },
          {
            title: 'Used',
            width: '8rem',
            end: true,
            cell: ({ used, usageLimit }) => (usageLimit === null ? 'no limit' : `${used} of ${usageLimit}`),
          },
          {
            title: 'To do',
            width: '8rem',
            cell: ({ id, code, disabled }) =>
              disabled ? null : (
                <Action
                  name="Stop"
                  permission="promotions:write"
                  confirm={`Nobody can use ${code} any more. Orders that used it keep their discount.`}
                  run={() => api.call('DELETE /api/promotions/{id}/coupons/{couponId}', { path: { ...path, couponId: id } })}
                />
              ),
          },
        ]}
      />
    </Panel>
  )
}

const stateOf = ({ disabled, used, usageLimit }: { disabled: boolean; used: number; usageLimit: number | null }): string =>
  disabled ? 'stopped' : usageLimit !== null && used >= usageLimit ? 'used up' : 'running'

function LimitField() {
  return (
    <Field
      label="Orders that may use each"
      name="limit"
      id="coupon-limit"
      type="number"
      min={1}
      max={2_000_000_000}
      step={1}
      placeholder="no limit"
    />
  )
}

const limitOf = (form: FormData): number | null => {
  const typed = String(form.get('limit') ?? '')
  return typed === '' ? null : Math.trunc(Number(typed))
}
