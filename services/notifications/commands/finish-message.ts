import { NotificationFailed, NotificationSent } from '#contracts/events/notifications.ts'
import type { Deps } from '../deps.ts'
import type { DueMessage } from '../jobs/claim.ts'

interface Recipient {
  readonly address: string
  readonly userId: string | null
}

type Sent = Pick<DueMessage, 'id' | 'attempts' | 'template' | 'channel' | 'userId'>

const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 15 * 60

/** 1 s, 2 s, 4 s … up to a quarter of an hour. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_SECONDS)
}

/** It left the house. Only whoever still holds the message may say so; somebody erased meanwhile is not written down again. */
export async function markSent(
  { db, outbox }: Deps,
  message: Sent,
  sent: Recipient & { subject: string; locale: string },
): Promise<void> {
  const { id: messageId, template, channel } = message
  const events = outbox.encode([NotificationSent({ messageId, template, channel, userId: sent.userId })])
  await db.sql`
    with done as (
      update messages m set state = 'sent', reason = null, finished_at = now(), address = ${sent.address}, user_id = ${sent.userId}, subject = ${sent.subject}, locale = ${sent.locale}
       where m.id = ${messageId} and m.attempts = ${message.attempts} and m.state = 'queued'
      returning 1
    )
    select outbox_append(${events}::text::jsonb) from done`
}

/** It is given up. `reason` is a code, never what a server said: that may hold addresses. */
export async function markFailed({ db, outbox }: Deps, message: Sent, reason: string): Promise<void> {
  const { id: messageId, template, channel, userId } = message
  const events = outbox.encode([NotificationFailed({ messageId, template, channel, userId, reason })])
  await db.sql`
    with done as (
      update messages m set state = 'failed', reason = ${reason}, finished_at = now()
       where m.id = ${messageId} and m.attempts = ${message.attempts} and m.state = 'queued'
      returning 1
    )
    select outbox_append(${events}::text::jsonb) from done`
}

/** It is not sent, and that is right so: nobody there, no consent, an address that bounced. */
export async function markSuppressed({ db }: Deps, message: Sent, reason: string, recipient?: Recipient): Promise<void> {
  await db.sql`
    update messages m set state = 'suppressed', reason = ${reason}, finished_at = now(),
      address = coalesce(${recipient?.address ?? null}, m.address), user_id = coalesce(${recipient?.userId ?? null}::uuid, m.user_id)
     where m.id = ${message.id} and m.attempts = ${message.attempts} and m.state = 'queued'`
}

/** It is tried again later. */
export async function putOff({ db }: Deps, message: Sent, reason: string): Promise<void> {
  await db.sql`
    update messages m set reason = ${reason}, next_at = now() + make_interval(secs => ${pauseAfter(message.attempts)})
     where m.id = ${message.id} and m.attempts = ${message.attempts} and m.state = 'queued'`
}
