import { useVirtualizer } from '@tanstack/react-virtual'
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Category } from '../catalogue.ts'
import { may } from '../session.ts'
import { childrenOf, dropped, type Place, placeOf, type Side, step, type Tree } from './tree.ts'

const ROW_HEIGHT = 36
const DRAGGED = 'application/x-souk-category'
const MOVES = { ArrowUp: 'up', ArrowDown: 'down', ArrowRight: 'in', ArrowLeft: 'out' } as const

interface Props {
  readonly tree: Tree
  readonly rows: readonly Category[]
  readonly open: ReadonlySet<string>
  /** the rows are what was found by words: then everything on the way is open */
  readonly found: boolean
  readonly active: string | undefined
  readonly onActive: (id: string) => void
  readonly onToggle: (id: string, open: boolean) => void
  readonly onMove: (id: string, place: Place) => void
}

/**
 * The tree with only the rows in view in the document. One stop for the tabulator: arrows walk, open and close, Alt with an arrow moves the
 * category; the mouse can drag it.
 */
export function TreeView({ tree, rows, open, found, active, onActive, onToggle, onMove }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const [over, setOver] = useState<{ id: string; side: Side; place: Place | undefined } | undefined>()
  const dragged = useRef<string | undefined>(undefined)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  })
  const at = rows.findIndex(({ id }) => id === active)
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at)
  }, [at, virtual])
  const allowed = may('products:write')
  const isOpen = (id: string) => found || open.has(id)

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at]
    if (!row) return
    const way = MOVES[event.key as keyof typeof MOVES] as (typeof MOVES)[keyof typeof MOVES] | undefined
    if (event.altKey && way) {
      event.preventDefault()
      const place = allowed ? step(tree, row.id, way) : undefined
      if (place) onMove(row.id, place)
      return
    }
    const next = walk(event.key, row)
    if (next === undefined) return
    event.preventDefault()
    if (next !== null) onActive(next)
  }
  /** The id to go to, null: the key was understood and leads nowhere; undefined: not a key of a tree. */
  const walk = (key: string, row: Category): string | null | undefined => {
    const to = (index: number) => rows[Math.min(rows.length - 1, Math.max(0, index))]?.id ?? null
    switch (key) {
      case 'ArrowDown':
        return to(at + 1)
      case 'ArrowUp':
        return to(at - 1)
      case 'Home':
        return to(0)
      case 'End':
        return to(rows.length - 1)
      case 'ArrowRight':
        if (row.children.length === 0) return null
        if (isOpen(row.id)) return to(at + 1)
        onToggle(row.id, true)
        return null
      case 'ArrowLeft':
        if (row.children.length > 0 && isOpen(row.id) && !found) {
          onToggle(row.id, false)
          return null
        }
        return row.parentId
      default:
        return undefined
    }
  }

  const onDragOver = (event: DragEvent<HTMLElement>, target: string) => {
    const id = dragged.current
    if (id === undefined) return
    const { top, height } = event.currentTarget.getBoundingClientRect()
    const part = (event.clientY - top) / height
    const side: Side = part < 0.3 ? 'before' : part > 0.7 ? 'after' : 'into'
    const place = dropped(tree, id, target, side)
    if (place) event.preventDefault()
    if (over?.id !== target || over.side !== side) setOver({ id: target, side, place })
  }
  const end = () => {
    dragged.current = undefined
    setOver(undefined)
  }

  if (rows.length === 0) return <p className="panel soft">{found ? 'No category fits.' : 'There is no category yet.'}</p>
  return (
    <div
      className="tree"
      ref={scroller}
      role="tree"
      aria-label="Categories"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `category-${active}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index] as Category
          const { parentId, index: among } = placeOf(tree, row.id)
          const parent = row.children.length > 0
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys, for the row that is active
            <div
              key={row.id}
              id={`category-${row.id}`}
              role="treeitem"
              aria-level={row.level + 1}
              aria-posinset={among + 1}
              aria-setsize={childrenOf(tree, parentId).length}
              aria-expanded={parent ? isOpen(row.id) : undefined}
              aria-selected={row.id === active}
              data-drop={over?.id === row.id && over.place ? over.side : undefined}
              draggable={allowed}
              style={{ transform: `translateY(${start}px)`, paddingLeft: `${0.5 + row.level * 1.25}rem` }}
              onClick={() => onActive(row.id)}
              onDragStart={(event) => {
                dragged.current = row.id
                event.dataTransfer.setData(DRAGGED, row.id)
                event.dataTransfer.effectAllowed = 'move'
              }}
              onDragOver={(event) => onDragOver(event, row.id)}
              onDragEnd={end}
              onDrop={(event) => {
                event.preventDefault()
                const id = dragged.current
                if (id !== undefined && over?.place) onMove(id, over.place)
                end()
              }}
            >
              {parent ? (
                <span
                  className="fold"
                  aria-hidden="true"
                  onClick={(event) => {
                    event.stopPropagation()
                    onToggle(row.id, !open.has(row.id))
                  }}
                >
                  {isOpen(row.id) ? '▾' : '▸'}
                </span>
              ) : (
                <span className="fold" aria-hidden="true" />
              )}
              {row.title}
            </div>
          )
        })}
      </div>
    </div>
  )
}
