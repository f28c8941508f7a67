import { randomBytes } from 'node:crypto'
import {
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { DomainError } from '#kit/core/errors.ts'
import type { Tx } from '#kit/db/db.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { on, type OutgoingRecord } from '../bus.ts'
import { type Consumer, type ConsumerOptions, startConsumer } from '../consumer.ts'
import { type ConsumerStore, createConsumerStore } from '../consumer-store.ts'
import { listDeadLetters } from '../dlq.ts'
import { encodeEvent } from '../event.ts'
import type { LogBus, Queues } from '../log-bus.ts'
import { createPostgresBus } from '../postgres-bus.ts'
import { Returned, Sold, type TestShop, testShop } from '../testing/shop.ts'
import { createSnsSqsBus } from './sns-sqs-bus.ts'

const sqs = new SQSClient()
afterAll(() => sqs.destroy())

let shop: TestShop
let prefix: string
let bus: LogBus
const running: { stop(): Promise<void> }[] = []
beforeEach(async () => {
  shop = await testShop()
  prefix = `t${randomBytes(5).toString('hex')}`
  bus = open()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
  await bus.close()
  await shop.close()
})

function open(query = 'fifo=yes&wait=1&visibility=1'): LogBus {
  const archive = createPostgresBus({ url: shop.busUrl, log: silentLogger, pollMs: 200 })
  return createSnsSqsBus({ url: `sns+sqs:///${prefix}?${query}`, archive, log: silentLogger })
}

function sold(saleId: string, n = 0): OutgoingRecord {
  const event = Sold({ saleId, n })
  const value = `${encodeEvent(event, 'sales').slice(0, -1)},"sequence":"${n + 1}"}`
  return { topic: Sold.topic, key: saleId, eventId: event.id, type: event.type, value }
}

async function consume(handle: (sale: string, tx: Tx) => unknown, options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
  const consumer = await startConsumer({
    group: 'stock',
    bus,
    db: shop.db('stock'),
    log: silentLogger,
    retryBaseMs: 50,
    reactions: [
      on(Sold, async (event, { tx }) => {
        await handle(event.data.saleId, tx)
        await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, ${event.data.n}, 1)`
      }),
    ],
    ...options,
  })
  running.push(consumer)
  return consumer
}

const sales = async () =>
  (await shop.admin<{ sale: string }[]>`select sale from stock.effects order by position`).map((row) => row.sale)
const depth = async () => await bus.queues!.depth('stock')
const soon = <T>(check: () => Promise<T>) => eventually(check, { timeoutMs: 20_000, everyMs: 50 })
const urlOf = async (name: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}-${name}` }))).QueueUrl!
const arnOf = (name: string) => `arn:aws:sqs:${process.env.AWS_REGION}:123456789012:${prefix}-${name}`

/** What an operator does in AWS's console. */
async function moveDeadLettersBack(): Promise<void> {
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('stock-dlq') }))
  await soon(async () => {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('stock-dlq') }))
    expect(Results[0]?.Status).toBe('COMPLETED')
  })
}

test('a service that works longer than a message is hidden keeps it: nobody else gets it, it is handled once', async () => {
  await bus.close()
  // it is hidden anew every third of that: a machine may be busy for two seconds in between
  bus = open('fifo=yes&wait=1&visibility=3')
  // who gets it as well waits for the transaction of whoever has it, and handles nothing: what shows it is that it was given out
  const queues = bus.queues!
  let received = 0
  const counted: Queues = {
    ...queues,
    async open(plan) {
      const reader = await queues.open(plan)
      return {
        ...reader,
        async receive() {
          const deliveries = await reader.receive()
          received += deliveries.length
          return deliveries
        },
      }
    },
  }
  const started: string[] = []
  const slow = async (sale: string, tx: Tx) => {
    started.push(sale)
    const until = Date.now() + 7_000
    const work = async () => {
      // a transaction that asks nothing for five seconds is ended
      await tx`select 1`
      expect(Date.now()).toBeGreaterThan(until)
    }
    await eventually(work, { timeoutMs: 15_000, everyMs: 200 })
  }
  await consume(slow, { bus: { ...bus, queues: counted }, handlerTimeoutMs: 20_000 })
  await bus.publish([sold('slow')])
  await soon(async () => expect(await sales()).toEqual(['slow']))
  expect([received, started]).toEqual([1, ['slow']])
  await soon(async () => expect(await depth()).toMatchObject({ waiting: 0, inFlight: 0, dead: 0 }))
})

test('a process that dies after the commit and before it deletes the message handles nothing twice', async () => {
  const queues = bus.queues!
  let deaths = 0
  const dying: Queues = {
    ...queues,
    async open(plan) {
      const reader = await queues.open(plan)
      return {
        ...reader,
        async done(deliveries) {
          deaths += 1
          if (deaths === 1) throw new Error('killed')
          await reader.done(deliveries)
        },
      }
    },
  }
  await consume(() => {}, { bus: { ...bus, queues: dying } })
  await bus.publish([sold('a'), sold('b')])
  await soon(async () => expect(deaths).toBeGreaterThanOrEqual(2))
  await soon(async () => expect(await depth()).toMatchObject({ waiting: 0, inFlight: 0 }))
  expect((await sales()).sort()).toEqual(['a', 'b'])
})

