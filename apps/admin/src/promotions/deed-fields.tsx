import { Field } from '../../../storefront/app/components/field.tsx'
import { MoneyField } from '../parts/money-field.tsx'
import type { Deed } from './promotion.ts'

const KINDS: Readonly<Record<Deed['kind'], string>> = {
  percent: 'per cent off',
  fixed: 'an amount off',
  'free-shipping': 'free shipping',
  'buy-x-get-y': 'buy some, get some',
}

const first = (kind: Deed['kind']): Deed => {
  switch (kind) {
    case 'percent':
      return { kind, basisPoints: 1000 }
    case 'fixed':
      return { kind, amount: 500, per: 'order' }
    case 'free-shipping':
      return { kind }
    case 'buy-x-get-y':
      return { kind, buy: 2, get: 1, basisPoints: 10_000 }
  }
}

interface Props {
  readonly deed: Deed
  readonly currency: string
  readonly onChange: (deed: Deed) => void
}

/** What a promotion does: the kind, and what that kind needs to know. */
export function DeedFields({ deed, currency, onChange }: Props) {
  return (
    <>
      <label className="field">
        <span className="legend">What it does</span>
        <select className="input" value={deed.kind} onChange={({ target }) => onChange(first(target.value as Deed['kind']))}>
          {Object.entries(KINDS).map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {deed.kind === 'percent' ? (
        <Percent label="Per cent" basisPoints={deed.basisPoints} onChange={(basisPoints) => onChange({ ...deed, basisPoints })} />
      ) : null}
      {deed.kind === 'fixed' ? (
        <>
          <div className="field">
            <span className="legend">Amount in {currency}</span>
            <MoneyField
              label="Amount"
              currency={currency}
              amount={deed.amount}
              required
              onChange={(amount) => onChange({ ...deed, amount })}
            />
          </div>
          <label className="field">
            <span className="legend">Off</span>
            <select
              className="input"
              value={deed.per}
              onChange={({ target }) => onChange({ ...deed, per: target.value === 'line' ? 'line' : 'order' })}
            >
              <option value="order">the order</option>
              <option value="line">each line</option>
            </select>
          </label>
        </>
      ) : null}
      {deed.kind === 'buy-x-get-y' ? (
        <>
          <Units label="Buy" value={deed.buy} onChange={(buy) => onChange({ ...deed, buy })} />
          <Units label="Get" value={deed.get} onChange={(get) => onChange({ ...deed, get })} />
          <Percent
            label="Per cent off what they get (100: free)"
            basisPoints={deed.basisPoints}
            onChange={(basisPoints) => onChange({ ...deed, basisPoints })}
          />
        </>
      ) : null}
    </>
  )
}

function Percent({ label, basisPoints, onChange }: { label: string; basisPoints: number; onChange: (value: number) => void }) {
  return (
    <Field
      label={label}
      name="percent"
      id="promotion-percent"
      type="number"
      min={0.01}
      max={100}
      step={0.01}
      required
      defaultValue={basisPoints / 100}
      onChange={({ target }) => target.validity.valid && onChange(Math.round(target.valueAsNumber * 100))}
    />
  )
}

function Units({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <Field
      label={label}
      name={label}
      id={`promotion-${label}`}
      type="number"
      min={1}
      max={1000}
      step={1}
      required
      defaultValue={value}
      onChange={({ target }) => target.validity.valid && onChange(target.valueAsNumber)}
    />
  )
}
