import Type, { type Static } from 'typebox'
import { closed } from '#kit/messaging/event.ts'

export const settings = closed({
  /** Purchase orders arrive by themselves, for shops that are only tried out. Ignored in production. */
  simulatedSupplier: Type.Boolean({ default: true }),
  /** seconds that a day of lead time lasts with the simulated supplier */
  simulatedDaySeconds: Type.Integer({ default: 60, minimum: 1 }),
})
export type InventorySettings = Static<typeof settings>
