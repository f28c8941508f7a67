import { createTransport } from 'nodemailer'
import { mailErrors } from './errors.ts'
import type { MailPort } from './mail.ts'
import { messageOf, type Sender } from './message.ts'

export interface SmtpOptions extends Sender {
  /** `smtp://user:password@host:587` (STARTTLS when the server offers it) or `smtps://host:465` */
  readonly url: string
  readonly timeoutMs?: number
}

/**
 * Driver `smtp://`. An answer that may pass (4xx, no connection, timeout) is thrown as kind `unavailable`, a refusal of this
 * mail (5xx) as `rule`: callers retry the first and give up on the second. Content is never logged.
 */
export function createSmtpMail(options: SmtpOptions): MailPort {
  const timeout = options.timeoutMs ?? 10_000
  const url = new URL(options.url)
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
      const message = messageOf(mail, options)
      try {
        await transport.sendMail(message)
      } catch (error) {
        throw sendingError(error as Error & { responseCode?: number; code?: string })
      }
    },
    async describe() {
      await transport.verify().catch((error: unknown) => {
        throw sendingError(error as Error & { responseCode?: number; code?: string })
      })
      return { driver: 'smtp', server: url.host }
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
