import Type from 'typebox'
import { Nullable } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

export const ConfigRefreshed = defineEvent(
  'ConfigRefreshed.v1',
  'maintenance',
  'label',
  'The configuration changed, or staff want it read again: every process asks for its own anew. Values are not told.',
  closed({
    label: Type.String({ description: 'of the repository' }),
    version: Type.String({ description: 'commit, or a hash of all files' }),
    reason: Type.Union([Type.Literal('changed'), Type.Literal('asked')]),
    askedBy: Nullable(Type.String({ description: 'user id, or the name of a program; null: the repository changed' })),
  }),
)
