import { createTransport } from 'nodemailer'
import type { Logger } from '#kit/service/logger.ts'
import { checkMail } from './check-mail.ts'
import { mailErrors } from './errors.ts'
import { createFailoverMail } from './failover.ts'
import type { MailPort } from './mail.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` (STARTTLS when the server offers it) or `smtps://host:465` */
  url: string
  /** sender, with or without a name: `Souk <shop@example.com>` */
  from: string
  /** domain of the Message-ID, default that of `from`; a repeated send of the same mail has the same id */
  messageDomain?: string
  timeoutMs?: number
}

/** One mail server, or several (URLs separated by commas) of which the first that works takes a mail. */
export function openSmtp(urls: string, options: Omit<SmtpOptions, 'url'>, log: Logger): MailPort {
  const ports = urls.split(',').map((text) => {
    const url = text.trim()
    return { name: new URL(url).host, port: createSmtpMail({ ...options, url }) }
  })
  return ports.length === 1 ? ports[0]!.port : createFailoverMail(ports, log)
}

/**
 * Driver `smtp://`. An answer that may pass (4xx, no connection, timeout) is thrown as kind `unavailable`, a refusal of this
 * mail (5xx) as `rule`: callers retry the first and give up on the second. Content is never logged.
 */
export function createSmtpMail(options: SmtpOptions): MailPort {
  const timeout = options.timeoutMs ?? 10_000
  const url = new URL(options.url)
  const domain = options.messageDomain ?? /@([^\s@>]+)>?$/.exec(options.from)?.[1] ?? 'localhost'
  const secure = url.protocol === 'smtps:'
  const transport = createTransport({
    host: url.hostname,
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    // credentials never travel in clear text; without any, a relay on the own machine may speak plainly
    requireTLS: !secure && url.username !== '',
    ...(url.username === '' ? {} : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    pool: true,
    maxConnections: 4,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout * 2,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(mail) {
      checkMail(mail)
      try {
        await transport.sendMail({
          from: options.from,
          to: { name: '', address: mail.to },
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          messageId: `<${mail.id}@${domain}>`,
          attachments: mail.attachments?.map((attachment) => ({ ...attachment })),
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(mail.unsubscribeUrl
              ? { 'List-Unsubscribe': `<${mail.unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
              : {}),
          },
        })
      } catch (error) {
        throw sendingError(error as Error & { responseCode?: number; code?: string })
      }
    },
    async close() {
      transport.close()
    },
  }
}

function sendingError(error: Error & { responseCode?: number; code?: string }): Error {
  if (error.code === 'EAUTH') return mailErrors.signInRefused({}, { cause: error })
  const refused = error.responseCode !== undefined && error.responseCode >= 500
  return refused ? mailErrors.refused({}, { cause: error }) : mailErrors.unavailable({}, { cause: error })
}
