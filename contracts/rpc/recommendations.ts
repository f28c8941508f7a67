import Type from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

const Day = Type.String({ format: 'date' })
const share = Type.Number({ minimum: 0, maximum: 1 })
/** `hitRateAt10`: chance that a purchase, chosen at random from those of a user, was among the ten. `usersHitAt10`: users with at least one. */
const Figures = closed({ hitRateAt10: share, usersHitAt10: share, ndcgAt10: share, coverage: share })
const Comparison = closed({ users: Type.Integer(), model: Figures, popularity: Figures, recentPopularity: Figures })

const Touched = closed({ productId: Uuid, at: Timestamp })
/** Everything that recommendations keep of a person. */
export const RecommendationHistory = closed({
  remembered: Type.Boolean({ description: 'false: what is opened and put into carts is not kept' }),
  views: Type.Array(Touched),
  carts: Type.Array(Touched, { description: 'what was put into carts, also long ago' }),
  inCart: Type.Array(Touched, { description: 'what lies in the cart, and is not recommended therefore' }),
  purchases: Type.Array(closed({ orderId: Uuid, productId: Uuid, quantity: Type.Integer(), at: Timestamp })),
  experiments: Type.Array(closed({ experiment: Type.String(), variant: Type.String(), at: Timestamp })),
  clicks: Type.Array(closed({ placement: Type.String(), productId: Uuid, at: Timestamp })),
})

export const recommendationsRpc = defineRpc(
  'recommendations',
  {
    /** Trains on purchases before a day and measures on those from then on (docs/recommendations.md). Changes nothing. */
    evaluate: method(
      closed({ split: Day, until: Nullable(Day) }),
      closed({
        /** only what a user had not bought before */
        discoveries: Comparison,
        withRepeats: Comparison,
        products: Type.Integer(),
        purchasesBefore: Type.Integer(),
        purchasesAfter: Type.Integer(),
        first: Nullable(Day),
        last: Nullable(Day),
      }),
    ),
    /** Everything kept of a person, erased or unknown: nothing (GDPR Art. 15 and 20). */
    ofPerson: method(closed({ personId: Uuid }), RecommendationHistory, { read: true }),
  },
  { RecommendationHistory, RecommendationFigures: Figures, RecommendationComparison: Comparison },
)
