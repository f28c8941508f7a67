import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { on } from './bus.ts'
import { startConsumer } from './consumer.ts'
import { createConsumerStore } from './consumer-store.ts'
import { encodeEvent } from './event.ts'
import { Sold, testShop } from './testing/shop.ts'

test('what a cluster is told as read is never ahead of what the database has committed', async () => {
  const shop = await testShop()
  onTestFinished(() => shop.close())
  const bus = shop.bus()
  const db = shop.db('stock')
  const store = createConsumerStore(db, 'stock')
  const told: bigint[] = []
  let handled = false
  let commit: () => void = () => undefined
  const mayCommit = new Promise<void>((resolve) => {
    commit = resolve
  })
  const consumer = await startConsumer({
    group: 'stock',
    // as a group of Kafka is told
    bus: {
      ...bus,
      join: async (group, topics) => ({
        ...(await bus.join(group, topics)),
        progress: (positions) => void told.push(...positions.map(({ next }) => next)),
      }),
    },
    db,
    store: {
      ...store,
      tx: (work) =>
        store.tx(async (tx) => {
          const result = await work(tx)
          if (handled) await mayCommit
          return result
        }),
    },
    log: silentLogger,
    reactions: [
      on(Sold, async () => {
        handled = true
      }),
    ],
  })
  const event = Sold({ saleId: 'a', n: 1 })
  const value = `${encodeEvent(event, 'sales').slice(0, -1)},"sequence":"1"}`
  await bus.publish([{ topic: Sold.topic, key: 'a', eventId: event.id, type: event.type, value }])
  await eventually(() => expect(handled).toBe(true))
  expect(told).toEqual([])
  commit()
  await eventually(() => expect(told).toHaveLength(1))
  expect((await store.readCursors()).map(({ next }) => next)).toContain(told[0])
  await consumer.stop()
})
