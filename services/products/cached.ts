import { CATALOGUE } from '#contracts/rpc/catalogue.ts'
import type { Cached } from '#kit/http/route.ts'
import type { Settings } from './settings.ts'

/** How public reads of the catalogue are kept; the tags are those that migrations/008_cache.sql tells. */
export interface Kept {
  /** A page of products: any card that changes may belong on it. */
  readonly list: Cached
  /** Found by words: what search knows by now is not told here, so the answer lasts as long as many who ask the same at once. */
  readonly search: Cached
  /** Categories, brands, sellers, channels. */
  readonly frame: Cached
  /** A product's page; its handler names the product. */
  readonly page: Cached
}

export const keptFor = ({ cacheSeconds, categoryCacheSeconds }: Settings): Kept => ({
  list: { tags: ['lists', CATALOGUE], seconds: cacheSeconds },
  search: { tags: ['lists', CATALOGUE], seconds: 1 },
  frame: { tags: [CATALOGUE], seconds: categoryCacheSeconds },
  page: { tags: [CATALOGUE], seconds: cacheSeconds },
})
