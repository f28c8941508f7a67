import Type from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

export const RecommendationsShown = defineEvent(
  'RecommendationsShown.v1',
  'recommendation',
  'placement',
  'Lists of products were recommended: how often in the moment this tells of, where, and made in which way. Nobody is named.',
  closed({
    placement: Type.String(),
    strategy: Type.String(),
    /** the experiment that decided the strategy, and which of its variants was shown */
    experiment: Nullable(closed({ experimentId: Uuid, variant: Type.String() })),
    lists: Type.Integer({ minimum: 1 }),
    /** how many people or visitors saw this variant for the first time, and take part from now on */
    exposed: Type.Integer({ minimum: 0 }),
  }),
)
