import { useInfiniteQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import { Trouble } from './trouble.tsx'
import { Unanswered } from './unanswered.tsx'

interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string | undefined
  /** processes whose part is missing */
  readonly unanswered?: readonly string[] | undefined
}

export interface Column<T> {
  readonly title: string
  /** of the grid: `8rem`, `1fr` */
  readonly width: string
  readonly end?: boolean
  /** instead of the title */
  readonly head?: ReactNode
  readonly cell: (item: T) => ReactNode
}

interface Props<T> {
  readonly label: string
  /** identifies the list with its filters */
  readonly name: readonly unknown[]
  readonly load: (cursor: string | undefined) => Promise<Page<T>>
  readonly keyOf: (item: T) => string
  readonly columns: readonly Column<T>[]
  readonly empty: string
  /** asked again by itself, milliseconds */
  readonly every?: number
  /** rows can be ticked, to do something to several at once */
  readonly selection?: Selection<T>
}

export interface Selection<T> {
  readonly chosen: ReadonlySet<string>
  readonly onChange: (chosen: ReadonlySet<string>) => void
  /** what a row is called, for those who do not see it */
  readonly nameOf: (item: T) => string
}

const ROW_HEIGHT = 49
/** The next page is fetched when so few rows are left below what is seen. */
const AHEAD = 15

/** A list of any length: pages by cursor as they are needed, and only the rows in view are in the document. */
export function Rows<T>({ label, name, load, keyOf, columns: given, empty, every, selection }: Props<T>) {
  const query = useInfiniteQuery({
    queryKey: name,
    queryFn: ({ pageParam }) => load(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval: (state) => (state.state.data?.pages.length === 1 ? (every ?? false) : false),
  })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const columns = selection ? [tickColumn(selection, items, keyOf), ...given] : given
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  })
  const rows = virtual.getVirtualItems()
  const last = rows.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage, error } = query
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !error && last > items.length - AHEAD) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, error, last, items.length])
  const trouble = error ? <Trouble error={error} again={() => void query.refetch()} /> : null
  if (!query.data && trouble) return trouble
  const style = { '--columns': columns.map(({ width }) => width).join(' ') } as React.CSSProperties
  return (
    <>
      {/* beside what was read before: somebody may be filling in a form in a row */}
      {trouble}
      <Unanswered from={[...new Set(query.data?.pages.flatMap(({ unanswered = [] }) => unanswered))]} />
      <div
        className="rows"
        ref={scroller}
        role="table"
        aria-label={label}
        aria-busy={query.isFetching}
        style={style}
        tabIndex={0}
      >
        <div role="row" className="heads">
          {columns.map(({ title, end, head }) => (
            <div key={title} role="columnheader" className={end ? 'end' : undefined}>
              {head ?? title}
            </div>
          ))}
        </div>
        {query.isPending ? <p className="admin-wait soft">Loading …</p> : null}
        {query.isSuccess && items.length === 0 && !query.data.pages.some(({ unanswered = [] }) => unanswered.length > 0) ? (
          <p className="admin-wait soft">{empty}</p>
        ) : null}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {rows.map(({ index, start }) => {
            const item = items[index] as T
            return (
              <div
                key={keyOf(item)}
                role="row"
                style={{ position: 'absolute', top: 0, left: 0, right: 0, transform: `translateY(${start}px)` }}
              >
                {columns.map(({ title, end, cell }) => (
                  <div key={title} role="cell" className={end ? 'end' : undefined}>
                    {cell(item)}
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
    </>
  )
}

/** A tick for every row, and one for all that were fetched so far. */
function tickColumn<T>({ chosen, onChange, nameOf }: Selection<T>, items: readonly T[], keyOf: (item: T) => string): Column<T> {
  const every = items.length > 0 && items.every((item) => chosen.has(keyOf(item)))
  const put = (keys: readonly string[], on: boolean) => {
    const next = new Set(chosen)
    for (const key of keys) {
      if (on) next.add(key)
      else next.delete(key)
    }
    onChange(next)
  }
  return {
    title: 'Chosen',
    width: '1.5rem',
    head: (
      <input
        type="checkbox"
        aria-label={`Choose all ${items.length} shown`}
        checked={every}
        ref={(box) => {
          if (box) box.indeterminate = !every && chosen.size > 0
        }}
        onChange={({ target }) => put(items.map(keyOf), target.checked)}
      />
    ),
    cell: (item) => (
      <input
        type="checkbox"
        aria-label={`Choose ${nameOf(item)}`}
        checked={chosen.has(keyOf(item))}
        onChange={({ target }) => put([keyOf(item)], target.checked)}
      />
    ),
  }
}
