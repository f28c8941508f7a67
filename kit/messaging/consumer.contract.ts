import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { on, type OutgoingRecord } from './bus.ts'
import { type Consumer, type ConsumerOptions, startConsumer } from './consumer.ts'
import { listDeadLetters, redriveDeadLetters } from './dlq.ts'
import { encodeEvent, type Event } from './event.ts'
import { consumerLag } from './lag.ts'
import type { LogBus } from './log-bus.ts'
import { seek } from './log-admin.ts'
import { Sold, type TestShop, testShop } from './testing/shop.ts'

export interface ConsumersUnderTest {
  /** a process's own handle; the suite closes what it opens */
  open(shop: TestShop): LogBus
  /** what the engine's own dead-letter queue holds for the group; where it has one */
  deadInEngine?(): Promise<number>
  close(): Promise<void>
}

type Sale = Event<{ saleId: string; n: number }>

/**
 * What services get from every driver, run with real reactions on a real database: `consumerConformance('kafka', () => make())`. What is
 * tested is what the driver declares (`capabilities`).
 */
export function consumerConformance(
  name: string,
  make: () => Promise<ConsumersUnderTest>,
  { patienceMs = 10_000, events = 600 } = {},
): void {
  describe(`services on the ${name} bus`, () => {
    let shop: TestShop
    let underTest: ConsumersUnderTest
    const buses: LogBus[] = []
    const consumers: Consumer[] = []
    const open = (): LogBus => {
      const bus = underTest.open(shop)
      buses.push(bus)
      return bus
    }
    beforeEach(async () => {
      shop = await testShop()
      underTest = await make()
    })
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
      await Promise.all(buses.splice(0).map((bus) => bus.close()))
      await underTest.close()
      await shop.close()
    })
    const soon = <T>(check: () => T | Promise<T>) => eventually(check, { timeoutMs: patienceMs, everyMs: 25 })

    const consume = async (bus: LogBus, before: (event: Sale) => unknown = () => {}, options: Partial<ConsumerOptions> = {}) => {
      const consumer = await startConsumer({
        group: 'stock',
        bus,
        db: shop.db('stock', { max: 4 }),
        log: silentLogger,
        retryBaseMs: 50,
        reactions: [
          on(Sold, async (event, { tx }) => {
            await before(event)
            await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, ${event.data.n}, ${event.sequence}::text::bigint)`
          }),
        ],
        ...options,
      })
      consumers.push(consumer)
      return consumer
    }
    const effects = () =>
      shop.admin<{ id: string; sale: string; n: number }[]>`select event_id as id, sale, n from stock.effects order by position`
    const ofSale = async (sale: string) => (await effects()).filter((row) => row.sale === sale).map(({ n }) => n)
    const dead = () => listDeadLetters(shop.db('stock').sql, { group: 'stock' }, { limit: 100 })

    test('handles every event once, although each was published twice', async () => {
      const bus = open()
      await consume(bus)
      const sales = makeSales(7, 70)
      await bus.publish(sales)
      await bus.publish(sales)
      await soon(async () => expect(await effects()).toHaveLength(70))
      await bus.publish(makeSales(1, 1, 'last'))
      await soon(async () => expect(await effects()).toHaveLength(71))
      if (bus.capabilities.orderPerKey) for (let sale = 0; sale < 7; sale += 1) expectRising(await ofSale(`sale-${sale}`))
    })

    test('reads what was there before a service came for the first time', async () => {
      const bus = open()
      await bus.publish(makeSales(3, 30))
      await consume(bus)
      await soon(async () => expect(await effects()).toHaveLength(30))
    })

    test('tries an event three times, then puts it to the dead letters, and lets nobody else wait for it', async () => {
      const bus = open()
      const tries: number[] = []
      await consume(bus, ({ data }) => {
        if (data.saleId !== 'poison') return
        tries.push(data.n)
        throw new Error('broken')
      })
      const publishedDead: string[] = []
      await bus.broadcast(['sale.events.dlq'], (records) => publishedDead.push(...records.map(({ type }) => type)))
      // with order a second event of the sale waits behind the first one; without, it may be on its way at the same time
      const ordered = bus.capabilities.orderPerKey
      await bus.publish([...makeSales(1, ordered ? 2 : 1, 'poison'), ...makeSales(3, 30)])
      await soon(async () => expect((await effects()).length).toBe(30))
      await soon(async () =>
        expect(await dead()).toMatchObject([{ key: 'poison', code: 'Error', message: 'broken', attempts: 3 }]),
      )
      expect(tries).toEqual([0, 0, 0])
      await soon(() => expect(publishedDead).toEqual(['DeadLetter.v1']))
      if (underTest.deadInEngine) await soon(async () => expect(await underTest.deadInEngine!()).toBe(1))
    })

    test('handles dead letters after all when they are redriven, then those that waited behind them', async () => {
      const bus = open()
      let broken = true
      await consume(bus, () => {
        if (broken) throw new Error('broken')
      })
      const count = bus.capabilities.orderPerKey ? 3 : 1
      await bus.publish(makeSales(1, count, 'poison'))
      await soon(async () => expect(await dead()).toHaveLength(1))
      broken = false
      expect(await redriveDeadLetters(shop.db('stock').sql, { group: 'stock', code: 'Error' })).toBe(1)
      await soon(async () => expect(await ofSale('poison')).toEqual(Array.from({ length: count }, (_, n) => n)))
      expect(await dead()).toEqual([])
    })

    test('reads a topic again: gaps are filled, what was handled takes no second effect unless that is asked for', async () => {
      const bus = open()
      const consumer = await consume(bus)
      await bus.publish(makeSales(2, 40))
      await soon(async () => expect(await effects()).toHaveLength(40))
      await consumer.stop()
      await shop.admin`delete from stock.inbox where event_id in (select event_id from stock.effects where n < 5)`
      await shop.admin`delete from stock.effects where n < 5`
      await consume(bus)
      const to = (await bus.heads([Sold.topic])).map(({ partition, first }) => ({ partition, next: first }))
      const again = (value: boolean) => seek({ bus, db: shop.db('stock'), group: 'stock', topic: Sold.topic, to, again: value })
      await again(false)
      await soon(async () => expect(await effects()).toHaveLength(40))
      await again(true)
      await soon(async () => expect(await effects()).toHaveLength(80))
    })

    test('goes on while processes of a service come and go: every event once', async () => {
      const bus = open()
      const others = [open(), open()]
      await consume(bus)
      const all = makeSales(20, events)
      let published = 0
      const publishing = (async () => {
        for (; published < all.length; published += 20) await bus.publish(all.slice(published, published + 20))
      })()
      for (const [round, other] of [...others, others[0]!].entries()) {
        const joined = await consume(other)
        const seen = (await effects()).length
        await soon(async () => expect((await effects()).length).toBeGreaterThan(Math.min(seen, events - 1)))
        if (round < 2) await joined.stop()
      }
      await publishing
      await soon(async () => expect(await effects()).toHaveLength(events))
      expect(new Set((await effects()).map(({ id }) => id)).size).toBe(events)
      if (bus.capabilities.orderPerKey) for (let sale = 0; sale < 20; sale += 1) expectRising(await ofSale(`sale-${sale}`))
    })

    test('takes no more than it can handle: a slow service holds nobody up, and catches up', async () => {
      const bus = open()
      let inHand = 0
      let most = 0
      let slow = true
      await consume(
        bus,
        async () => {
          inHand += 1
          most = Math.max(most, inHand)
          await eventually(() => expect(slow).toBe(false), { timeoutMs: 3_000 })
          inHand -= 1
        },
        { batchSize: 10, lanes: 2 },
      )
      await bus.publish(makeSales(40, 200))
      await soon(() => expect(inHand).toBeGreaterThan(0))
      await soon(async () => {
        const lag = await consumerLag(bus, shop.db('stock').sql, 'stock')
        expect(lag.reduce((sum, { records }) => sum + records, 0)).toBeGreaterThanOrEqual(150)
      })
      slow = false
      await soon(async () => expect(await effects()).toHaveLength(200))
      expect(most).toBeLessThanOrEqual(4)
      await soon(async () => {
        const lag = await consumerLag(bus, shop.db('stock').sql, 'stock')
        expect(lag.reduce((sum, { records }) => sum + records, 0)).toBe(0)
      })
    })
  })
}

/** As a relay publishes them: events of `sales` sales in turn, numbered within each. */
function makeSales(sales: number, count: number, name?: string): OutgoingRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const event = Sold({ saleId: name ?? `sale-${index % sales}`, n: Math.floor(index / sales) })
    const value = `${encodeEvent(event, 'sales').slice(0, -1)},"sequence":"${Math.floor(index / sales) + 1}"}`
    return { topic: Sold.topic, key: event.key, eventId: event.id, type: event.type, value }
  })
}

function expectRising(numbers: readonly number[]): void {
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
}
