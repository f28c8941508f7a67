interface Props {
  readonly label: string
  readonly name: string
  readonly options: readonly string[]
  /** what an option is called; default: as it is */
  readonly show?: (option: string) => string
  readonly initial?: string | undefined
}

/** One of some words, in a form. */
export function Select({ label, name, options, show = (option) => option, initial }: Props) {
  return (
    <label className="field">
      <span className="legend">{label}</span>
      <select className="input" name={name} defaultValue={initial ?? options[0]}>
        {options.map((option) => (
          <option key={option} value={option}>
            {show(option)}
          </option>
        ))}
      </select>
    </label>
  )
}

interface TickProps {
  readonly label: string
  readonly name: string
  readonly value?: string
  readonly initial?: boolean
  readonly hint?: string
}

/** Yes or no, in a form. */
export function Tick({ label, name, value = 'yes', initial = false, hint }: TickProps) {
  return (
    <label className="check">
      <input type="checkbox" name={name} value={value} defaultChecked={initial} />
      <span>
        {label}
        {hint ? <span className="soft small"> {hint}</span> : null}
      </span>
    </label>
  )
}

interface WordsProps {
  readonly label: string
  readonly name: string
  readonly rows?: number
  readonly maxLength: number
  readonly initial?: string | undefined
  readonly hint?: string
  readonly optional?: boolean
}

/** Several lines of words, in a form. */
export function Words({ label, name, rows = 6, maxLength, initial, hint, optional = false }: WordsProps) {
  return (
    <label className="field">
      <span className="legend">{label}</span>
      <textarea className="input" name={name} rows={rows} maxLength={maxLength} defaultValue={initial} required={!optional} />
      {hint ? <span className="hint">{hint}</span> : null}
    </label>
  )
}
