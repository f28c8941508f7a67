import { ProductRatingChanged } from '#contracts/events/reviews.ts'
import { onMany, type Reaction } from '#kit/messaging/bus.ts'
import type { SearchDeps } from '../deps.ts'
import { keepRatings } from '../ratings.ts'
import { lockProducts } from '../store.ts'
import { refresh } from './follow-products.ts'

/** Stars are a facet and an order: the documents follow them. */
export const followRatings = (deps: SearchDeps): Reaction =>
  onMany(ProductRatingChanged, async (events, { tx }) => {
    const told = events.map(({ data }) => data)
    await lockProducts(tx, [...new Set(told.map(({ productId }) => productId))])
    await refresh(deps, tx, await keepRatings(tx, told))
  })
