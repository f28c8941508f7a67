import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { withContext } from '#kit/core/context.ts'
import { createPinoLogger } from './pino-logger.ts'
import { createRecentLines } from './recent-lines.ts'

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })

function aLog(most = 10) {
  const lines = createRecentLines(most)
  const log = createPinoLogger({ level: 'info', app: 'souk', stream: nowhere, keep: lines.keep })
  return { lines, log }
}

it('finds what was written, newest first, by level and service', () => {
  const { lines, log } = aLog()
  const orders = log.child({ service: 'orders' })
  orders.info({ orderId: '018f0000-0000-7000-8000-000000000001' }, 'an order was placed')
  orders.warn({ code: 'x' }, 'a job failed')
  log.child({ service: 'cart' }).error({}, 'the cart is on fire')
  orders.debug({}, 'nobody wants this')
  expect(lines.find({}, 10).map(({ message }) => message)).toEqual(['the cart is on fire', 'a job failed', 'an order was placed'])
  expect(lines.find({ level: 'warn', service: 'orders' }, 10)).toMatchObject([
    { message: 'a job failed', details: { code: 'x' } },
  ])
  expect(lines.find({}, 1)).toHaveLength(1)
})

it('finds everything one request left, by its trace and by its correlation id', () => {
  const { lines, log } = aLog()
  const traceId = 'a'.repeat(32)
  withContext({ traceId, correlationId: 'story-of-one-order' }, () => log.info({}, 'of this story'))
  withContext({ traceId: 'b'.repeat(32), correlationId: 'another-story' }, () => log.info({}, 'of another'))
  log.prepared?.({ service: 'orders' }, 'request')({ traceId, status: 200 })
  expect(lines.find({ stories: ['story-of-one-order'] }, 10).map(({ message }) => message)).toEqual(['of this story'])
  expect(lines.find({ stories: [traceId] }, 10).map(({ message }) => message)).toEqual(['request', 'of this story'])
})

it('keeps no secret, no address, and nothing about whom a line is', () => {
  const { lines, log } = aLog()
  log.info({ password: 'hunter2', userId: '018f0000-0000-7000-8000-000000000009', ip: '203.0.113.7' }, 'ann@example.com came in')
  log.prepared?.({ service: 'auth' }, 'request')({ user: '018f0000-0000-7000-8000-000000000009', token: 'abc', ms: 2 })
  const text = JSON.stringify(lines.find({}, 10))
  expect(text).not.toMatch(/hunter2|018f0000|203\.0\.113|ann@|abc/)
  expect(text).toContain('"ms":2')
})

it('cleans only the lines that are asked for: others cost no more than a look', () => {
  const lines = createRecentLines(100)
  let cleaned = 0
  const fields = {
    get code() {
      cleaned += 1
      return 'x'
    },
  }
  const one = { at: 1, level: 'info', message: 'm', fields } as const
  for (let n = 0; n < 50; n += 1) lines.keep({ ...one, bound: { service: 'cart' }, traceId: 'a'.repeat(32) })
  lines.keep({ ...one, bound: { service: 'orders' }, traceId: 'b'.repeat(32) })
  expect(lines.find({ service: 'orders' }, 10)).toHaveLength(1)
  expect(lines.find({ stories: ['b'.repeat(32)] }, 10)).toHaveLength(1)
  expect(cleaned).toBe(2)
})

it('forgets the oldest, and keeps nothing where nobody wants it', () => {
  const { lines, log } = aLog(2)
  for (const message of ['one', 'two', 'three']) log.info({}, message)
  expect(lines.find({}, 10).map(({ message }) => message)).toEqual(['three', 'two'])
  const none = aLog(0)
  none.log.info({}, 'one')
  expect(none.lines.find({}, 10)).toEqual([])
})
