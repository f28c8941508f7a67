import { expect } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, expectStatus } from './client.ts'
import { engines, senderOf, shopNames } from './topology.ts'

export interface ReceivedMail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Everything that has arrived at the address: in the shop's own mailbox, or at the mail server it sends by. */
export async function mailsTo(shop: Client, to: string): Promise<ReceivedMail[]> {
  if (engines.includes('smtp')) return await receivedBySmtp(to)
  return expectStatus(await shop.get(`/api/mailbox?to=${encodeURIComponent(to)}&limit=100`), 200).body.items
}

/** The inbox of MailDev. Other shops may send to the same people: ours has a sender of its own. */
async function receivedBySmtp(to: string): Promise<ReceivedMail[]> {
  interface Mail {
    readonly from: readonly { address: string }[]
    readonly subject: string
    readonly text: string
  }
  const url = new URL(process.env.SMTP_INBOX_URL as string)
  url.searchParams.set('to.address', to)
  const mails = (await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()) as Mail[]
  const ours = new Set([...shopNames].map(senderOf))
  return mails
    .filter(({ from }) => from.some(({ address }) => ours.has(address)))
    .map(({ subject, text }) => ({ to, subject, text }))
}

/** Somebody follows the link in the mail that asks whether the address is theirs. */
export async function confirmAddress(shop: Client, email: string): Promise<void> {
  const { text } = await mailTo(shop, email, 'Please confirm')
  const token = /verify-email\?token=(\S+)/.exec(text)?.[1] ?? ''
  expectStatus(await shop.post('/api/auth/email/verify', { token: decodeURIComponent(token) }), 204)
}

/** Waits until a mail with this subject (or beginning with it) has arrived at the address; `about`: words of its text. */
export async function mailTo(shop: Client, to: string, subject: string, about = ''): Promise<ReceivedMail> {
  return await eventually(
    async () => {
      const mails = await mailsTo(shop, to)
      const found = mails.find((mail) => mail.subject.startsWith(subject) && mail.text.includes(about))
      expect(
        found,
        `a mail "${subject}" ${about} to ${to}; there are: ${mails.map((mail) => mail.subject).join(', ') || 'none'}`,
      ).toBeDefined()
      return found as ReceivedMail
    },
    { timeoutMs: 30_000, everyMs: 100 },
  )
}
