import type { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { LowStockAlert } from '#contracts/events/inventory.ts'
import { OrderCreated, ReturnRequested } from '#contracts/events/orders.ts'
import { ReviewFlagged } from '#contracts/events/reviews.ts'
import type { Principal } from '#kit/core/principal.ts'
import { aUser } from '#kit/http/testing.ts'
import type { BusRecord } from '#kit/messaging/bus.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { createLive, type Live, type LiveLimits } from './live.ts'

const opened: Live[] = []
afterEach(async () => {
  for (const live of opened.splice(0)) await live.close()
})

/** A log that says what it is told, to those who follow it. */
function aLog() {
  const followers = new Set<(records: readonly BusRecord[]) => void>()
  let offset = 0n
  return {
    followers,
    broadcast: async (_topics: readonly string[], onRecords: (records: readonly BusRecord[]) => void) => {
      followers.add(onRecords)
      return { stop: async () => void followers.delete(onRecords) }
    },
    say(event: { readonly type: string; readonly topic: string }, key: string, eventId?: string): string {
      offset += 1n
      const id = eventId ?? `${key}-${offset}`
      const record = { topic: event.topic, partition: 0, offset, key, eventId: id, type: event.type, value: Buffer.from('{}') }
      for (const follower of followers) follower([record])
      return id
    },
  }
}

function open(limits: Partial<LiveLimits> = {}) {
  const log = aLog()
  /** header → whoever shows it; who signs out is taken away */
  const people = new Map<string, Principal>([
    ['ida', aUser('ida', ['orders:read-any', 'returns:decide'])],
    ['max', aUser('max', ['inventory:read'])],
    ['wim', aUser('wim', ['returns:receive'])],
    ['root', aUser('root', ['*'])],
    ['carl', aUser('carl')],
  ])
  const authenticate = (authorization: string | undefined): Principal => {
    const found = people.get(String(authorization))
    if (!found) throw new Error('signed out')
    return found
  }
  const live = createLive({ bus: log, authenticate, log: silentLogger, limits: { gatherMs: 1, lookMs: 5, ...limits } })
  opened.push(live)
  const follow = async (name: string, lastEventId?: string) =>
    heard(await live.follow({ principal: people.get(name) as Principal, authorization: name, lastEventId }))
  return { log, live, people, follow }
}

/** Everything a page was told, and whether the stream has ended. */
function heard(stream: Readable) {
  const page = { text: '', ended: false, leave: () => void stream.destroy() }
  stream.on('data', (chunk) => (page.text += String(chunk)))
  stream.on('end', () => (page.ended = true))
  return page
}

describe('a page that follows the shop', () => {
  it('hears which orders and returns there are, by id alone, and nothing of what its reader may not see', async () => {
    const { log, follow } = open()
    const page = await follow('ida')
    log.say(OrderCreated, 'order-1', 'e1')
    log.say(OrderCreated, 'order-2', 'e2')
    log.say(LowStockAlert, 'cup', 'e3')
    log.say(ReviewFlagged, 'review-1', 'e4')
    log.say(ReturnRequested, 'order-1', 'e5')
    await eventually(() => expect(page.text).toContain('"returns"'))
    expect(page.text).toContain('"orders":{"events":2,"keys":["order-1","order-2"]}')
    expect(page.text).toContain('id: e5')
    expect(page.text).not.toMatch(/cup|review|stock/)
  })

  it('hears of returns when its reader takes in goods and decides nothing', async () => {
    const { log, follow } = open()
    const page = await follow('wim')
    log.say(OrderCreated, 'order-1', 'e1')
    log.say(ReturnRequested, 'order-1', 'e2')
    await eventually(() => expect(page.text).toContain('"returns"'))
    expect(page.text).not.toContain('"orders"')
  })

  it('reads everything anew when it comes for the first time', async () => {
    const { follow } = open()
    const page = await follow('ida')
    await eventually(() => expect(page.text).toContain('event: resync'))
  })

  it('goes on where its connection broke off', async () => {
    const { log, follow } = open()
    const first = await follow('ida')
    const seen = log.say(OrderCreated, 'order-1')
    await eventually(() => expect(first.text).toContain('order-1'))
    first.leave()
    log.say(OrderCreated, 'order-2')
    const again = await follow('ida', seen)
    await eventually(() => expect(again.text).toContain('order-2'))
    expect(again.text).not.toContain('resync')
  })

  it('reads everything anew when this process does not know what it was told before', async () => {
    const { follow } = open()
    const page = await follow('ida', 'an event of yesterday')
    await eventually(() => expect(page.text).toContain('event: resync'))
  })

  it('is let go at once when its reader signs out, and when a right to see it is taken away', async () => {
    const { log, live, people, follow } = open()
    const [ida, max] = [await follow('ida'), await follow('max')]
    people.delete('ida')
    people.set('max', aUser('max'))
    await eventually(() => expect([ida.ended, max.ended]).toEqual([true, true]))
    expect(live.count()).toBe(0)
    log.say(LowStockAlert, 'cup')
    expect(max.text).not.toContain('cup')
  })

  it('hears less from the moment its reader may see less', async () => {
    const { log, people, follow } = open()
    const root = await follow('root')
    people.set('root', aUser('root', ['inventory:read']))
    await eventually(() => {
      log.say(OrderCreated, 'order-9')
      log.say(LowStockAlert, 'cup')
      expect(root.text.split('event: news').at(-1)).toMatch(/^(?!.*orders).*cup/s)
    })
  })

  it('hears that we are still there', async () => {
    const { follow } = open({ beatMs: 2 })
    const page = await follow('ida')
    await eventually(() => expect(page.text).toContain(': still here'))
  })

  it('is nothing for customers', async () => {
    const { follow } = open()
    await expect(follow('carl')).rejects.toMatchObject({ code: 'operations/nothing-to-follow' })
  })
})

describe('pages that follow the shop', () => {
  it('are so many as a process can bear, and so many of one person', async () => {
    const { follow } = open({ streams: 3, ofOnePerson: 2 })
    await Promise.all([follow('ida'), follow('ida')])
    await expect(follow('ida')).rejects.toMatchObject({ code: 'operations/too-many-followers' })
    const max = await follow('max')
    await expect(follow('root')).rejects.toMatchObject({ code: 'operations/too-many-followers' })
    max.leave()
    await eventually(async () => expect(await follow('root')).toBeDefined())
  })

  it('cost nothing while there are none: the log is left alone soon after the last one has gone', async () => {
    const { log, follow } = open({ keepMs: 5 })
    expect(log.followers.size).toBe(0)
    const page = await follow('ida')
    expect(log.followers.size).toBe(1)
    page.leave()
    await eventually(() => expect(log.followers.size).toBe(0))
  })

  it('are let go when they do not read what they are told', async () => {
    const { log, live, people } = open()
    const stream = await live.follow({ principal: people.get('ida') as Principal, authorization: 'ida', lastEventId: undefined })
    await eventually(() => {
      for (let n = 0; n < 60; n += 1) log.say(OrderCreated, `order-${n}-${'x'.repeat(100)}`)
      expect(stream.destroyed).toBe(true)
    })
    expect(live.count()).toBe(0)
  })

  it('all end when the shop stops', async () => {
    const { live, follow } = open()
    const page = await follow('ida')
    await live.close()
    await eventually(() => expect(page.ended).toBe(true))
  })
})
