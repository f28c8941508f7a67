import { ProductRatingChanged } from '#contracts/events/reviews.ts'
import { onMany, type Reaction } from '#kit/messaging/bus.ts'
import { keepRatings } from '../ratings.ts'

/** Cards show stars; the catalogue tells that they changed, as of everything a card says. */
export const onProductRatingChanged: Reaction = onMany(ProductRatingChanged, async (events, { tx }) =>
  keepRatings(
    tx,
    events.map(({ data }) => data),
  ),
)
