/** Deepest level of the tree; the table has the same limit. */
export const MAX_DEPTH = 12

/** Where a category stands: the ids from the root down to itself. */
export type CategoryPath = readonly string[]

export type Placement =
  | { readonly ok: true; readonly path: CategoryPath }
  | { readonly ok: false; readonly reason: 'cycle' | 'too-deep' }

/**
 * The path of a category below a new parent (`null`: a root). `height` is how many levels hang below the category. Refused
 * when the parent lies in the category's own subtree, or the subtree would reach deeper than MAX_DEPTH.
 */
export function place(id: string, parent: CategoryPath | null, height: number): Placement {
  if (parent?.includes(id)) return { ok: false, reason: 'cycle' }
  const path = [...(parent ?? []), id]
  return path.length + height > MAX_DEPTH ? { ok: false, reason: 'too-deep' } : { ok: true, path }
}

/** One entry of the tree as shoppers see it. */
export interface CategoryNode {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly position: number
  readonly version: number
  readonly children: CategoryNode[]
}

/** Rows in any order → roots with their children, each level by position, then title. A row whose parent is missing is left out. */
export function treeOf(
  rows: readonly { id: string; parentId: string | null; slug: string; title: string; position: number; version: number }[],
): CategoryNode[] {
  const nodes = new Map(
    rows.map(({ id, slug, title, position, version }) => [
      id,
      { id, slug, title, position, version, children: [] as CategoryNode[] },
    ]),
  )
  const roots: CategoryNode[] = []
  for (const row of rows) {
    const siblings = row.parentId === null ? roots : nodes.get(row.parentId)?.children
    siblings?.push(nodes.get(row.id)!)
  }
  const inOrder = (a: CategoryNode, b: CategoryNode) =>
    a.position - b.position || (a.title < b.title ? -1 : a.title > b.title ? 1 : 0)
  for (const node of nodes.values()) node.children.sort(inOrder)
  return roots.sort(inOrder)
}
