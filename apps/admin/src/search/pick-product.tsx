import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Named } from '../catalogue.ts'
import { Chosen, Pick } from '../parts/pick.tsx'
import { useSettled } from '../parts/settled.ts'
import { Trouble } from '../parts/trouble.tsx'
import { api } from '../session.ts'

const OFFERED = 20
const ENOUGH = 2

/** Field of a form: one product that is on sale, by words of its title. Its id is sent. */
export function PickProduct({ label, name }: { label: string; name: string }) {
  const [text, setText] = useState('')
  const [chosen, choose] = useState<Named>()
  const asked = useSettled(text.trim())
  const { data, error } = useQuery({
    queryKey: ['pick product', asked],
    queryFn: ({ signal }) =>
      api.call('GET /api/products', { query: { limit: OFFERED, search: asked, sort: 'relevance' } }, { signal }),
    enabled: asked.length >= ENOUGH,
    placeholderData: (before) => before,
  })
  const found = data?.items ?? []
  const options = found.map(({ id, slug, title }) => ({
    value: id,
    label: found.some((other) => other.id !== id && other.title === title) ? `${title} (${slug})` : title,
  }))
  return (
    <div className="stack tight">
      <input type="hidden" name={name} value={chosen?.value ?? ''} />
      {chosen ? (
        <div className="field">
          <span className="legend">{label}</span>
          <Chosen label={label} chosen={[chosen]} onRemove={() => choose(undefined)} />
        </div>
      ) : (
        <Pick
          label={label}
          options={options}
          hint="Words of its title"
          onType={setText}
          onPick={(value) => choose(options.find((option) => option.value === value))}
        />
      )}
      {error ? <Trouble error={error} /> : null}
      {!chosen && !error && asked.length >= ENOUGH && data?.items.length === 0 ? (
        <p className="soft small">Nothing of that name is on sale.</p>
      ) : null}
    </div>
  )
}
