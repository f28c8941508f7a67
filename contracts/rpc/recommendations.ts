import Type from 'typebox'
import { Nullable } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

const Day = Type.String({ format: 'date' })
const share = Type.Number({ minimum: 0, maximum: 1 })
/** `hitRateAt10`: chance that a purchase, chosen at random from those of a user, was among the ten. `usersHitAt10`: users with at least one. */
const Figures = closed({ hitRateAt10: share, usersHitAt10: share, ndcgAt10: share, coverage: share })
const Comparison = closed({ users: Type.Integer(), model: Figures, popularity: Figures, recentPopularity: Figures })

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
  },
  { RecommendationFigures: Figures, RecommendationComparison: Comparison },
)
