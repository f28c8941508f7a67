import type { Db } from '#kit/db/db.ts'
import type { ChannelName } from '../channels/channel.ts'

/** A sender that is silent for this long is replaced; longer than look-ups and a slow mail server together take. */
const LEASE_SECONDS = 90

export interface DueMessage {
  readonly id: string
  readonly template: string
  readonly channel: ChannelName
  readonly userId: string | null
  readonly orderId: string | null
  readonly address: string | null
  readonly locale: string
  readonly data: Record<string, unknown>
  /** number of this try; a sender whose lease was over changes nothing any more */
  readonly attempts: number
  readonly traceId: string | null
  readonly correlationId: string | null
  readonly causationId: string | null
  readonly spanId: string | null
}

/** Takes due messages for a while, the urgent ones first; several processes take different ones. */
export async function claimMessages(db: Db, limit: number): Promise<DueMessage[]> {
  return await db.sql<DueMessage[]>`
    select m.id, m.template, m.channel, m.user_id as "userId", m.order_id as "orderId", m.address, m.locale, m.data, m.attempts,
      m.trace_id as "traceId", m.correlation_id as "correlationId", m.causation_id as "causationId", m.span_id as "spanId"
      from claim_messages(${limit}, make_interval(secs => ${LEASE_SECONDS})) m order by m.urgent desc, m.next_at`
}