test('messages whose transaction did not commit come again', async () => {
  const db = shop.db('stock')
  const store = createConsumerStore(db, 'stock')
  let outages = 0
  const failing: ConsumerStore['tx'] = async (work) => {
    if (outages === 2) return await store.tx(work)
    outages += 1
    throw new DomainError('unavailable', 'database/unreachable', 'The database cannot be reached.')
  }
  await consume(() => {}, { db, store: { ...store, tx: failing }, lanes: 1 })
  await bus.publish([sold('a')])
  await soon(async () => expect(await sales()).toEqual(['a']))
  expect(outages).toBe(2)
  await soon(async () => expect(await depth()).toMatchObject({ waiting: 0, inFlight: 0, dead: 0 }))
})

test('a message that is no event of ours ends in the dead letters after three times, and holds nobody up', async () => {
  await consume(() => {})
  const QueueUrl = await urlOf('stock-queue.fifo')
  await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageGroupId: 'stranger', MessageDeduplicationId: 'stranger' }),
  )
  await bus.publish([sold('a')])
  await soon(async () => expect(await sales()).toEqual(['a']))
  await soon(async () => expect(await depth()).toMatchObject({ waiting: 0, inFlight: 0, dead: 1 }))
})

test('a dead event that is moved back in the console of AWS is tried again, with those behind it', async () => {
  await bus.close()
  // the emulator moves nothing between FIFO queues
  bus = open('fifo=no&wait=1')
  let broken = true
  await consume(() => {
    if (broken) throw new Error('broken')
  })
  // one after the other: such a queue keeps no order by itself
  await bus.publish([sold('poison', 0)])
  await soon(async () => expect(await depth()).toMatchObject({ dead: 1, waiting: 0 }))
  await bus.publish([sold('poison', 1)])
  await soon(async () => expect(await shop.db('stock').sql`select from parked`).toHaveLength(2))
  expect(await listDeadLetters(shop.db('stock').sql, { group: 'stock' }, { limit: 10 })).toHaveLength(1)
  broken = false
  await moveDeadLettersBack()
  await soon(async () => expect(await sales()).toEqual(['poison', 'poison']))
  expect(await listDeadLetters(shop.db('stock').sql, { group: 'stock' }, { limit: 10 })).toEqual([])
  expect(await depth()).toMatchObject({ dead: 0 })
})

test('a queue gets only the events its service wants', async () => {
  await bus.queues!.open({ group: 'stock', events: [{ topic: Sold.topic, name: 'Sold' }] })
  const returned = Returned({ saleId: 'a' })
  const value = `${encodeEvent(returned, 'sales').slice(0, -1)},"sequence":"1"}`
  await bus.publish([{ topic: Sold.topic, key: 'a', eventId: returned.id, type: returned.type, value }, sold('a', 1)])
  await soon(async () => expect(await depth()).toMatchObject({ waiting: 1 }))
})

test('applying makes what is missing, says what is different, and changes nothing twice', async () => {
  const topology = {
    topics: [{ name: 'sale.events' }, { name: 'sale.events.dlq' }],
    groups: [{ group: 'stock', events: [{ topic: 'sale.events', name: 'Sold' }] }],
  }
  const actions = async (handle: LogBus, what: typeof topology, dryRun: boolean) =>
    Object.fromEntries(
      (await handle.apply(what, { dryRun }))
        .filter(({ name }) => !name.startsWith('archive'))
        .map(({ what: kind, name, action }) => [`${kind} ${name}`, action]),
    )
  const names = [
    `topic ${prefix}-sale-events.fifo`,
    `queue ${prefix}-stock-dlq.fifo`,
    `queue ${prefix}-stock-queue.fifo`,
    `subscription ${prefix}-sale-events.fifo → ${prefix}-stock-queue.fifo`,
  ]
  const all = (action: string) => Object.fromEntries(names.map((name) => [name, action]))
  expect(await actions(bus, topology, true)).toEqual(all('create'))
  expect(await depth()).toBeUndefined()
  expect(await actions(bus, topology, false)).toEqual(all('create'))
  expect(await actions(bus, topology, false)).toEqual(all('keep'))
  const wider = {
    ...topology,
    groups: [{ group: 'stock', events: [...topology.groups[0]!.events, { topic: 'sale.events', name: 'Returned' }] }],
  }
  const slower = open('fifo=yes&wait=1&visibility=60')
  const expected = { ...all('keep'), [names[2]!]: 'change', [names[3]!]: 'change' }
  expect(await actions(slower, wider, true)).toEqual(expected)
  expect(await actions(slower, wider, false)).toEqual(expected)
  expect(await actions(slower, wider, false)).toEqual(all('keep'))
  await slower.close()
})

test('a process that may make nothing says what to do', async () => {
  const careful = open('fifo=yes&create=no')
  await expect(careful.publish([sold('a')])).rejects.toMatchObject({ code: 'messaging/not-applied' })
  await expect(careful.queues!.open({ group: 'stock', events: [] })).rejects.toThrow('npx souk bus apply')
  await careful.close()
})
