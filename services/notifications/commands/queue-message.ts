import { currentContext, type WorkContext } from '#kit/core/context.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import type { ChannelName } from '../channels/channel.ts'
import { templates } from '../templates.ts'

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

/** A message and the story it belongs to. */
export type DueNews = NewMessage & { readonly context: WorkContext }

/**
 * Notes that messages are due, all in one statement of the caller's transaction; the job writes and sends them. Somebody waits for those
 * with a link to sign in: they are urgent. Returns the ids of those that were not noted before.
 */
export async function queueMessages(tx: Query, messages: readonly DueNews[]): Promise<string[]> {
  if (messages.length === 0) return []
  const rows = messages.map(({ template, eventId, channel = 'email', locale = 'en', context, ...message }) => ({
    id: uuidv7(),
    template,
    event_id: eventId,
    channel,
    user_id: message.userId,
    order_id: message.orderId,
    address: message.address,
    locale,
    urgent: templates.get(template)?.needsLink === true,
    data: message.data ?? {},
    resend_of: message.resendOf,
    trace_id: context.traceId,
    correlation_id: context.correlationId,
    causation_id: context.causationId,
    span_id: context.spanId,
  }))
  const stored = await tx<{ id: string }[]>`
    insert into messages (id, template, event_id, channel, user_id, order_id, address, locale, urgent, data, resend_of, trace_id, correlation_id, causation_id, span_id)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      as m(id uuid, template text, event_id uuid, channel text, user_id uuid, order_id uuid, address text, locale text, urgent boolean, data jsonb, resend_of uuid,
           trace_id text, correlation_id text, causation_id text, span_id text)
    on conflict on constraint messages_once do nothing
    returning id`
  return stored.map(({ id }) => id)
}

/** The same for one message of the running work. Returns its id, or `undefined` when it was noted before. */
export async function queueMessage(tx: Query, message: NewMessage): Promise<string | undefined> {
  const [id] = await queueMessages(tx, [{ ...message, context: currentContext() }])
  return id
}
