import { checkMail } from './check-mail.ts'
import type { Mail, MailPort } from './mail.ts'
import type { Query } from '#kit/db/db.ts'
import { grouped } from '#kit/db/grouped.ts'

/** A mail that stayed at home instead of being sent. */
export interface KeptMail {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly html: string
  readonly text: string
  readonly attachments: readonly { readonly filename: string; readonly contentType: string; readonly size: number }[]
  readonly at: Date
}

/** Where kept mails lie. The service that owns mail has the table (`mailboxTable`) and gives it to the driver with `keepIn`. */
export interface Mailbox {
  /** The same id twice is the same mail. */
  keep(mail: Mail): Promise<void>
  /** newest first; `before` continues behind the last mail of the page before */
  list(options?: { to?: string; before?: string; limit?: number }): Promise<KeptMail[]>
  get(id: string): Promise<KeptMail | undefined>
}

/** Driver `mailbox:`. It belongs to the host and exists before any service; the mailbox is handed in when the service starts. */
export interface MailboxMail extends MailPort {
  keepIn(mailbox: Mailbox): void
}

export function createMailboxMail(): MailboxMail {
  let mailbox: Mailbox | undefined
  return {
    keepIn(given) {
      mailbox = given
    },
    async send(mail) {
      checkMail(mail)
      if (!mailbox) throw new Error('no service keeps the mailbox: call keepIn before sending')
      await mailbox.keep(mail)
    },
    async close() {},
  }
}

/** For a service that keeps the mailbox if mail stays at home, and only then. */
export function isMailbox(mail: MailPort): mail is MailboxMail {
  return 'keepIn' in mail
}

/** The table that `createMailboxTable` expects, for the owning service's migrations. */
export const mailboxTable = `create table mailbox (
  position bigint generated always as identity primary key,
  id text not null unique,
  recipient text not null,
  subject text not null,
  html text not null,
  body text not null,
  attachments jsonb not null default '[]',
  at timestamptz not null default now()
);
create index mailbox_recipient on mailbox (recipient, position desc);`

interface Row {
  id: string
  to: string
  subject: string
  html: string
  text: string
  attachments: KeptMail['attachments']
  at: Date
}

/** A mailbox in the table above. Attachments are listed, not kept: the documents lie in object storage. */
export function createMailboxTable(sql: Query): Mailbox {
  const columns = sql`mailbox.id, mailbox.recipient as "to", mailbox.subject, mailbox.html, mailbox.body as text, mailbox.attachments, mailbox.at`
  const keepAll = async (mails: readonly Mail[]): Promise<undefined[]> => {
    const rows = mails.map(({ id, to, subject, html, text, attachments = [] }) => ({
      id,
      recipient: to,
      subject,
      html,
      body: text,
      attachments: attachments.map(({ filename, contentType, content }) => ({ filename, contentType, size: content.length })),
    }))
    await sql`
      insert into mailbox (id, recipient, subject, html, body, attachments)
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as m(id text, recipient text, subject text, html text, body text, attachments jsonb)
      on conflict (id) do nothing`
    return mails.map(() => undefined)
  }
  return {
    keep: grouped({ maxSize: 32, maxInFlight: 1 }, keepAll),
    async list({ to, before, limit = 50 } = {}) {
      return await sql<Row[]>`
        select ${columns} from mailbox
        where (${to ?? null}::text is null or mailbox.recipient = ${to ?? null})
          and (${before ?? null}::text is null or mailbox.position < (select last.position from mailbox as last where last.id = ${before ?? null}))
        order by mailbox.position desc
        limit ${Math.min(Math.max(limit, 1), 200)}`
    },
    async get(id) {
      const [row] = await sql<Row[]>`select ${columns} from mailbox where mailbox.id = ${id}`
      return row
    },
  }
}
