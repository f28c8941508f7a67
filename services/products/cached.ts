import { CATALOGUE } from '#contracts/rpc/catalogue.ts'
import type { Cached } from '#kit/http/route.ts'

/** How public reads of the catalogue are kept; the tags are those that migrations/008_cache.sql tells. */
const QUARTER_OF_AN_HOUR = 15 * 60

/** A page of products: any card that changes may belong on it. */
export const keptList: Cached = { tags: ['lists', CATALOGUE], seconds: QUARTER_OF_AN_HOUR }
/** Found by words: what search knows by now is not told here, so the answer lasts as long as many who ask the same at once. */
export const keptSearch: Cached = { tags: ['lists', CATALOGUE], seconds: 1 }
/** Categories, brands, sellers, channels. */
export const keptFrame: Cached = { tags: [CATALOGUE], seconds: 60 * 60 }
/** A product's page; its handler names the product. */
export const keptPage: Cached = { tags: [CATALOGUE], seconds: QUARTER_OF_AN_HOUR }
