import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPositions } from './consumer-positions.ts'
import type { LogBus, Slice } from './log-bus.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const later = (ms: number) => vi.advanceTimersByTime(ms)

async function positionsOf(partitions: number) {
  const topic = 'order.events'
  const cursors = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, next: 0n }))
  const positions = createPositions({
    bus: { partitionCounts: async () => new Map([[topic, partitions]]) } as unknown as LogBus,
    store: { readCursors: async () => cursors, createCursors: async () => undefined },
    topics: [topic],
    membership: { owns: () => true },
    startFrom: 'earliest',
  })
  await positions.load()
  const next = new Map<number, bigint>()
  /** nothing in it for this group */
  const stretch = (partition: number): Slice => {
    const from = next.get(partition) ?? 0n
    next.set(partition, from + 1n)
    return { topic, partition, from, upTo: from + 1n, missed: 0n, records: [] }
  }
  return { positions, stretch }
}

test('what concerns nobody is passed over without a transaction, and noted for all partitions together once a second', async () => {
  const { positions, stretch } = await positionsOf(3)
  let transactions = 0
  for (let ms = 0; ms < 5000; ms += 50) {
    const slices = positions.pass([stretch((ms / 50) % 3)])
    if (slices.length === 0) {
      later(50)
      continue
    }
    transactions += 1
    expect(slices.map(({ partition }) => partition).sort()).toEqual([0, 1, 2])
    positions.stored(slices)
    later(50)
  }
  expect(transactions).toBeGreaterThanOrEqual(4)
  expect(transactions).toBeLessThanOrEqual(5)
})

test('when the log is quiet, positions are noted soon: a group that is done does not look as if it lagged behind', async () => {
  const { positions, stretch } = await positionsOf(2)
  expect(positions.untilDue()).toBeUndefined()
  expect(positions.pass([stretch(0)])).toEqual([])
  const due = positions.untilDue()!
  expect(due).toBeLessThanOrEqual(300)
  later(due)
  const noted = positions.pass([])
  expect(noted).toMatchObject([{ partition: 0, from: 0n, upTo: 1n }])
  positions.stored(noted)
  expect(positions.untilDue()).toBeUndefined()
})
