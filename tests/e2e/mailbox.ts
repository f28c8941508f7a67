import { expect } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, expectStatus } from './client.ts'

export interface ReceivedMail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Waits until a mail with this subject (or beginning with it) has arrived at the address. */
export async function mailTo(shop: Client, to: string, subject: string): Promise<ReceivedMail> {
  return await eventually(
    async () => {
      const mails = expectStatus(await shop.get(`/api/mailbox?to=${encodeURIComponent(to)}&limit=100`), 200).body
        .items as ReceivedMail[]
      const found = mails.find((mail) => mail.subject.startsWith(subject))
      expect(
        found,
        `a mail "${subject}" to ${to}; there are: ${mails.map((mail) => mail.subject).join(', ') || 'none'}`,
      ).toBeDefined()
      return found as ReceivedMail
    },
    { timeoutMs: 20_000, everyMs: 100 },
  )
}
