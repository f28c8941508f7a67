import { useState } from 'react'
import { typedAmount, unitsOf } from './show.tsx'

interface Props {
  readonly label: string
  readonly currency: string
  /** minor units */
  readonly amount: number | undefined
  readonly onChange: (amount: number) => void
  /** the field was emptied; left out, an empty field changes nothing */
  readonly onClear?: () => void
  readonly disabled?: boolean
  readonly required?: boolean
}

/** An amount as people type it. What is no amount stays in the field, is marked, and keeps the form from being sent. */
export function MoneyField({ label, currency, amount, onChange, onClear, disabled = false, required = false }: Props) {
  const shown = amount === undefined ? '' : typedAmount(amount, currency)
  const [typed, setTyped] = useState<string | undefined>()
  const wrong = typed !== undefined && typed.trim() !== '' && unitsOf(typed, currency) === undefined
  return (
    <input
      className="input end"
      aria-label={label}
      aria-invalid={wrong || undefined}
      inputMode="decimal"
      disabled={disabled}
      required={required}
      value={typed ?? shown}
      ref={(input) => input?.setCustomValidity(wrong ? `An amount in ${currency}, like ${typedAmount(1995, currency)}` : '')}
      onChange={({ target }) => {
        setTyped(target.value)
        const units = unitsOf(target.value, currency)
        if (units !== undefined && units !== amount) onChange(units)
        if (target.value.trim() === '') onClear?.()
      }}
      onBlur={() => wrong || setTyped(undefined)}
    />
  )
}
