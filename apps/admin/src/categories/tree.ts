import type { Category } from '../catalogue.ts'

/** As deep as the shop's tree may be. */
export const LEVELS = 12

/** Where a category is to stand: among the children of a parent (null: the roots), counted without itself. */
export interface Place {
  readonly parentId: string | null
  readonly index: number
}
export type Side = 'before' | 'into' | 'after'

/** The tree as the shop answers it: every category after its parent and before what comes after its parent. */
export interface Tree {
  readonly items: readonly Category[]
  readonly byId: ReadonlyMap<string, Category>
  readonly roots: readonly string[]
}

export const treeOf = (items: readonly Category[]): Tree => ({
  items,
  byId: new Map(items.map((item) => [item.id, item])),
  roots: items.filter(({ level }) => level === 0).map(({ id }) => id),
})

/** The rows that are seen: what lies below a closed category is not. With words: what fits them and the way to it. */
export function rowsOf({ items, byId }: Tree, open: ReadonlySet<string>, words: string): readonly Category[] {
  const wanted = words.trim().toLowerCase()
  if (wanted !== '') {
    const seen = new Set<string>()
    for (const item of items) {
      if (!item.title.toLowerCase().includes(wanted)) continue
      for (let one: Category | undefined = item; one; one = one.parentId === null ? undefined : byId.get(one.parentId))
        seen.add(one.id)
    }
    return items.filter(({ id }) => seen.has(id))
  }
  let closedAt = Number.POSITIVE_INFINITY
  return items.filter(({ id, level }) => {
    if (level > closedAt) return false
    closedAt = open.has(id) ? Number.POSITIVE_INFINITY : level
    return true
  })
}

/** The children of a parent in their order. */
export const childrenOf = ({ byId, roots }: Tree, parentId: string | null): readonly string[] =>
  parentId === null ? roots : (byId.get(parentId)?.children ?? [])

export function placeOf(tree: Tree, id: string): Place {
  const parentId = tree.byId.get(id)?.parentId ?? null
  return { parentId, index: childrenOf(tree, parentId).indexOf(id) }
}

/** One step: among its siblings, into the one before it, or out beside its parent. Undefined: there is no such place. */
export function step(tree: Tree, id: string, way: 'up' | 'down' | 'in' | 'out'): Place | undefined {
  const { parentId, index } = placeOf(tree, id)
  const siblings = childrenOf(tree, parentId)
  switch (way) {
    case 'up':
      return index > 0 ? { parentId, index: index - 1 } : undefined
    case 'down':
      return index < siblings.length - 1 ? { parentId, index: index + 1 } : undefined
    case 'in': {
      const before = siblings[index - 1]
      return before === undefined ? undefined : fits(tree, id, { parentId: before, index: childrenOf(tree, before).length })
    }
    case 'out': {
      if (parentId === null) return undefined
      const above = placeOf(tree, parentId)
      return { parentId: above.parentId, index: above.index + 1 }
    }
  }
}

/** Where it comes to stand when it is let go at a side of another one. Undefined: it cannot stand there. */
export function dropped(tree: Tree, id: string, target: string, side: Side): Place | undefined {
  if (id === target) return undefined
  if (side === 'into')
    return fits(tree, id, { parentId: target, index: childrenOf(tree, target).filter((child) => child !== id).length })
  const { parentId } = placeOf(tree, target)
  const others = childrenOf(tree, parentId).filter((child) => child !== id)
  return fits(tree, id, { parentId, index: others.indexOf(target) + (side === 'after' ? 1 : 0) })
}

/** Not below itself, and not deeper than the tree may be. */
function fits(tree: Tree, id: string, place: Place): Place | undefined {
  let level = 0
  for (let above = place.parentId; above !== null; above = tree.byId.get(above)?.parentId ?? null) {
    if (above === id) return undefined
    level += 1
  }
  return level + heightOf(tree, id) < LEVELS ? place : undefined
}

/** Levels below a category: 0, if nothing is. */
function heightOf({ items, byId }: Tree, id: string): number {
  const own = byId.get(id)?.level ?? 0
  const from = items.findIndex((item) => item.id === id)
  let deepest = own
  for (let at = from + 1; at < items.length && (items[at] as Category).level > own; at += 1)
    deepest = Math.max(deepest, (items[at] as Category).level)
  return deepest - own
}
