import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import { afterAll, describe, expect, it } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import type { Mail, MailPort } from './mail.ts'
import { openMail } from './open-mail.ts'
import { startMailServer } from './testing/mail-server.ts'

const client = new SESv2Client()
// the engine is not ours alone
const domain = `shop-${process.pid}.example`
await client.send(new CreateEmailIdentityCommand({ EmailIdentity: domain }))
const ports: MailPort[] = []
afterAll(async () => {
  await Promise.all(ports.map((port) => port.close()))
  client.destroy()
})

async function open(urls: string, from = `Souk <no-reply@${domain}>`): Promise<MailPort> {
  const port = await openMail(urls, { from, messageDomain: 'shop.example', timeoutMs: 5_000 }, silentLogger)
  ports.push(port)
  return port
}

let count = 0
const mail = (): Mail => ({
  id: `ses-${process.pid}-${++count}`,
  to: 'ada@example.com',
  subject: `Your order ${process.pid}-${count}`,
  html: '<p>Thanks</p>',
  text: 'Thanks',
})

/** What the service was given to send: the raw messages with our mail's id in them. */
async function sent(id: string): Promise<{ raw_data: string; destinations: string[] }[]> {
  const answer = await fetch(`${process.env.AWS_ENDPOINT_URL}/_engine/ses`)
  const all = (await answer.json()) as { raw_data?: string; destinations: string[] }[]
  return all.filter((one): one is { raw_data: string; destinations: string[] } => one.raw_data?.includes(id) === true)
}

describe('mail by SES', () => {
  it('sends what SMTP would send: text, HTML, documents, the way to unsubscribe', async () => {
    const one = {
      ...mail(),
      unsubscribeUrl: 'https://shop.example/unsubscribe?token=abc',
      attachments: [{ filename: 'invoice.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF') }],
    }
    await (await open('ses:')).send(one)
    const [raw, ...more] = await sent(one.id)
    expect(more).toEqual([])
    expect(new Set(raw!.destinations)).toEqual(new Set(['ada@example.com']))
    for (const part of [
      'text/plain',
      '<p>Thanks</p>',
      'invoice.pdf',
      Buffer.from('%PDF').toString('base64'),
      'List-Unsubscribe: <https://shop.example/unsubscribe?token=abc>',
      `Message-ID: <${one.id}@shop.example>`,
      `From: Souk <no-reply@${domain}>`,
    ])
      expect(raw!.raw_data).toContain(part)
  })

  it('refuses a mail that smuggles something in', async () => {
    await expect((await open('ses:')).send({ ...mail(), subject: 'Hello\r\nBcc: all@example.com' })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('gives a mail to the next provider when our sender is not verified', async () => {
    const server = await startMailServer()
    const port = await open(`ses:, ${server.url}`, 'Souk <no-reply@stranger.example>')
    expect(await port.send(mail())).toEqual({ by: new URL(server.url).host })
    expect(server.mails).toHaveLength(1)
    server.close()
  })

  it('is the next provider when a mail server is down, and says so in the log of messages', async () => {
    const one = mail()
    const port = await open('smtp://127.0.0.1:1, ses://eu-west-1?configuration-set=shop')
    expect(await port.send(one)).toEqual({ by: 'ses eu-west-1' })
    expect(await sent(one.id)).toHaveLength(1)
  })

  it('tells before the first mail whether our sender is known', async () => {
    expect(await (await open('ses:')).describe!()).toMatchObject({ driver: 'ses', identity: domain })
    const stranger = await open('ses:', 'no-reply@stranger.example')
    await expect(stranger.describe!()).rejects.toMatchObject({ code: 'mail/sender-not-verified' })
  })

  it('calls a service that does not answer worth another try', async () => {
    const port = await open('ses://key:secret@eu-west-1?endpoint=http://127.0.0.1:1')
    await expect(port.send(mail())).rejects.toMatchObject({ kind: 'unavailable' })
  })
})
