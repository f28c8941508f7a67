import { type FormEvent, useState } from 'react'
import { staffNow } from '../session.ts'

type Filters = Readonly<Record<string, string>>
interface View {
  readonly name: string
  readonly filters: Filters
}

/** No service keeps what staff like to look at: it stays in this browser, for whoever is signed in. */
const placeOf = (list: string): string => `souk-admin views ${list} ${staffNow()?.userId ?? ''}`

function read(list: string): readonly View[] {
  try {
    const views: unknown = JSON.parse(localStorage.getItem(placeOf(list)) ?? '[]')
    return Array.isArray(views) ? (views as View[]) : []
  } catch {
    // forbidden, or written by somebody else: then there are none
    return []
  }
}

function write(list: string, views: readonly View[]): void {
  try {
    localStorage.setItem(placeOf(list), JSON.stringify(views))
  } catch {
    // a browser that keeps nothing: they last as long as the page
  }
}

const sameFilters = (a: Filters, b: Filters): boolean => {
  const text = (filters: Filters) => JSON.stringify(Object.entries(filters).sort(([x], [y]) => (x < y ? -1 : 1)))
  return text(a) === text(b)
}

interface Props {
  /** name of the list they belong to */
  readonly list: string
  readonly now: Readonly<Record<string, string | undefined>>
  readonly onChoose: (filters: Filters) => void
}

/** Filters with a name, to come back to. */
export function Views({ list, now, onChoose }: Props) {
  const [views, setViews] = useState(() => read(list))
  const [naming, setNaming] = useState(false)
  const filters = Object.fromEntries(Object.entries(now).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const put = (next: readonly View[]) => {
    setViews(next)
    write(list, next)
  }
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('view') ?? '').trim()
    if (name === '') return
    put([...views.filter((view) => view.name !== name), { name, filters }])
    setNaming(false)
  }
  const filtered = Object.keys(filters).length > 0
  return (
    <fieldset className="row" aria-label="Saved views">
      {views.map((view) => (
        <span key={view.name} className="chip" data-now={sameFilters(view.filters, filters) || undefined}>
          <button
            type="button"
            className="link"
            aria-pressed={sameFilters(view.filters, filters)}
            onClick={() => onChoose(view.filters)}
          >
            {view.name}
          </button>
          <button type="button" aria-label={`Forget ${view.name}`} onClick={() => put(views.filter((one) => one !== view))}>
            ×
          </button>
        </span>
      ))}
      {filtered ? (
        <button type="button" className="link" onClick={() => onChoose({})}>
          Everything
        </button>
      ) : null}
      {filtered && !naming && !views.some((view) => sameFilters(view.filters, filters)) ? (
        <button type="button" className="link" onClick={() => setNaming(true)}>
          Save this view
        </button>
      ) : null}
      {naming ? (
        <form className="row" onSubmit={save}>
          {/* biome-ignore lint/a11y/noAutofocus: whoever asks for a name wants to type one */}
          <input className="input narrow" name="view" aria-label="Name of the view" required maxLength={60} autoFocus />
          <button type="submit" className="button small quiet">
            Save
          </button>
          <button type="button" className="link" onClick={() => setNaming(false)}>
            Leave it
          </button>
        </form>
      ) : null}
    </fieldset>
  )
}
