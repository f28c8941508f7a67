import type { SendMailOptions } from 'nodemailer'
import { checkMail } from './check-mail.ts'
import type { Mail } from './mail.ts'

export interface Sender {
  /** sender, with or without a name: `Souk <shop@example.com>` */
  readonly from: string
  /** domain of the Message-ID, default that of `from`; a repeated send of the same mail has the same id */
  readonly messageDomain?: string
}

/** The mail as every driver sends it. Throws when something in it would become a header or a second recipient. */
export function messageOf(mail: Mail, { from, messageDomain }: Sender): SendMailOptions {
  checkMail(mail)
  const domain = messageDomain ?? /@([^\s@>]+)>?$/.exec(from)?.[1] ?? 'localhost'
  return {
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${domain}>`,
    ...(mail.attachments ? { attachments: mail.attachments.map((attachment) => ({ ...attachment })) } : {}),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(mail.unsubscribeUrl
        ? { 'List-Unsubscribe': `<${mail.unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
        : {}),
    },
  }
}
