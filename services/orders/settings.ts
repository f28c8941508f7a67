import Type, { type Static } from 'typebox'
import { closed } from '#kit/messaging/event.ts'

export const Settings = closed({
  completeAfterDays: Type.Integer({ default: 14, minimum: 1, maximum: 365, description: 'Days after delivery until an order counts as completed' }),
  keepAnswersDays: Type.Integer({ default: 7, minimum: 1, maximum: 365, description: 'Days for which the answer to an Idempotency-Key of POST /api/orders can be repeated' }),
})
export type Settings = Static<typeof Settings>
