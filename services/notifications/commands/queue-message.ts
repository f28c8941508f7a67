import { currentContext } from '#kit/core/context.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import type { ChannelName } from '../channels/channel.ts'

export interface NewMessage {
  readonly template: string
  /** what it is about: (template, event, channel) is one message, however often it is queued */
  readonly eventId: string
  readonly channel?: ChannelName
  readonly userId?: string | null
  readonly orderId?: string | null
  /** only where it cannot be found by user or order */
  readonly address?: string | null
  readonly locale?: string
  /** facts of the event; no secrets */
  readonly data?: object
  readonly resendOf?: string
}

/** Notes that a message is due, in the caller's transaction; the job writes and sends it. Returns its id, or `undefined` when it was noted before. */
export async function queueMessage(tx: Query, message: NewMessage): Promise<string | undefined> {
  const {
    template,
    eventId,
    channel = 'email',
    userId = null,
    orderId = null,
    address = null,
    locale = 'en',
    data = {},
    resendOf = null,
  } = message
  const { traceId, correlationId, causationId = null } = currentContext()
  const [row] = await tx<{ id: string }[]>`
    insert into messages (id, template, event_id, channel, user_id, order_id, address, locale, data, resend_of, trace_id, correlation_id, causation_id)
    values (${uuidv7()}, ${template}, ${eventId}, ${channel}, ${userId}, ${orderId}, ${address}, ${locale}, ${JSON.stringify(data)}::text::jsonb, ${resendOf}, ${traceId}, ${correlationId}, ${causationId})
    on conflict on constraint messages_once do nothing
    returning id`
  return row?.id
}
