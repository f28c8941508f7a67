/** Which lists of changes tell what kept answers are made from. */
import { bothChanges, changeList, type ReadChanges } from '#kit/cache/change-list.ts'
import type { Deps } from './deps.ts'

/** Told when another model becomes active. */
export const MODELS = 'models'
/** Told with each order that has the product. */
export const boughtTag = (productId: string): string => `bought:${productId}`

/** Our own list says what is recommended, the catalogue's what is shown of it. */
export const bothLists = ({ db, products }: Pick<Deps, 'db' | 'products'>): ReadChanges =>
  bothChanges(changeList(db.sql), (since) => products.changes(since === undefined ? {} : { since }))
