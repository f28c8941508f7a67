import { isUuid } from './product-detail.ts'
import type { Db } from '#kit/db/db.ts'

const REMEMBER_MS = 10_000
const AT_MOST = 10_000

/**
 * Finds the id of a category by its address; an id is its own answer. Remembers it for ten seconds, so that a list of a
 * category costs one statement, not two. An address that changes hands shows the old category until then.
 */
export function rememberedCategories(db: Db): (asked: string) => Promise<string | undefined> {
  const known = new Map<string, { id: string; until: number }>()
  return async (asked) => {
    if (isUuid(asked)) return asked
    const now = Date.now()
    const remembered = known.get(asked)
    if (remembered && remembered.until > now) return remembered.id
    const [row] = await db.read<{ id: string }[]>`select c.id from categories c where c.slug = ${asked}`
    if (!row) return undefined
    if (known.size >= AT_MOST) known.clear()
    known.set(asked, { id: row.id, until: now + REMEMBER_MS })
    return row.id
  }
}
