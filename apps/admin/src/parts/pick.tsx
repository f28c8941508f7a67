import { type KeyboardEvent, useId, useState } from 'react'
import type { Named } from '../catalogue.ts'

/** So many are offered at a time; more letters find the rest. */
const OFFERED = 50

interface PickProps {
  readonly label: string
  readonly options: readonly Named[]
  readonly onPick: (value: string) => void
  /** whether something that is not offered may be picked: a new tag */
  readonly free?: boolean
  readonly hint?: string
  /** told of every letter where the options are what somebody else found for them */
  readonly onType?: (text: string) => void
}

/** One of many by typing a part of its name: the browser's own list of suggestions, so that keyboard and screen reader know it. */
export function Pick({ label, options, onPick, free = false, hint, onType }: PickProps) {
  const id = useId()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const offered = options.filter((option) => option.label.toLowerCase().includes(wanted)).slice(0, OFFERED)
  const take = (typed: string): boolean => {
    const found = options.find((option) => option.label === typed) ?? (!free && offered.length === 1 ? offered[0] : undefined)
    const value = found?.value ?? (free ? typed.trim() : '')
    if (value === '') return false
    onPick(value)
    setText('')
    return true
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter') return
    // Enter picks; it must not send the form around this field
    event.preventDefault()
    take(text)
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        list={`${id}-offered`}
        value={text}
        autoComplete="off"
        placeholder={hint}
        maxLength={60 + OFFERED}
        onKeyDown={onKeyDown}
        onChange={({ target }) => {
          const picked = options.some((option) => option.label === target.value)
          // a click into the suggestions arrives as the whole name at once
          if (picked && Math.abs(target.value.length - text.length) > 1 && take(target.value)) return
          setText(target.value)
          onType?.(target.value)
        }}
      />
      <datalist id={`${id}-offered`}>
        {offered.map((option) => (
          <option key={option.value} value={option.label} />
        ))}
      </datalist>
    </div>
  )
}

interface ChosenProps {
  readonly label: string
  readonly chosen: readonly Named[]
  readonly onRemove: (value: string) => void
}

/** What is picked, each with a button that takes it away. */
export function Chosen({ label, chosen, onRemove }: ChosenProps) {
  if (chosen.length === 0) return null
  return (
    <ul className="row" aria-label={label}>
      {chosen.map((one) => (
        <li key={one.value} className="chip">
          {one.label}
          <button type="button" aria-label={`Remove ${one.label}`} onClick={() => onRemove(one.value)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  )
}

interface OneProps {
  readonly label: string
  readonly options: readonly Named[]
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}

/** One of many, or none. */
export function PickOne({ label, options, value, onChange }: OneProps) {
  if (value === undefined) return <Pick label={label} options={options} onPick={onChange} />
  const name = options.find((option) => option.value === value)?.label ?? value
  return (
    <div className="field">
      <span className="legend">{label}</span>
      <Chosen label={label} chosen={[{ value, label: name }]} onRemove={() => onChange('')} />
    </div>
  )
}

interface ManyProps {
  readonly label: string
  readonly options: readonly Named[]
  readonly values: readonly string[]
  readonly onChange: (values: readonly string[]) => void
  readonly free?: boolean
}

/** Any number of many. */
export function PickMany({ label, options, values, onChange, free = false }: ManyProps) {
  const names = new Map(options.map((option) => [option.value, option.label]))
  return (
    <div className="stack tight">
      <Pick
        label={label}
        free={free}
        options={options.filter(({ value }) => !values.includes(value))}
        onPick={(value) => values.includes(value) || onChange([...values, value])}
      />
      <Chosen
        label={`${label} chosen`}
        chosen={values.map((value) => ({ value, label: names.get(value) ?? value }))}
        onRemove={(value) => onChange(values.filter((one) => one !== value))}
      />
    </div>
  )
}
