import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import { applyMessage } from './commands/receive-message.ts'
import type { Deps } from './deps.ts'
import { errors } from './errors.ts'

/** A message of a carrier that could not be applied, or was given up by staff. */
export const ParkedMessage = closed({
  carrier: Type.String(),
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
  list: 'delivery-messages',
  id: { column: 'm.key', type: 'text' },
  sorts: { newest: descending('m.received_at', 'timestamptz'), oldest: ascending('m.received_at', 'timestamptz') },
  initial: 'newest',
})
export const ParkedMessageQuery = list.query({
  /** `parked` unless said otherwise */
  state: Type.Optional(ParkedMessage.properties.state),
  carrier: Type.Optional(Type.String({ maxLength: 40 })),
})

interface Row {
  carrier: string
  message_id: string
  state: Message['state']
  note: string | null
  attempts: number
  body: string | null
  received_at: Date
  updated_at: Date
}
const columns = (sql: Query) =>
  sql`m.carrier, m.message_id as message_id, m.state, m.note, m.attempts, m.body, m.received_at, m.updated_at`

function viewOf(row: Row): Message {
  return {
    carrier: row.carrier,
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
    select ${columns(sql)}, ${at.keys(sql)} from carrier_messages m
    ${where(sql, [sql`m.state = ${query.state ?? 'parked'}`, query.carrier !== undefined && sql`m.carrier = ${query.carrier}`])}
    ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, viewOf)
}

/** Which message: ids are the carrier’s own. */
export interface MessageKey {
  readonly carrier: string
  readonly messageId: string
}

/** Throws errors.messageNotFound. */
export async function parkedMessage(sql: Query, { carrier, messageId }: MessageKey): Promise<Details> {
  const [row] = await sql<(Row & { decisions: Details['decisions'] | null })[]>`
    select ${columns(sql)},
      (select jsonb_agg(jsonb_build_object('decision', d.decision, 'actor', d.actor, 'note', d.note, 'at', d.at) order by d.id)
         from message_decisions d where d.carrier = m.carrier and d.message_id = m.message_id) as decisions
    from carrier_messages m
    where m.carrier = ${carrier} and m.message_id = ${messageId} and (m.state in ('received', 'parked', 'discarded')
      or exists (select from message_decisions d where d.carrier = m.carrier and d.message_id = m.message_id))`
  if (!row) throw errors.messageNotFound({ carrier, messageId })
  const decisions = (row.decisions ?? []).map((one) => ({ ...one, at: new Date(one.at).toISOString() }))
  return { ...viewOf(row), body: row.body, decisions }
}

/** Tries a waiting message again, however old it is; tells what came of it. Throws errors.messageNotFound, errors.messageSettled. */
export async function redriveMessage(deps: Deps, key: MessageKey, actor: string): Promise<{ state: string }> {
  const { state, body } = await parkedMessage(deps.db.sql, key)
  const driver = deps.carriers.get(key.carrier)
  if ((state !== 'parked' && state !== 'received') || body === null || !driver) throw errors.messageSettled({ state })
  const outcome = await applyMessage(deps, key.carrier, driver.parse(key.messageId, Buffer.from(body)))
  await deps.db.sql`
    insert into message_decisions (carrier, message_id, decision, actor, note) values (${key.carrier}, ${key.messageId}, 'redriven', ${actor}, ${outcome})`
  return { state: outcome }
}

/** Gives a waiting message up, for a reason; its body goes. Throws errors.messageNotFound, errors.messageSettled. */
export async function discardMessage(tx: Query, key: MessageKey, actor: string, reason: string): Promise<void> {
  const { state } = await parkedMessage(tx, key)
  if (state === 'discarded') return
  const [row] = await tx`
    with gone as (
      update carrier_messages m set state = 'discarded', body = null, updated_at = now()
       where m.carrier = ${key.carrier} and m.message_id = ${key.messageId} and m.state in ('received', 'parked')
      returning m.carrier, m.message_id
    )
    insert into message_decisions (carrier, message_id, decision, actor, note)
    select g.carrier, g.message_id, 'discarded', ${actor}, ${reason} from gone g returning 1 as done`
  if (!row) throw errors.messageSettled({ state })
}
