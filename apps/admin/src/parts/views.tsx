import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Trouble } from './trouble.tsx'
import { api } from '../session.ts'

type Filters = Readonly<Record<string, string>>
interface View {
  readonly name: string
  readonly filters: Filters
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

/** Filters with a name, to come back to: their owner's, on every device. */
export function Views({ list, now, onChoose }: Props) {
  const queries = useQueryClient()
  const name = ['saved views', list]
  const { data } = useQuery({
    queryKey: name,
    queryFn: async () => (await api.call('GET /api/users/me/views', { query: { list } })).views,
    staleTime: 60_000,
  })
  const views: readonly View[] = data ?? []
  const [naming, setNaming] = useState(false)
  const change = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSuccess: () => queries.invalidateQueries({ queryKey: name }),
  })
  const filters = Object.fromEntries(Object.entries(now).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const called = String(new FormData(event.currentTarget).get('view') ?? '').trim()
    if (called === '') return
    change.mutate(() => api.call('PUT /api/users/me/views', { body: { list, name: called, filters } }))
    setNaming(false)
  }
  const forget = (view: View) => change.mutate(() => api.call('DELETE /api/users/me/views', { query: { list, name: view.name } }))
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
          <button type="button" aria-label={`Forget ${view.name}`} onClick={() => forget(view)}>
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
      {change.error ? <Trouble error={change.error} /> : null}
    </fieldset>
  )
}
