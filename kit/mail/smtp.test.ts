import { afterEach, describe, expect, it } from 'vitest'
import type { Mail } from './mail.ts'
import { createSmtpMail } from './smtp.ts'
import { type MailServer, startMailServer } from './testing/mail-server.ts'

const mail: Mail = { id: '0198-mail', to: 'ada@example.com', subject: 'Your order ÄÖ', html: '<p>Thanks</p>', text: 'Thanks' }
const servers: MailServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function mailServer(answers: Record<string, string> = {}) {
  const server = await startMailServer(answers)
  servers.push(server)
  const port = createSmtpMail({ url: server.url, from: 'Souk <shop@example.com>', messageDomain: 'shop.example', timeoutMs: 500 })
  return { port, commands: server.commands, mails: server.mails }
}

describe('mail by SMTP', () => {
  it('sends HTML and text to the one recipient, under an id that a repeated send has too', async () => {
    const { port, commands, mails } = await mailServer()
    await port.send(mail)
    await port.send(mail)
    await port.close()
    expect(commands.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<ada@example.com>', 'RCPT TO:<ada@example.com>'])
    const ids = mails.map((text) => /^Message-ID: (.*)$/im.exec(text)?.[1])
    expect(ids).toEqual(['<0198-mail@shop.example>', '<0198-mail@shop.example>'])
    expect(mails[0]).toContain('text/plain')
    expect(mails[0]).toContain('<p>Thanks</p>')
  })

  it('offers to unsubscribe with one click where a mail is advertising', async () => {
    const { port, mails } = await mailServer()
    await port.send({ ...mail, unsubscribeUrl: 'https://shop.example/unsubscribe?token=abc' })
    await port.send(mail)
    await port.close()
    expect(mails[0]).toContain('List-Unsubscribe: <https://shop.example/unsubscribe?token=abc>')
    expect(mails[0]).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    expect(mails[1]).not.toContain('List-Unsubscribe')
  })

  it('asks the server whether it takes mail from us, without sending any', async () => {
    const { port, mails } = await mailServer()
    expect(await port.describe!()).toMatchObject({ driver: 'smtp' })
    await port.close()
    expect(mails).toEqual([])
    const shut = createSmtpMail({ url: 'smtp://127.0.0.1:1', from: 'shop@example.com', timeoutMs: 500 })
    await expect(shut.describe!()).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('attaches documents', async () => {
    const { port, mails } = await mailServer()
    await port.send({
      ...mail,
      attachments: [{ filename: 'invoice.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF') }],
    })
    await port.close()
    expect(mails[0]).toContain('invoice.pdf')
    expect(mails[0]).toContain(Buffer.from('%PDF').toString('base64'))
  })

  it.each([
    ['the address', { to: 'ada@example.com\r\nBcc: all@example.com' }],
    ['the subject', { subject: 'Hello\r\nBcc: all@example.com' }],
    ['the unsubscription', { unsubscribeUrl: 'https://x\r\nBcc: all@example.com' }],
    ['the id', { id: 'x\r\nBcc: all@example.com' }],
    ['a second recipient', { to: 'ada@example.com,eve@example.com' }],
    ['a display name', { to: 'Ada <ada@example.com>' }],
    ['an attachment name', { attachments: [{ filename: 'a\r\nX: y', contentType: 'text/plain', content: Buffer.alloc(0) }] }],
  ])('S19: refuses a mail that smuggles something in by %s', async (_name, change) => {
    const { port, mails } = await mailServer()
    await expect(port.send({ ...mail, ...change })).rejects.toMatchObject({ kind: 'invalid' })
    await port.close()
    expect(mails).toEqual([])
  })

  it('calls a full mailbox worth another try, and an unknown recipient not', async () => {
    const busy = await mailServer({ RCPT: '452 mailbox full' })
    await expect(busy.port.send(mail)).rejects.toMatchObject({ kind: 'unavailable' })
    await busy.port.close()
    const unknown = await mailServer({ RCPT: '550 no such user' })
    await expect(unknown.port.send(mail)).rejects.toMatchObject({ kind: 'rule' })
    await unknown.port.close()
  })

  it('gives up on a server that says nothing', async () => {
    const { port } = await mailServer({ greeting: '' })
    await expect(port.send(mail)).rejects.toMatchObject({ kind: 'unavailable' })
    await port.close()
  })

  it('calls an unreachable server worth another try', async () => {
    const port = createSmtpMail({
      url: 'smtp://127.0.0.1:1',
      from: 'shop@example.com',
      messageDomain: 'shop.example',
      timeoutMs: 500,
    })
    await expect(port.send(mail)).rejects.toMatchObject({ kind: 'unavailable' })
    await port.close()
  })
})
