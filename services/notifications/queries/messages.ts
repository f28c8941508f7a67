import Type, { type Static } from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { descending, keyset, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'

export const ChannelSchema = Type.Union([Type.Literal('email'), Type.Literal('sms'), Type.Literal('push')])
export const StateSchema = Type.Union([
  Type.Literal('queued'),
  Type.Literal('sent'),
  Type.Literal('failed'),
  Type.Literal('suppressed'),
])

/** A message in the log: that it was sent and to whom, not what it said. */
export const MessageView = closed({
  id: Uuid,
  template: Type.String(),
  channel: ChannelSchema,
  userId: Nullable(Uuid),
  orderId: Nullable(Uuid),
  address: Nullable(Type.String()),
  locale: Type.String(),
  subject: Nullable(Type.String()),
  state: StateSchema,
  reason: Nullable(Type.String()),
  attempts: Type.Integer(),
  provider: Nullable(Type.String({ description: 'which of several mail servers took it' })),
  receipt: Nullable(Type.Union([Type.Literal('delivered'), Type.Literal('bounced'), Type.Literal('complained')])),
  resendOf: Nullable(Uuid),
  createdAt: Timestamp,
  nextAt: Nullable(Timestamp),
  finishedAt: Nullable(Timestamp),
  receiptAt: Nullable(Timestamp),
})
export type MessageView = Static<typeof MessageView>

type Times = 'createdAt' | 'nextAt' | 'finishedAt' | 'receiptAt'
type Row = Omit<MessageView, Times> & { createdAt: Date; nextAt: Date | null; finishedAt: Date | null; receiptAt: Date | null }

const columns = (sql: Query) => sql`
  m.id, m.template, m.channel, m.user_id as "userId", m.order_id as "orderId", m.address, m.locale, m.subject, m.state, m.reason, m.attempts, m.provider, m.receipt,
  m.resend_of as "resendOf", m.created_at as "createdAt", case when m.state = 'queued' then m.next_at end as "nextAt", m.finished_at as "finishedAt", m.receipt_at as "receiptAt"`

function viewOf(row: Row): MessageView {
  const {
    id,
    template,
    channel,
    userId,
    orderId,
    address,
    locale,
    subject,
    state,
    reason,
    attempts,
    provider,
    receipt,
    resendOf,
  } = row
  const time = (value: Date | null) => value?.toISOString() ?? null
  return {
    id, template, channel, userId, orderId, address, locale, subject, state, reason, attempts, provider, receipt, resendOf,
    createdAt: row.createdAt.toISOString(),
    nextAt: time(row.nextAt),
    finishedAt: time(row.finishedAt),
    receiptAt: time(row.receiptAt),
  } // biome-ignore format: names in a row
}

export const messageList = keyset({
  list: 'notifications',
  id: { column: 'm.id', type: 'uuid' },
  sorts: { newest: descending('m.created_at', 'timestamptz') },
  initial: 'newest',
})

export const MessageFilters = {
  state: Type.Optional(StateSchema),
  template: Type.Optional(Type.String({ maxLength: 60 })),
  channel: Type.Optional(ChannelSchema),
  userId: Type.Optional(Uuid),
  orderId: Type.Optional(Uuid),
  address: Type.Optional(Type.String({ maxLength: 320 })),
}
const Filters = closed(MessageFilters)

export async function listMessages(sql: Query, query: Static<typeof Filters> & { limit: number; cursor?: string | undefined }) {
  const at = messageList.position(query)
  const is = (column: 'state' | 'template' | 'channel' | 'user_id' | 'order_id' | 'address', value: string | undefined) =>
    value !== undefined && sql`m.${sql(column)} = ${value}`
  const filter = where(sql, [
    is('state', query.state),
    is('template', query.template),
    is('channel', query.channel),
    is('user_id', query.userId),
    is('order_id', query.orderId),
    is('address', query.address),
  ])
  const rows = await sql<
    Row[]
  >`select ${columns(sql)}, ${at.keys(sql)} from messages m ${filter} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, viewOf)
}

export async function messageById(sql: Query, id: string): Promise<MessageView | undefined> {
  const [row] = await sql<Row[]>`select ${columns(sql)} from messages m where m.id = ${id}`
  return row && viewOf(row)
}

export const Stats = closed({
  hours: Type.Integer(),
  queued: Type.Integer({ description: 'waiting now, whenever they were made' }),
  oldestQueuedSeconds: Type.Integer(),
  sent: Type.Integer(),
  failed: Type.Integer(),
  suppressed: Type.Integer(),
  delivered: Type.Integer(),
  bounced: Type.Integer(),
  complained: Type.Integer(),
  templates: Type.Array(
    closed({
      template: Type.String(),
      channel: ChannelSchema,
      sent: Type.Integer(),
      failed: Type.Integer(),
      suppressed: Type.Integer(),
    }),
  ),
})

/** Delivery figures of the last hours. */
export async function messageStats(sql: Query, hours: number): Promise<Static<typeof Stats>> {
  const [queue] = await sql<{ queued: number; oldest: number }[]>`
    select count(*)::integer as queued, coalesce(extract(epoch from now() - min(m.created_at)), 0)::integer as oldest from messages m where m.state = 'queued'`
  const rows = await sql<(Static<typeof Stats>['templates'][number] & Record<'delivered' | 'bounced' | 'complained', number>)[]>`
    select m.template, m.channel,
      count(*) filter (where m.state = 'sent')::integer as sent,
      count(*) filter (where m.state = 'failed')::integer as failed,
      count(*) filter (where m.state = 'suppressed')::integer as suppressed,
      count(*) filter (where m.receipt = 'delivered')::integer as delivered,
      count(*) filter (where m.receipt = 'bounced')::integer as bounced,
      count(*) filter (where m.receipt = 'complained')::integer as complained
    from messages m where m.created_at > now() - make_interval(hours => ${hours})
    group by m.template, m.channel order by m.template, m.channel`
  const sum = (key: 'sent' | 'failed' | 'suppressed' | 'delivered' | 'bounced' | 'complained') =>
    rows.reduce((total, row) => total + row[key], 0)
  return {
    hours,
    queued: queue!.queued,
    oldestQueuedSeconds: queue!.oldest,
    sent: sum('sent'),
    failed: sum('failed'),
    suppressed: sum('suppressed'),
    delivered: sum('delivered'),
    bounced: sum('bounced'),
    complained: sum('complained'),
    templates: rows.map(({ template, channel, sent, failed, suppressed }) => ({ template, channel, sent, failed, suppressed })),
  }
}
