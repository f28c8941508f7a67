import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { eventually } from '#kit/testing/eventually.ts'
import type { BusRecord, OutgoingRecord } from './bus.ts'
import type { LogBus, Position, Slice } from './log-bus.ts'
import { partitionOf } from './partition.ts'
import { openGroupQueue } from './testing/group-queue.ts'

export interface BusUnderTest {
  /** A process's own handle on the same log; the suite closes what it opens. */
  open(): LogBus
  /** What happens to a handle when its process is killed: its connections die without a word. */
  kill(bus: LogBus): Promise<void>
  close(): Promise<void>
}

/**
 * What every driver of the bus has to do, run against the real engine: `busConformance('postgres', () => makeBus())`. What is tested is what
 * the driver declares (`capabilities`): where groups have queues, the log is asked as the archive, and what a queue brings is looked at too.
 * `makeBus` gives an empty log each time; `patienceMs`: how long an engine may take to deal out partitions or to tell of news.
 */
export function busConformance(name: string, makeBus: () => Promise<BusUnderTest>, { patienceMs = 5_000 } = {}): void {
  const soon = (check: () => void) => eventually(check, { timeoutMs: patienceMs })
  describe(`the ${name} bus`, () => {
    let underTest: BusUnderTest
    let bus: LogBus
    const opened: LogBus[] = []
    const open = (): LogBus => {
      const handle = underTest.open()
      opened.push(handle)
      return handle
    }
    beforeEach(async () => {
      underTest = await makeBus()
      bus = open()
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((handle) => handle.close()))
      await underTest.close()
    })

    test('keeps the order of every key, with offsets that have no gap', async () => {
      const records = Array.from({ length: 500 }, (_, n) => outgoing(`key-${n % 17}`, String(n)))
      for (let at = 0; at < records.length; at += 50) await bus.publish(records.slice(at, at + 50))
      const log = await readAll(bus, ['a.events'])
      expect(log).toHaveLength(500)
      for (const key of new Set(records.map((record) => record.key))) {
        const values = log.filter((record) => record.key === key).map((record) => record.value.toString())
        expect(values).toEqual(records.filter((record) => record.key === key).map((record) => record.value))
      }
      expectDense(log)
    })

    test('puts a key into the partition a Java Kafka producer would use', async () => {
      await bus.publish([outgoing('foobar', '{}'), outgoing('21', '{}'), outgoing('Ü🛒', '{}')])
      const count = (await bus.partitionCounts(['a.events'])).get('a.events')!
      for (const record of await readAll(bus, ['a.events'])) expect(record.partition).toBe(partitionOf(record.key, count))
    })

    test('keeps order and density when several processes publish at the same time', async () => {
      const publishers = [bus, open(), open()]
      await Promise.all(
        publishers.map(async (publisher, p) => {
          for (let n = 0; n < 30; n += 1)
            await publisher.publish([outgoing('shared', `${p}/${n}`), outgoing(`own-${p}`, `${p}/${n}`)])
        }),
      )
      const log = await readAll(bus, ['a.events'])
      expect(log).toHaveLength(180)
      expectDense(log)
      for (let p = 0; p < 3; p += 1) {
        const mine = log
          .filter((record) => record.key === 'shared')
          .map((record) => record.value.toString())
          .filter((value) => value.startsWith(`${p}/`))
        expect(mine).toEqual(Array.from({ length: 30 }, (_, n) => `${p}/${n}`))
      }
    })

    test('gives back the bytes, ids and types it was given', async () => {
      const key = 'k"\\ey,{}'
      const record = outgoing(key, JSON.stringify({ subject: key, text: 'Ü\u2028"\\🛒\n', zero: 0 }))
      const queue = await openGroupQueue(bus, 'Wanted', patienceMs)
      await bus.publish([record])
      const logged = await readAll(bus, ['a.events'])
      const queued = await queue.take(1)
      expect([logged.length, queued.length]).toEqual([1, bus.capabilities.partitions ? 0 : 1])
      for (const read of [...logged, ...queued]) {
        const { eventId, type } = record
        expect(read).toMatchObject({ topic: 'a.events', key, eventId, type, partition: logged[0]!.partition, offset: 0n })
        expect(read.value.toString()).toBe(record.value)
      }
    })

    test('delivers a repeated record again with its id, so that a consumer can tell', async () => {
      const record = outgoing('a', '{}')
      await bus.publish([record, record])
      await bus.publish([record])
      expect((await readAll(bus, ['a.events'])).map((read) => read.eventId)).toEqual([
        record.eventId,
        record.eventId,
        record.eventId,
      ])
    })

    test('can be read again from any offset', async () => {
      await bus.publish(Array.from({ length: 20 }, (_, n) => outgoing('a', String(n))))
      const [first] = await readAll(bus, ['a.events'])
      const slices = await bus.fetch({
        positions: [{ topic: 'a.events', partition: first!.partition, next: 15n }],
        budget: 1000,
        exact: true,
      })
      expect(slices.flatMap((slice) => slice.records.map((record) => record.value.toString()))).toEqual([
        '15',
        '16',
        '17',
        '18',
        '19',
      ])
    })

    test('refuses an event that not every bus could take, with all that came along, and goes on', async () => {
      const of = (key: string, text: string) => outgoing(key, JSON.stringify({ subject: key, text }))
      const queue = await openGroupQueue(bus, 'Wanted', patienceMs)
      const large = of('a', 'Ü'.repeat(150_000))
      await expect(bus.publish([of('b', ''), large])).rejects.toMatchObject({ code: 'messaging/event-too-large' })
      const taken = [of('a', 'next'), of('a', 'x'.repeat(199_000))]
      await bus.publish(taken)
      const ids = (records: readonly { eventId: string }[]) => records.map(({ eventId }) => eventId)
      expect(ids(await readAll(bus, ['a.events']))).toEqual(ids(taken))
      expect(ids(await queue.take(2)).sort()).toEqual(bus.capabilities.partitions ? [] : ids(taken).sort())
    })

    test('passes over types nobody asked for, and moves on', async () => {
      await bus.publish([
        outgoing('a', '1', 'Wanted.v1'),
        outgoing('a', '2', 'Other.v1'),
        outgoing('a', '3', 'Wanted.v2'),
        outgoing('a', '4', 'Other.v1'),
      ])
      const { partition } = (await readAll(bus, ['a.events']))[0]!
      const [slice] = await bus.fetch({
        positions: [{ topic: 'a.events', partition, next: 0n }],
        names: ['Wanted'],
        budget: 1000,
        exact: true,
      })
      expect(slice!.records.map((record) => record.value.toString())).toEqual(['1', '3'])
      expect(slice!.upTo).toBe(4n)
      expect(
        await bus.fetch({
          positions: [{ topic: 'a.events', partition, next: 4n }],
          names: ['Wanted'],
          budget: 1000,
          exact: true,
        }),
      ).toEqual([])
    })

    test('is given its topics as they are planned, and keeps their number of partitions for ever', async () => {
      const plan = (partitions: number, days: number) => ({
        topics: [{ name: 'a.events', partitions, retentionMs: days * 86_400_000 }],
        groups: [],
      })
      // what brings events to queues has no partitions
      const ofTopic = ({ name }: { name: string }) => /\ba\.events$/.test(name)
      const apply = async (partitions: number, days: number, dryRun = false) =>
        (await bus.apply(plan(partitions, days), { dryRun })).filter(ofTopic).map(({ action }) => action)
      expect(await apply(5, 2, true)).toEqual(['create'])
      expect(await bus.topicNames()).not.toContain('a.events')
      expect(await apply(5, 2)).toEqual(['create'])
      expect((await bus.partitionCounts(['a.events'])).get('a.events')).toBe(5)
      expect(await apply(5, 2)).toEqual(['keep'])
      expect(await apply(5, 30, true)).toEqual(['change'])
      expect(await apply(5, 30)).toEqual(['change'])
      // a broker may tell of the old time for a moment
      await eventually(async () => expect(await apply(5, 30)).toEqual(['keep']))
      expect(await apply(6, 30)).toEqual(['refuse'])
      expect((await open().partitionCounts(['a.events'])).get('a.events')).toBe(5)
      // what is not said stays as it is
      const [kept] = (await bus.apply({ topics: [{ name: 'a.events' }], groups: [] }, { dryRun: false })).filter(ofTopic)
      expect(kept).toMatchObject({ action: 'keep', detail: '5 partitions, kept 30 days' })
    })

    test('tells every process that listens, also after nothing happened for a while', async () => {
      const rings = [0, 0]
      const ring = (index: number) => () => {
        rings[index]! += 1
      }
      await bus.onNews(['a.events'], ring(0))
      await open().onNews(['other.events'], ring(1))
      const before = [...rings]
      await bus.publish([outgoing('a', '{}')])
      await soon(() => expect(rings[0]).toBeGreaterThan(before[0]!))
      expect(rings[1]).toBe(before[1])
    })

    test('broadcasts every event from now on to every process, in order per key', async () => {
      await bus.publish([outgoing('a', 'before')])
      const heard: string[][] = [[], []]
      for (const [index, handle] of [bus, open()].entries()) {
        await handle.broadcast(['a.events', 'b.events'], (records) =>
          heard[index]!.push(...records.map((record) => record.value.toString())),
        )
      }
      for (let n = 0; n < 20; n += 1) await bus.publish([outgoing('a', String(n))])
      await bus.publish([{ ...outgoing('a', 'first of its topic'), topic: 'b.events' }])
      for (const values of heard) {
        await soon(() => expect(values).toHaveLength(21))
        expect(values.filter((value) => value !== 'first of its topic')).toEqual(Array.from({ length: 20 }, (_, n) => String(n)))
      }
    })

    test('shares the partitions of a group among processes, groups do not disturb each other; where groups have queues nobody owns any', async () => {
      if (!bus.capabilities.partitions) {
        expect(bus.queues).toBeDefined()
        await expect(bus.join('group', ['a.events'])).rejects.toThrow('queues')
        return
      }
      const one = await bus.join('group', ['a.events'])
      const other = await bus.join('other-group', ['a.events'])
      await soon(() => expect(owned(one)).toHaveLength(12))
      const second = open()
      const two = await second.join('group', ['a.events'])
      await soon(() => expect([owned(one).length, owned(two).length]).toEqual([6, 6]))
      expect(new Set([...owned(one), ...owned(two)]).size).toBe(12)
      expect(owned(other)).toHaveLength(12)
      await two.leave()
      await soon(() => expect(owned(one)).toHaveLength(12))
    })

    test('gives what a killed process had to the one that is left: its partitions, or the messages it had taken', async () => {
      if (!bus.capabilities.partitions) {
        const left = await openGroupQueue(bus, 'Wanted', patienceMs)
        const dying = open()
        await bus.publish([outgoing('a', JSON.stringify({ subject: 'a' }))])
        const taken = await (await openGroupQueue(dying, 'Wanted', patienceMs)).hold()
        await underTest.kill(dying)
        expect((await left.take(1)).map(({ eventId }) => eventId)).toEqual(taken.map(({ eventId }) => eventId))
        return
      }
      const one = await bus.join('group', ['a.events'])
      const second = open()
      const two = await second.join('group', ['a.events'])
      await soon(() => expect([owned(one).length, owned(two).length]).toEqual([6, 6]))
      let changes = 0
      one.onChange(() => {
        changes += 1
      })
      await underTest.kill(second)
      await soon(() => expect(owned(one)).toHaveLength(12))
      expect(changes).toBeGreaterThan(0)
    })
  })
}

function outgoing(key: string, value: string, type = 'Wanted.v1'): OutgoingRecord {
  return { topic: 'a.events', key, eventId: uuidv7(), type, value }
}

function owned(membership: { owns(topic: string, partition: number): boolean }): number[] {
  return Array.from({ length: 12 }, (_, partition) => partition).filter((partition) => membership.owns('a.events', partition))
}

async function readAll(bus: LogBus, topics: readonly string[]): Promise<BusRecord[]> {
  let positions: Position[] = (await bus.heads(topics)).map((head) => ({ ...head, next: head.first }))
  const records: BusRecord[] = []
  for (;;) {
    const slices: Slice[] = await bus.fetch({ positions, budget: 100, exact: true })
    if (slices.length === 0) return records
    for (const slice of slices) records.push(...slice.records)
    positions = positions.map((position) => {
      const slice = slices.find((s) => s.topic === position.topic && s.partition === position.partition)
      return slice ? { ...position, next: slice.upTo } : position
    })
  }
}

function expectDense(log: readonly BusRecord[]): void {
  for (const [, part] of Map.groupBy(log, (record) => `${record.topic}/${record.partition}`)) {
    expect(part.map((record) => record.offset)).toEqual(part.map((_, index) => BigInt(index)))
  }
}
