import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import { applyMessage } from './commands/receive-message.ts'
import type { Deps } from './deps.ts'
import { errors } from './errors.ts'

/** A message of a gateway that could not be applied, or was given up by staff. */
export const ParkedMessage = closed({
  gateway: Type.String(),
  messageId: Type.String(),
  state: Type.Union([Type.Literal('received'), Type.Literal('parked'), Type.Literal('discarded')]),
  /** why it waits */
  note: Nullable(Type.String()),
  attempts: Type.Integer(),
  receivedAt: Timestamp,
  updatedAt: Timestamp,
})
const Decision = closed({
  decision: Type.Union([Type.Literal('redriven'), Type.Literal('discarded')]),
  actor: Type.String(),
  note: Type.String(),
  at: Timestamp,
})
export const ParkedMessageDetails = closed({
  ...ParkedMessage.properties,
  /** as it came; null once it is given up */
  body: Nullable(Type.String()),
  decisions: Type.Array(Decision),
})
type Message = Static<typeof ParkedMessage>
type Details = Static<typeof ParkedMessageDetails>

const list = keyset({
  list: 'payments-messages',
  id: { column: 'm.key', type: 'text' },
  sorts: { newest: descending('m.received_at', 'timestamptz'), oldest: ascending('m.received_at', 'timestamptz') },
  initial: 'newest',
})
export const ParkedMessageQuery = list.query({
  /** `parked` unless said otherwise */
  state: Type.Optional(ParkedMessage.properties.state),
  gateway: Type.Optional(Type.String({ maxLength: 40 })),
})

interface Row {
  gateway: string
  message_id: string
  state: Message['state']
  note: string | null
  attempts: number
  body: string | null
  received_at: Date
  updated_at: Date
}
const columns = (sql: Query) =>
  sql`m.gateway, m.event_id as message_id, m.state, m.note, m.attempts, m.body, m.received_at, m.updated_at`

function viewOf(row: Row): Message {
  return {
    gateway: row.gateway,
    messageId: row.message_id,
    state: row.state,
    note: row.note,
    attempts: row.attempts,
    receivedAt: row.received_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

export async function listParkedMessages(sql: Query, query: Static<typeof ParkedMessageQuery>): Promise<Page<Message>> {
  const at = list.position(query)
  const rows = await sql<Row[]>`
    select ${columns(sql)}, ${at.keys(sql)} from webhook_events m
    ${where(sql, [sql`m.state = ${query.state ?? 'parked'}`, query.gateway !== undefined && sql`m.gateway = ${query.gateway}`])}
    ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, viewOf)
}

/** Which message: ids are the gateway’s own. */
export interface MessageKey {
  readonly gateway: string
  readonly messageId: string
}

/** Throws errors.messageNotFound. */
export async function parkedMessage(sql: Query, { gateway, messageId }: MessageKey): Promise<Details> {
  const [row] = await sql<(Row & { decisions: Details['decisions'] | null })[]>`
    select ${columns(sql)},
      (select jsonb_agg(jsonb_build_object('decision', d.decision, 'actor', d.actor, 'note', d.note, 'at', d.at) order by d.id)
         from message_decisions d where d.gateway = m.gateway and d.event_id = m.event_id) as decisions
    from webhook_events m
    where m.gateway = ${gateway} and m.event_id = ${messageId} and (m.state in ('received', 'parked', 'discarded')
      or exists (select from message_decisions d where d.gateway = m.gateway and d.event_id = m.event_id))`
  if (!row) throw errors.messageNotFound({ gateway, messageId })
  const decisions = (row.decisions ?? []).map((one) => ({ ...one, at: new Date(one.at).toISOString() }))
  return { ...viewOf(row), body: row.body, decisions }
}

/** Tries a waiting message again, however old it is; tells what came of it. Throws errors.messageNotFound, errors.messageSettled. */
export async function redriveMessage(deps: Deps, key: MessageKey, actor: string): Promise<{ state: string }> {
  const { state, body } = await parkedMessage(deps.db.sql, key)
  const driver = deps.gateways.get(key.gateway)
  if ((state !== 'parked' && state !== 'received') || body === null || !driver) throw errors.messageSettled({ state })
  const outcome = await applyMessage(deps, key.gateway, driver.parse(key.messageId, Buffer.from(body)))
  await deps.db.sql`
    insert into message_decisions (gateway, event_id, decision, actor, note) values (${key.gateway}, ${key.messageId}, 'redriven', ${actor}, ${outcome})`
  return { state: outcome }
}

/** Gives a waiting message up, for a reason; its body goes. Throws errors.messageNotFound, errors.messageSettled. */
export async function discardMessage(tx: Query, key: MessageKey, actor: string, reason: string): Promise<void> {
  const { state } = await parkedMessage(tx, key)
  if (state === 'discarded') return
  const [row] = await tx`
    with gone as (
      update webhook_events m set state = 'discarded', body = null, updated_at = now()
       where m.gateway = ${key.gateway} and m.event_id = ${key.messageId} and m.state in ('received', 'parked')
      returning m.gateway, m.event_id
    )
    insert into message_decisions (gateway, event_id, decision, actor, note)
    select g.gateway, g.event_id, 'discarded', ${actor}, ${reason} from gone g returning 1 as done`
  if (!row) throw errors.messageSettled({ state })
}
