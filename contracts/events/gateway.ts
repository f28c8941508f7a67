import Type from 'typebox'
import { Nullable } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

const VersionWeight = closed({ version: Type.String(), weight: Type.Integer({ minimum: 0 }) })

export const TrafficShifted = defineEvent(
  'TrafficShifted.v1',
  'maintenance',
  'service',
  'Staff changed which share of the requests each version of a service gets. No weights: those of the settings hold again.',
  closed({
    service: Type.String(),
    weights: Nullable(Type.Array(VersionWeight)),
    reason: Type.String(),
    changedBy: Type.String({ description: 'user id' }),
  }),
)
