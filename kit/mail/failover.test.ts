import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { createFailoverMail } from './failover.ts'
import type { MailPort } from './mail.ts'
import { openMail } from './open-mail.ts'
import { createSmtpMail } from './smtp.ts'
import { type MailServer, startMailServer } from './testing/mail-server.ts'

const closing: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

const options = { from: 'Souk <shop@example.com>', messageDomain: 'shop.example', timeoutMs: 500 }
let sent = 0
const mail = () => ({ id: `mail-${++sent}`, to: 'ada@example.com', subject: 'Your order', html: '<p>Thanks</p>', text: 'Thanks' })

async function server(answers: Record<string, string> = {}): Promise<MailServer> {
  const started = await startMailServer(answers)
  closing.push(started)
  return started
}
async function both(first: { url: string }, second: { url: string }): Promise<MailPort> {
  const port = await openMail(`${first.url}, ${second.url}`, options, silentLogger)
  closing.push(port)
  return port
}
const nameOf = ({ url }: { url: string }) => new URL(url).host

describe('several mail servers', () => {
  it('use the first while it works, and say so', async () => {
    const [first, second] = [await server(), await server()]
    expect(await (await both(first, second)).send(mail())).toEqual({ by: nameOf(first) })
    expect([first.mails.length, second.mails.length]).toEqual([1, 0])
  })

  it.each([
    ['is busy', { RCPT: '452 try again later' }],
    ['refuses our account', { EHLO: '421 not now' }],
  ])('give a mail to the next one at once when the first %s', async (_what, answers) => {
    const [first, second] = [await server(answers), await server()]
    expect(await (await both(first, second)).send(mail())).toEqual({ by: nameOf(second) })
    expect([first.mails.length, second.mails.length]).toEqual([0, 1])
  })

  it('give a mail to the next one when the first cannot be reached', async () => {
    const second = await server()
    expect(await (await both({ url: 'smtp://127.0.0.1:1' }, second)).send(mail())).toEqual({ by: nameOf(second) })
  })

  it('do not carry a mail that was refused to the next one', async () => {
    const [first, second] = [await server({ RCPT: '550 no such user' }), await server()]
    await expect((await both(first, second)).send(mail())).rejects.toMatchObject({ kind: 'rule' })
    expect(second.commands).toEqual([])
  })

  it('leave one alone that keeps failing, and come back to it when it works again', async () => {
    const [first, second] = [await server({ RCPT: '452 try again later' }), await server()]
    const providers = [first, second].map((one) => ({ name: nameOf(one), port: createSmtpMail({ ...options, url: one.url }) }))
    const port = createFailoverMail(providers, silentLogger, { failures: 2, pauseMs: 1500 })
    closing.push(port)
    const asked = () => first.commands.filter((line) => line.startsWith('RCPT')).length
    for (let n = 0; n < 6; n += 1) expect(await port.send(mail())).toEqual({ by: nameOf(second) })
    expect(asked()).toBe(2)
    delete first.answers.RCPT
    await expect.poll(() => port.send(mail()), { timeout: 4500 }).toEqual({ by: nameOf(first) })
  })

  it('say that a mail is worth another try when all of them fail', async () => {
    const busy = { RCPT: '452 try again later' }
    await expect((await both(await server(busy), await server(busy))).send(mail())).rejects.toMatchObject({ kind: 'unavailable' })
  })
})
