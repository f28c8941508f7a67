import { NotificationFailed, NotificationSent } from '#contracts/events/notifications.ts'
import type { Query } from '#kit/db/db.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import type { Deps } from '../deps.ts'
import type { DueMessage } from '../jobs/claim.ts'

interface Recipient {
  readonly address: string
  readonly userId: string | null
}

type Sent = Pick<DueMessage, 'id' | 'attempts' | 'template' | 'channel' | 'userId'>

/** What became of a message at this try. */
export interface Ending {
  readonly id: string
  readonly attempts: number
  /** `queued`: it is tried again after `pause` seconds */
  readonly state: 'sent' | 'failed' | 'suppressed' | 'queued'
  readonly reason?: string
  readonly pause?: number
  readonly address?: string
  readonly user_id?: string | null
  readonly subject?: string
  readonly locale?: string
  readonly provider?: string | undefined
  /** for the outbox, as it encodes it */
  readonly event?: unknown
}

const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 15 * 60

/** 1 s, 2 s, 4 s … up to a quarter of an hour. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_SECONDS)
}

/**
 * Notes what became of messages, with their events, in one statement. Only whoever still holds a message may say so; somebody erased
 * meanwhile is not written down again.
 */
export async function finishMessages(sql: Query, endings: readonly Ending[]): Promise<void> {
  await sql`
    with ending as (
      select * from jsonb_to_recordset(${JSON.stringify(endings)}::text::jsonb) as e(
        id uuid, attempts integer, state text, reason text, pause float8, address text, user_id uuid, subject text, locale text, provider text, event jsonb)
    ), done as (
      update messages m set state = e.state, reason = e.reason, address = coalesce(e.address, m.address), user_id = coalesce(e.user_id, m.user_id),
             subject = coalesce(e.subject, m.subject), locale = coalesce(e.locale, m.locale), provider = e.provider,
             next_at = case when e.state = 'queued' then now() + make_interval(secs => e.pause) else m.next_at end, leased_until = null,
             finished_at = case when e.state <> 'queued' then now() end
        from ending e
       where m.id = e.id and m.attempts = e.attempts and m.state = 'queued'
      returning e.event
    )
    select outbox_append(jsonb_agg(d.event)) from done d where d.event is not null having count(*) > 0`
}

/** It left the house, by this provider. */
export async function markSent(
  deps: Deps,
  message: Sent,
  sent: Recipient & { subject: string; locale: string; provider: string | undefined },
): Promise<void> {
  const { id, attempts, template, channel } = message
  const { address, userId, subject, locale, provider } = sent
  const event = encoded(deps, NotificationSent({ messageId: id, template, channel, userId }))
  await deps.finish({ id, attempts, state: 'sent', address, user_id: userId, subject, locale, provider, event })
}

/** It is given up. `reason` is a code, never what a server said: that may hold addresses. */
export async function markFailed(deps: Deps, message: Sent, reason: string): Promise<void> {
  const { id, attempts, template, channel, userId } = message
  const event = encoded(deps, NotificationFailed({ messageId: id, template, channel, userId, reason }))
  await deps.finish({ id, attempts, state: 'failed', reason, event })
}

/** It is not sent, and that is right so: nobody there, no consent, an address that bounced. */
export async function markSuppressed(deps: Deps, { id, attempts }: Sent, reason: string, recipient?: Recipient): Promise<void> {
  await deps.finish({
    id,
    attempts,
    state: 'suppressed',
    reason,
    ...(recipient && { address: recipient.address, user_id: recipient.userId }),
  })
}

/** It is tried again later. */
export async function putOff(deps: Deps, { id, attempts }: Sent, reason: string): Promise<void> {
  await deps.finish({ id, attempts, state: 'queued', reason, pause: pauseAfter(attempts) })
}

/** Now, while the story of the message is the running one: many are stored together. */
const encoded = ({ outbox }: Deps, event: NewEvent): unknown => outbox.rows([event])[0]
