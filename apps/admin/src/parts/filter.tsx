import { useSearchParams } from 'react-router'

/** Filters live in the address: a list can be linked to and comes back as it was. */
export function useFilter<K extends string>(names: readonly K[]) {
  const [search, setSearch] = useSearchParams()
  const values = Object.fromEntries(names.map((name) => [name, search.get(name) || undefined])) as Record<K, string | undefined>
  const set = (name: K, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before)
        if (value) after.set(name, value)
        else after.delete(name)
        return after
      },
      { replace: true },
    )
  /** All of them at once, as a saved view names them. */
  const setAll = (wanted: Readonly<Record<string, string>>) => setSearch(new URLSearchParams(wanted), { replace: true })
  return { values, set, setAll }
}

interface ChoiceProps {
  readonly label: string
  readonly value: string | undefined
  /** as they are asked for; with a label where that is no word for people */
  readonly options: readonly (string | { readonly value: string; readonly label: string })[]
  readonly onChange: (value: string) => void
  /** one of them is always chosen */
  readonly needed?: boolean
}

export function Choice({ label, value, options, onChange, needed = false }: ChoiceProps) {
  return (
    <label className="field">
      <span className="legend">{label}</span>
      <select className="input" value={value ?? ''} onChange={(event) => onChange(event.target.value)}>
        {needed ? null : <option value="">all</option>}
        {options
          .map((option) => (typeof option === 'string' ? { value: option, label: option.toLowerCase() } : option))
          .map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
      </select>
    </label>
  )
}

/** Asked when Enter is pressed or the field is left, not at every letter. */
export function Find({ label, value, onChange }: Omit<ChoiceProps, 'options' | 'needed'>) {
  return (
    <label className="field">
      <span className="legend">{label}</span>
      <input
        className="input"
        type="search"
        key={value}
        defaultValue={value ?? ''}
        onKeyDown={(event) => event.key === 'Enter' && onChange(event.currentTarget.value.trim())}
        onBlur={(event) => event.currentTarget.value.trim() !== (value ?? '') && onChange(event.currentTarget.value.trim())}
      />
    </label>
  )
}
