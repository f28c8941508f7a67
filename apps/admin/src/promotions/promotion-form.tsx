import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Field } from '../../../storefront/app/components/field.tsx'
import { pathsOf, useCategories, useChannels } from '../catalogue.ts'
import { MoneyField } from '../parts/money-field.tsx'
import { PickMany } from '../parts/pick.tsx'
import { Panel } from '../parts/show.tsx'
import { fromShopTime, toShopTime } from '../parts/shop-time.ts'
import { Trouble } from '../parts/trouble.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { DeedFields } from './deed-fields.tsx'
import type { PromotionBody } from './promotion.ts'

type Conditions = NonNullable<PromotionBody['conditions']>

interface Props {
  readonly start: PromotionBody
  readonly submit: string
  readonly run: (body: PromotionBody) => Promise<unknown>
  /** somebody begins to change it */
  readonly onTouch?: () => void
}

const words = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean),
  ),
]

/** Everything that can be said of a promotion; the shop checks what fits together. */
export function PromotionForm({ start, submit, run, onTouch }: Props) {
  const queries = useQueryClient()
  const channels = useChannels()
  const categories = useCategories()
  const [body, setBody] = useState(start)
  const [touched, setTouched] = useState(false)
  useUnsaved(touched)
  const conditions: Conditions = body.conditions ?? {}
  const currency = conditions.currency ?? channels.data?.[0]?.currency ?? 'EUR'
  const put = (changes: Partial<PromotionBody>) => {
    onTouch?.()
    setTouched(true)
    setBody((before) => ({ ...before, ...changes }))
  }
  const when = (changes: Partial<Conditions>) => put({ conditions: { ...conditions, ...changes } })
  const work = useMutation({
    mutationFn: () => {
      const amounts = body.action.kind === 'fixed' || conditions.minimumSubtotal !== undefined
      return run({ ...body, conditions: amounts ? { ...conditions, currency } : conditions })
    },
    onSuccess: () => {
      setTouched(false)
      return queries.invalidateQueries()
    },
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    work.mutate()
  }
  return (
    <form className="stack" aria-label="Promotion" onSubmit={send}>
      <div className="columns">
        <Panel title="What">
          <Field
            label="Name"
            name="name"
            id="promotion-name"
            required
            maxLength={120}
            value={body.name}
            hint="Shoppers read it in the cart and on the invoice."
            onChange={({ target }) => put({ name: target.value })}
          />
          <DeedFields deed={body.action} currency={currency} onChange={(action) => put({ action })} />
          <label className="field">
            <span className="legend">Who gets it</span>
            <select
              className="input"
              value={body.automatic ? 'automatic' : 'code'}
              onChange={({ target }) => put({ automatic: target.value === 'automatic' })}
            >
              <option value="code">whoever has a code</option>
              <option value="automatic">everybody for whom it fits</option>
            </select>
          </label>
          <Tick label="on, between its dates" on={body.active ?? true} onChange={(active) => put({ active })} />
          <Tick label="not together with any other" on={body.exclusive ?? false} onChange={(exclusive) => put({ exclusive })} />
          <Field
            label="Priority"
            name="priority"
            id="promotion-priority"
            type="number"
            min={-1000}
            max={1000}
            step={1}
            required
            value={body.priority ?? 0}
            hint="Higher is looked at first."
            onChange={({ target }) => put({ priority: Math.trunc(Number(target.value)) })}
          />
        </Panel>
        <Panel title="When and how often">
          <div className="pair">
            <Field
              label="From"
              name="startsAt"
              id="promotion-from"
              type="datetime-local"
              defaultValue={toShopTime(body.startsAt)}
              hint="Time of the shop."
              onChange={({ target }) => put({ startsAt: fromShopTime(target.value) })}
            />
            <Field
              label="Until"
              name="endsAt"
              id="promotion-to"
              type="datetime-local"
              defaultValue={toShopTime(body.endsAt)}
              onChange={({ target }) => put({ endsAt: fromShopTime(target.value) })}
            />
          </div>
          <Limit
            label="Orders in all"
            most={2_000_000_000}
            value={body.usageLimit}
            onChange={(usageLimit) => put({ usageLimit })}
          />
          <Limit
            label="Orders of one customer"
            most={1000}
            value={body.customerLimit}
            onChange={(customerLimit) => put({ customerLimit })}
          />
        </Panel>
        <Panel title="For what">
          <div className="field">
            <span className="legend">Only from so much on, in {currency}</span>
            <MoneyField
              label="Only from so much on"
              currency={currency}
              amount={conditions.minimumSubtotal}
              onChange={(minimumSubtotal) => when({ minimumSubtotal })}
              onClear={() => when({ minimumSubtotal: undefined })}
            />
          </div>
          <PickMany
            label="Only goods in these categories"
            options={pathsOf(categories.data ?? [])}
            values={conditions.categoryIds ?? []}
            onChange={(values) => when({ categoryIds: [...values] })}
          />
          <List label="… or with these SKUs, with commas" values={conditions.skus} onChange={(skus) => when({ skus })} />
          <List
            label="Only these customer groups, with commas"
            values={conditions.customerGroups}
            onChange={(customerGroups) => when({ customerGroups })}
          />
          <PickMany
            label="Only in these channels"
            options={(channels.data ?? []).map(({ key, name }) => ({ value: key, label: name }))}
            values={conditions.channels ?? []}
            onChange={(values) => when({ channels: [...values] })}
          />
          <Tick
            label="only the first order of a customer"
            on={conditions.firstOrderOnly ?? false}
            onChange={(firstOrderOnly) => when({ firstOrderOnly })}
          />
        </Panel>
      </div>
      {work.error ? <Trouble error={work.error} /> : null}
      <div className="row">
        <button type="submit" className="button small" disabled={work.isPending}>
          {work.isPending ? 'Saving …' : submit}
        </button>
        {work.isSuccess ? (
          <span className="soft" role="status">
            Saved
          </span>
        ) : null}
      </div>
    </form>
  )
}

function Tick({ label, on, onChange }: { label: ReactNode; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className="check">
      <input type="checkbox" checked={on} onChange={({ target }) => onChange(target.checked)} />
      {label}
    </label>
  )
}

interface LimitProps {
  readonly label: string
  readonly most: number
  readonly value: number | null | undefined
  readonly onChange: (value: number | null) => void
}

function Limit({ label, most, value, onChange }: LimitProps) {
  return (
    <Field
      label={label}
      name={label}
      id={`limit-${label}`}
      type="number"
      min={1}
      max={most}
      step={1}
      placeholder="no limit"
      value={value ?? ''}
      onChange={({ target }) => onChange(target.value === '' ? null : Math.trunc(Number(target.value)))}
    />
  )
}

interface ListProps {
  readonly label: string
  readonly values: readonly string[] | undefined
  readonly onChange: (values: string[]) => void
}

function List({ label, values, onChange }: ListProps) {
  return (
    <Field
      label={label}
      name={label}
      id={`list-${label}`}
      defaultValue={values?.join(', ') ?? ''}
      onChange={({ target }) => onChange(words(target.value))}
    />
  )
}
