import Type from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

const message = {
  messageId: Uuid,
  template: Type.String(),
  channel: Type.Union([Type.Literal('email'), Type.Literal('sms'), Type.Literal('push')]),
  userId: Nullable(Uuid),
}
export const NotificationSent = defineEvent(
  'NotificationSent.v1',
  'notification',
  'messageId',
  'A message left the shop.',
  closed(message),
)
export const NotificationFailed = defineEvent(
  'NotificationFailed.v1',
  'notification',
  'messageId',
  'A message could not be sent after all tries.',
  closed({ ...message, reason: Type.String() }),
)
