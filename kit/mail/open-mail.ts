import type { Logger } from '#kit/service/logger.ts'
import { createFailoverMail, type Provider } from './failover.ts'
import type { MailPort } from './mail.ts'
import type { Sender } from './message.ts'

export interface OpenMailOptions extends Sender {
  readonly timeoutMs?: number
}

/**
 * One provider, or several (URLs separated by commas: `smtp://…`, `smtps://…`, `ses:`) of which the first that works takes a mail. Only the
 * clients that are named are loaded.
 */
export async function openMail(urls: string, options: OpenMailOptions, log: Logger): Promise<MailPort> {
  const providers = await Promise.all(urls.split(',').map((url) => open(url.trim(), options)))
  return providers.length === 1 ? providers[0]!.port : createFailoverMail(providers, log)
}

async function open(url: string, options: OpenMailOptions): Promise<Provider> {
  const { protocol, host } = new URL(url)
  if (protocol === 'ses:') {
    const { createSesMail } = await import('./ses.ts')
    return { name: host === '' ? 'ses' : `ses ${host}`, port: createSesMail({ ...options, url }) }
  }
  const { createSmtpMail } = await import('./smtp.ts')
  return { name: host, port: createSmtpMail({ ...options, url }) }
}
