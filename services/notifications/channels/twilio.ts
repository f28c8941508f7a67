import { errors } from '../errors.ts'
import type { ShortMessagePort } from './channel.ts'

const API = 'https://api.twilio.com'
const TIMEOUT_MS = 10_000
/** Longer texts become several SMS; more than this many characters Twilio refuses. */
const MAX_LENGTH = 1600

/**
 * SMS by Twilio: `twilio://<account>:<token>@<sender>`, the sender being a number or a messaging service. Twilio knows no
 * idempotency key: a process that dies between its answer and ours sends an SMS twice. `api` is another address in tests.
 */
export function createTwilio(url: string, api = API): ShortMessagePort {
  const { username, password, hostname, host } = new URL(url.replace(/^twilio:/, 'http:'))
  const account = decodeURIComponent(username)
  const authorization = `Basic ${Buffer.from(`${account}:${decodeURIComponent(password)}`).toString('base64')}`
  const sender = decodeURIComponent(host || hostname)
  const from: Record<string, string> = sender.toUpperCase().startsWith('MG') ? { MessagingServiceSid: sender } : { From: sender }
  return {
    async send({ to, text }) {
      const answer = await fetch(`${api}/2010-04-01/Accounts/${encodeURIComponent(account)}/Messages.json`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ To: to, Body: text.slice(0, MAX_LENGTH), ...from }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((cause: unknown) => {
        throw errors.channelUnavailable({}, { cause })
      })
      await answer.body?.cancel()
      if (answer.ok) return
      const details = { status: answer.status }
      throw answer.status === 429 || answer.status >= 500 || answer.status === 401
        ? errors.channelUnavailable(details)
        : errors.channelRefused(details)
    },
  }
}
