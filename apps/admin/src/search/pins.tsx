import { useIsMutating, useMutation, useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import { Trouble } from '../parts/trouble.tsx'
import { api, may } from '../session.ts'
import { ProductName } from './product-name.tsx'
import { bodyOf, moved, placeName, type Rule } from './rule.ts'
import { RuleToDo } from './rule-form.tsx'

const DRAGGED = 'application/x-souk-pin'
const MOVING = ['search', 'pins'] as const

interface Said {
  readonly items: readonly Rule[]
}

interface Props {
  /** in the order of their places */
  readonly pins: readonly Rule[]
  readonly query: string
}

/** Products with a place of their own: up and down by a place, or dragged to the place of another one. Shown at once, and read again when stored. */
export function Pins({ pins, query }: Props) {
  const queries = useQueryClient()
  const list = ['search', 'rules', query]
  const pressed = useRef<string | undefined>(undefined)
  const [over, setOver] = useState<string>()
  const [told, tell] = useState('')
  const others = useIsMutating({ mutationKey: MOVING })
  const store = useMutation({
    mutationKey: MOVING,
    // one after the other: who presses twice means two places
    scope: { id: MOVING.join(' ') },
    mutationFn: async (changed: readonly Rule[]) => {
      for (const rule of changed) await api.call('PUT /api/search/rules/{id}', { path: { id: rule.id }, body: bodyOf(rule) })
    },
    onSettled: async () => {
      // the last one reads what has become of all of them
      if (queries.isMutating({ mutationKey: MOVING }) <= 1) await queries.invalidateQueries({ queryKey: ['search'] })
    },
  })
  const order = pins.map(({ id }) => id).join()
  const drawn = useRef(order)
  // a button that moved along with its row keeps the focus
  useEffect(() => {
    if (drawn.current === order) return
    drawn.current = order
    if (pressed.current !== undefined) document.getElementById(pressed.current)?.focus()
    pressed.current = undefined
  }, [order])
  if (pins.length === 0) return null
  const allowed = may('search:write')
  const move = (id: string, wanted: (place: number) => number) => {
    // who presses twice is quicker than the page is drawn
    const said = queries.getQueryData<Said>(list)?.items ?? []
    const now = said.filter((rule) => pins.some((pin) => pin.id === rule.id))
    const to = wanted(now.find((pin) => pin.id === id)?.position ?? 1)
    const changed = new Map(moved(now, id, to).map((rule) => [rule.id, rule]))
    if (changed.size === 0) return
    tell(`Now at place ${to}`)
    void queries.cancelQueries({ queryKey: list })
    queries.setQueryData<Said>(
      list,
      (before) => before && { ...before, items: before.items.map((rule) => changed.get(rule.id) ?? rule) },
    )
    store.mutate([...changed.values()])
  }
  const drop = (event: DragEvent, onto: Rule) => {
    event.preventDefault()
    setOver(undefined)
    const id = event.dataTransfer.getData(DRAGGED)
    if (id) move(id, () => onto.position ?? 1)
  }
  return (
    <section aria-label="Pinned" aria-busy={others > 0}>
      <h3>Pinned</h3>
      {store.error ? <Trouble error={store.error} /> : null}
      <p className="hidden" role="status">
        {told}
      </p>
      <ol className="pins">
        {pins.map((pin) => {
          const place = pin.position ?? 1
          return (
            <li
              key={pin.id}
              draggable={allowed}
              data-over={over === pin.id}
              onDragStart={(event) => {
                event.dataTransfer.setData(DRAGGED, pin.id)
                event.dataTransfer.effectAllowed = 'move'
              }}
              onDragOver={(event) => {
                event.preventDefault()
                if (over !== pin.id) setOver(pin.id)
              }}
              onDragLeave={() => setOver(undefined)}
              onDragEnd={() => setOver(undefined)}
              onDrop={(event) => drop(event, pin)}
            >
              <span className="number">{place}.</span>
              <span>
                <ProductName id={pin.productId} /> <span className="soft small">{placeName(pin)}</span>
              </span>
              {allowed ? (
                <span className="row">
                  {([-1, 1] as const).map((step) => {
                    const name = step < 0 ? 'Up' : 'Down'
                    const id = `${name}-${pin.id}`
                    return (
                      <button
                        key={step}
                        id={id}
                        type="button"
                        className="button small quiet"
                        aria-label={`${name}, from place ${place}`}
                        aria-disabled={place + step < 1}
                        onClick={() => {
                          pressed.current = id
                          move(pin.id, (at) => at + step)
                        }}
                      >
                        {step < 0 ? '↑' : '↓'}
                      </button>
                    )
                  })}
                </span>
              ) : null}
              <span className="pin-to-do">
                <RuleToDo rule={pin} />
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
