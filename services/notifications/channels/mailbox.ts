import type { Query } from '#kit/db/db.ts'
import type { ShortMessagePort } from './channel.ts'

/** Keeps short messages where mails that stay at home lie, for development and tests. */
export function mailboxChannel(sql: Query, channel: 'sms' | 'push'): ShortMessagePort {
  return {
    async send({ id, to, subject, text }) {
      await sql`
        insert into mailbox (id, recipient, subject, html, body, channel) values (${id}, ${to}, ${subject}, '', ${text}, ${channel})
        on conflict (id) do nothing`
    },
  }
}
