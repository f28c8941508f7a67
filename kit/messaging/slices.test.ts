import { expect, test } from 'vitest'
import type { Slice } from './log-bus.ts'
import { chunksOf, lanesOf, onlyTypes, smaller } from './slices.ts'

/** offsets that hold a record; the others were of no interest */
function slice(partition: number, from: number, upTo: number, offsets: number[]): Slice {
  const records = offsets.map((offset) => ({
    topic: 't',
    partition,
    offset: BigInt(offset),
    key: '',
    eventId: '',
    type: '',
    value: Buffer.alloc(0),
  }))
  return { topic: 't', partition, from: BigInt(from), upTo: BigInt(upTo), missed: 0n, records }
}
const slices = [
  slice(0, 5, 30, [5, 9, 10, 29]),
  slice(1, 0, 3, []),
  slice(
    2,
    0,
    100,
    Array.from({ length: 50 }, (_, n) => n * 2),
  ),
  slice(3, 7, 8, [7]),
]

function expectWhole(pieces: readonly Slice[]): void {
  for (const whole of slices) {
    const mine = pieces.filter((piece) => piece.partition === whole.partition)
    expect(mine[0]!.from).toBe(whole.from)
    expect(mine.at(-1)!.upTo).toBe(whole.upTo)
    for (const [index, piece] of mine.slice(1).entries()) expect(piece.from).toBe(mine[index]!.upTo)
    for (const piece of mine)
      for (const record of piece.records) expect(record.offset >= piece.from && record.offset < piece.upTo).toBe(true)
    expect(mine.flatMap((piece) => piece.records)).toEqual(whole.records)
  }
}

test.each([1, 2, 3, 7, 1000])('batches of %i events are pieces that follow each other', (size) => {
  const chunks = chunksOf(slices, size)
  expectWhole(chunks.flat())
  for (const chunk of chunks) expect(chunk.reduce((sum, piece) => sum + piece.records.length, 0)).toBeLessThanOrEqual(size)
})

test('a batch that fails is halved until every piece has one event at most', () => {
  let batches = [slices]
  for (let round = 0; round < 8; round += 1) {
    batches = batches.flatMap((batch) => smaller(batch) as Slice[][])
    expectWhole(batches.flat())
  }
  for (const batch of batches) {
    expect(batch).toHaveLength(1)
    expect(batch[0]!.records.length).toBeLessThanOrEqual(1)
  }
})

test('events that nobody wants are left out, and the position moves past them', () => {
  const none = onlyTypes(slices, () => false)
  expect(none.flatMap(({ records }) => records)).toEqual([])
  expect(none.map(({ from, upTo }) => [from, upTo])).toEqual(slices.map(({ from, upTo }) => [from, upTo]))
})

test('lanes share partitions out without splitting one, and only when it is worth it', () => {
  expect(lanesOf(slices, 3, 20)).toHaveLength(2)
  expect(lanesOf(slices, 3, 1000)).toHaveLength(1)
  expect(lanesOf([], 3, 1)).toHaveLength(0)
  const lanes = lanesOf(slices, 3, 1)
  expect(lanes).toHaveLength(3)
  expectWhole(lanes.flat())
  const owners = lanes.flatMap((lane) => [...new Set(lane.map((piece) => piece.partition))])
  expect(new Set(owners).size).toBe(owners.length)
})
