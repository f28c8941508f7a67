import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKafkaBus } from '#kit/messaging/kafka/kafka-bus.ts'
import { busMigrations } from '#kit/messaging/schema-sets.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventsOnKafka } from './kafka-log.ts'

const url = `${process.env.KAFKA_URL}/chaos-${randomBytes(5).toString('hex')}`
const bus = createKafkaBus({ url, log: silentLogger })
const events = eventsOnKafka(url)
let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase({ schemas: [{ schema: 'bus', sets: [busMigrations] }] })
})
afterAll(async () => {
  await Promise.all([bus.close(), events.close()])
  await database?.drop()
})

const sold = (key: string, n: number, eventId: string = randomUUID()) => ({
  topic: 'sale.events',
  key,
  eventId,
  type: 'Sold.v1',
  value: JSON.stringify({ n }),
})
const told = () =>
  database.admin<{ key: string; value: string }[]>`select key, value from bus.log order by topic, partition, "offset"`.then(
    (rows) => rows.map(({ key, value }) => `${key} ${value}`).sort(),
  )
const ends = () => database.admin<{ n: number }[]>`select coalesce(sum(next_offset), 0)::int as n from bus.heads`

it('the log of a shop on Kafka is copied as it is: each record once in each place, also those that were told twice', async () => {
  const again = sold('two', 1)
  await bus.publish([sold('one', 1), again])
  await events.bring(database.admin)
  expect(await told()).toEqual(['one {"n":1}', 'two {"n":1}'])
  await bus.publish([sold('one', 2), again])
  await events.bring(database.admin)
  await events.bring(database.admin)
  expect(await told()).toEqual(['one {"n":1}', 'one {"n":2}', 'two {"n":1}', 'two {"n":1}'])
  expect(await ends()).toEqual([{ n: 4 }])
}, 60_000)
