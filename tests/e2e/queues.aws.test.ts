import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { mailsTo } from './mailbox.ts'
import { type Apart, openApart } from './shop-apart.ts'
import { orderOf, sell } from './stock-the-shop.ts'

const prefix = `e2e${randomBytes(4).toString('hex')}`
const patience = { timeoutMs: 60_000, everyMs: 250 }
const sqs = new SQSClient()
let folder: string
let shop: Apart
let staff: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-queues-'))
  const others = (await readdir(new URL('../../services/', import.meta.url))).filter((name) => name !== 'notifications')
  shop = await openApart(
    { mail: ['notifications'], others },
    {
      environment: { BUS_URL: `sns+sqs:///${prefix}?wait=1&visibility=5` },
      own: { mail: { SOUK_KILLPOINTS: join(folder, 'strike') } },
    },
  )
  const { email, password } = shop.administrator
  staff = await eventually(() => signIn(shop.url('others'), email, password), patience)
  await eventually(() => sell(staff, 'mug'), patience)
}, 180_000)
afterAll(async () => {
  await shop?.remove()
  sqs.destroy()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

async function buy(email: string): Promise<string> {
  const order = expectStatus(await client(shop.url('others')).post('/api/orders', orderOf('mug', email)), 201).body
  expect(order.status).toBe('CONFIRMED')
  return order.number
}

/** Subjects of the mails about an order, whose number is left out of them. */
async function mailsAbout(number: string, email: string): Promise<string[]> {
  const mails = await mailsTo(staff, email)
  return mails
    .filter(({ subject, text }) => subject.includes(number) || text.includes(number))
    .map(({ subject }) => subject.replace(number, '…'))
    .sort()
}

/** Messages that wait in a queue, or are with somebody. */
async function depth(name: string): Promise<number> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}-${name}` }))
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return Number(Attributes['ApproximateNumberOfMessages']) + Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
}

describe('a shop on SNS and SQS', () => {
  let usual: string[]

  it('writes to who has bought, by the queue that others know by its name', async () => {
    const number = await buy('first@example.com')
    await eventually(async () => {
      expect((await mailsAbout(number, 'first@example.com')).length).toBeGreaterThanOrEqual(2)
      expect(await depth('notification-queue')).toBe(0)
    }, patience)
    usual = await mailsAbout(number, 'first@example.com')
    expect(new Set(usual).size).toBe(usual.length)
    for (const name of ['notification-dlq', 'catalog-order-dlq', 'orders-dlq', 'payments-dlq']) expect(await depth(name)).toBe(0)
  }, 90_000)

  for (const [moment, point] of [
    ['before it has written down what it did', 'consumer.before-commit'],
    ['before it has told SQS that it is done', 'consumer.after-commit'],
  ] as const) {
    it(`sends every mail once although the process that writes them is killed ${moment}`, async () => {
      const strike = { id: point, point, fault: 'kill' }
      writeFileSync(join(folder, 'strike'), JSON.stringify(strike))
      const email = `${point}@example.com`
      const numbers = [await buy(email), await buy(email), await buy(email)]
      await eventually(() => expect(existsSync(join(folder, `strike.${point}`))).toBe(true), patience)
      await shop.kill('mail')
      expect(await depth('notification-queue')).toBeGreaterThan(0)
      await shop.start('mail')
      await eventually(async () => {
        for (const number of numbers) expect(await mailsAbout(number, email)).toEqual(usual)
        expect(await depth('notification-queue')).toBe(0)
      }, patience)
      // what came a second time has been looked at by now
      for (const number of numbers) expect(await mailsAbout(number, email)).toEqual(usual)
      expect(await depth('notification-dlq')).toBe(0)
    }, 150_000)
  }
})
