/** Which lists of changes tell what kept answers are made from. */
import { changeList, type Look, type ReadChanges } from '#kit/cache/change-list.ts'
import type { Deps } from './deps.ts'

/** Told when another model becomes active. */
export const MODELS = 'models'
/** Told with each order that has the product. */
export const boughtTag = (productId: string): string => `bought:${productId}`
/** Told by the catalogue, in the transaction that changes what a product's card says. */
export const productTag = (id: string): string => `product:${id}`
export const CATALOGUE = 'catalogue'

/** Our own list says what is recommended, the catalogue's what is shown of it. An answer is fresh when both were looked at. */
export function bothLists({ db, products }: Pick<Deps, 'db' | 'products'>): ReadChanges {
  const own = changeList(db.sql)
  return async (since): Promise<Look> => {
    const [mine, theirs] = since === undefined ? [undefined, undefined] : (JSON.parse(since) as [string, string])
    const [models, catalogue] = await Promise.all([own(mine), products.changes(theirs === undefined ? {} : { since: theirs })])
    return {
      snapshot: JSON.stringify([models.snapshot, catalogue.snapshot]),
      tags: [...models.tags, ...catalogue.tags],
      everything: models.everything || catalogue.everything,
    }
  }
}
