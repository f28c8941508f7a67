import { type FormEvent, useState } from 'react'
import type { Option } from './draft.ts'
import {
  combinationCount,
  keyFrom,
  type Matrix,
  MOST,
  nameOf,
  withOption,
  withoutOption,
  withoutValue,
  withValue,
} from './matrix.ts'

/** As many options as the shop takes of one product. */
const MOST_OPTIONS = 6

interface Props {
  readonly matrix: Matrix
  readonly onChange: (matrix: Matrix) => void
}

/** What a product can be chosen in: sizes, colours. */
export function Options({ matrix, onChange }: Props) {
  const combinations = combinationCount(matrix.options)
  return (
    <div className="stack">
      {matrix.options.map((option) => (
        <OneOption key={option.key} option={option} matrix={matrix} onChange={onChange} />
      ))}
      {matrix.options.length < MOST_OPTIONS ? <NewOption matrix={matrix} onChange={onChange} /> : null}
      {combinations > MOST ? (
        <p className="note bad" role="alert">
          {combinations} combinations are more than the {MOST} that one product may have. Take values away, or make it several
          products.
        </p>
      ) : null}
    </div>
  )
}

function OneOption({ option, matrix, onChange }: Props & { option: Option }) {
  const [name, setName] = useState('')
  const key = keyFrom(name, option.values)
  const add = () => {
    if (key === undefined) return
    onChange(withValue(matrix, option.key, { key, titles: { en: name.trim() } }))
    setName('')
  }
  return (
    <fieldset className="row option">
      <legend className="legend">{nameOf(option)}</legend>
      {option.values.map((value) => (
        <span key={value.key} className="chip">
          {nameOf(value)}
          {option.values.length > 1 ? (
            <button
              type="button"
              aria-label={`Remove ${nameOf(value)}`}
              onClick={() => onChange(withoutValue(matrix, option.key, value.key))}
            >
              ×
            </button>
          ) : null}
        </span>
      ))}
      <input
        className="input"
        aria-label={`Another ${nameOf(option)}`}
        placeholder="another"
        maxLength={60}
        value={name}
        onChange={({ target }) => setName(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          add()
        }}
      />
      <button type="button" className="link" disabled={key === undefined} onClick={add}>
        Add
      </button>
      <button type="button" className="link" onClick={() => onChange(withoutOption(matrix, option.key))}>
        Remove {nameOf(option)}
      </button>
    </fieldset>
  )
}

function NewOption({ matrix, onChange }: Props) {
  const [name, setName] = useState('')
  const [values, setValues] = useState('')
  const key = keyFrom(name, matrix.options)
  const made: Option['values'] = []
  for (const value of values.split(',')) {
    const valueKey = keyFrom(value, made)
    if (valueKey !== undefined) made.push({ key: valueKey, titles: { en: value.trim() } })
  }
  const ready = key !== undefined && made.length > 0
  const add = (event: Pick<FormEvent, 'preventDefault'>) => {
    event.preventDefault()
    if (!ready) return
    onChange(withOption(matrix, { key, titles: { en: name.trim() }, values: made }))
    setName('')
    setValues('')
  }
  return (
    <details open={matrix.options.length === 0 ? undefined : false}>
      <summary>Another option</summary>
      {/* no form of its own: it stands inside the product's */}
      <fieldset className="row" aria-label="Another option">
        <label className="field">
          <span className="legend">Option</span>
          <input
            className="input"
            value={name}
            maxLength={60}
            placeholder="Size"
            onChange={({ target }) => setName(target.value)}
            onKeyDown={(event) => event.key === 'Enter' && add(event)}
          />
        </label>
        <label className="field">
          <span className="legend">Values, with commas</span>
          <input
            className="input"
            value={values}
            placeholder="S, M, L"
            onChange={({ target }) => setValues(target.value)}
            onKeyDown={(event) => event.key === 'Enter' && add(event)}
          />
        </label>
        <button type="button" className="button small quiet" disabled={!ready} onClick={add}>
          Add option
        </button>
      </fieldset>
    </details>
  )
}
