/** Which lists of changes tell what kept answers are made from. */
import type { SearchDeps } from './deps.ts'
import { bothChanges, changeList, type ReadChanges } from '#kit/cache/change-list.ts'

/** Told with every change of the read model, of rules and of synonyms. */
export const DOCUMENTS = 'documents'

/**
 * The own list says what can be found, the catalogue's says what is shown of it: an event may still be under way when a price has long
 * changed. An answer counts as fresh when both were looked at.
 */
export const bothLists = ({ db, products }: Pick<SearchDeps, 'db' | 'products'>): ReadChanges =>
  bothChanges(changeList(db.sql), (since) => products.changes(since === undefined ? {} : { since }))
