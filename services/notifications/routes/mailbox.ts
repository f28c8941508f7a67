import Type from 'typebox'
import { Timestamp } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { anyone, get, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { ChannelSchema } from '../queries/messages.ts'
import { MAIL_POLICY } from './templates.ts'

const Attachment = closed({ filename: Type.String(), contentType: Type.String(), size: Type.Integer() })
const Kept = closed({
  id: Type.String(),
  channel: ChannelSchema,
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  attachments: Type.Array(Attachment),
  at: Timestamp,
})
const Id = closed({ id: Type.String({ minLength: 1, maxLength: 100 }) })

interface Row {
  id: string
  channel: 'email' | 'sms' | 'push'
  to: string
  subject: string
  text: string
  html: string
  attachments: { filename: string; contentType: string; size: number }[]
  at: Date
}

/** Messages that stayed at home, for whoever develops or tests. Anybody may read them: these routes are not there in production. */
export function mailboxRoutes(deps: Deps): Route[] {
  if (!deps.mailboxOpen) return []
  const { sql } = deps.db
  return [
    get(
      '/api/mailbox',
      {
        access: anyone,
        summary: 'Messages that stayed at home, newest first (not in production)',
        query: closed({
          to: Type.Optional(Type.String({ maxLength: 320 })),
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
        }),
        response: closed({ items: Type.Array(Kept) }),
      },
      async ({ query }) => {
        const rows = await sql<Row[]>`
          select ${columns(sql)} from mailbox b where ${query.to ?? null}::text is null or lower(b.recipient) = lower(${query.to ?? null})
          order by b.position desc limit ${query.limit}`
        return { items: rows.map(viewOf) }
      },
    ),
    get(
      '/api/mailbox/:id',
      { access: anyone, summary: 'One of them', params: Id, response: Kept, errors: [errors.notFound] },
      ({ params }) => keptById(sql, params.id),
    ),
    get(
      '/api/mailbox/:id/html',
      { access: anyone, summary: 'As it looks', params: Id, produces: 'text/html', errors: [errors.notFound] },
      async ({ params }) => {
        const { html } = await keptById(sql, params.id)
        return new Reply(html, {
          headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': MAIL_POLICY },
        })
      },
    ),
  ]
}

const columns = (sql: Query) => sql`b.id, b.channel, b.recipient as "to", b.subject, b.body as text, b.html, b.attachments, b.at`
const viewOf = (row: Row) => ({ ...row, at: row.at.toISOString() })

async function keptById(sql: Query, id: string) {
  const [row] = await sql<Row[]>`select ${columns(sql)} from mailbox b where b.id = ${id}`
  if (!row) throw errors.notFound()
  return viewOf(row)
}
