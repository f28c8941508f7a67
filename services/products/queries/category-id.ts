import { isUuid } from './product-detail.ts'
import type { Query } from '#kit/db/db.ts'

/** The id of a category by its address; an id is its own answer. Not remembered: lists are, and with them an old address would be. */
export async function categoryIdOf(db: Query, asked: string): Promise<string | undefined> {
  if (isUuid(asked)) return asked
  const [row] = await db<{ id: string }[]>`select c.id from categories c where c.slug = ${asked}`
  return row?.id
}
