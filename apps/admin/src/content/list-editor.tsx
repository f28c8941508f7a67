import type { ReactNode } from 'react'

interface Props<T> {
  readonly items: readonly T[]
  /** what one of them is called, with its place */
  readonly titleOf: (item: T, place: number) => string
  readonly onChange: (items: T[]) => void
  readonly children: (item: T, change: (item: T) => void, place: number) => ReactNode
}

/** Things in an order: up, down, away. */
export function ListEditor<T>({ items, titleOf, onChange, children }: Props<T>) {
  const move = (from: number, to: number) => {
    const moved = [...items]
    moved.splice(to, 0, ...moved.splice(from, 1))
    onChange(moved)
  }
  return (
    <ol className="stack">
      {items.map((item, place) => {
        const title = titleOf(item, place)
        return (
          // their order is all that tells them apart
          // biome-ignore lint/suspicious/noArrayIndexKey: the same
          <li key={place} className="panel stack">
            <div className="spread">
              <h2>{title}</h2>
              <div className="row">
                <button type="button" className="link" disabled={place === 0} onClick={() => move(place, place - 1)}>
                  Up<span className="hidden">: {title}</span>
                </button>
                <button
                  type="button"
                  className="link"
                  disabled={place === items.length - 1}
                  onClick={() => move(place, place + 1)}
                >
                  Down<span className="hidden">: {title}</span>
                </button>
                <button type="button" className="link" onClick={() => onChange(items.filter((_, at) => at !== place))}>
                  Remove<span className="hidden">: {title}</span>
                </button>
              </div>
            </div>
            {children(item, (changed) => onChange(items.map((one, at) => (at === place ? changed : one))), place)}
          </li>
        )
      })}
    </ol>
  )
}
