/** Which lists of changes tell what kept answers are made from. */
import type { SearchDeps } from './deps.ts'
import { changeList, type Look, type ReadChanges } from '#kit/cache/change-list.ts'

/** Told with every change of the read model, of rules and of synonyms. */
export const DOCUMENTS = 'documents'
/** Told by the catalogue, in the transaction that changes what a product's page or card says. */
export const productTag = (id: string): string => `product:${id}`
export const CATALOGUE = 'catalogue'

/**
 * The own list says what can be found, the catalogue's says what is shown of it: an event may still be under way when a price has long
 * changed. An answer counts as fresh when both were looked at.
 */
export function bothLists({ db, products }: Pick<SearchDeps, 'db' | 'products'>): ReadChanges {
  const own = changeList(db.sql)
  return async (since): Promise<Look> => {
    const [mine, theirs] = since === undefined ? [undefined, undefined] : (JSON.parse(since) as [string, string])
    const [documents, catalogue] = await Promise.all([own(mine), products.changes(theirs === undefined ? {} : { since: theirs })])
    return {
      snapshot: JSON.stringify([documents.snapshot, catalogue.snapshot]),
      tags: [...documents.tags, ...catalogue.tags],
      everything: documents.everything || catalogue.everything,
    }
  }
}
