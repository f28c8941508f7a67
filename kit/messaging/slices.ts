import type { Slice } from './log-bus.ts'

/**
 * Cuts what was fetched into batches of at most `size` records. A cut within a partition falls right after a record, so every
 * piece starts where the one before it ended.
 */
export function chunksOf(slices: readonly Slice[], size: number): Slice[][] {
  const chunks: Slice[][] = []
  let chunk: Slice[] = []
  let room = size
  for (const slice of slices) {
    let rest = slice
    while (rest.records.length > room) {
      const [head, tail] = cut(rest, room)
      if (head) chunk.push(head)
      chunks.push(chunk)
      chunk = []
      room = size
      rest = tail
    }
    chunk.push(rest)
    room -= rest.records.length
  }
  if (chunk.length > 0) chunks.push(chunk)
  return chunks
}

/** Deals whole partitions out to at most `most` lanes of about the same length, each of `least` records or more. */
export function lanesOf(slices: readonly Slice[], most: number, least: number): Slice[][] {
  const total = slices.reduce((sum, slice) => sum + slice.records.length, 0)
  const count = Math.max(1, Math.min(most, slices.length, Math.floor(total / least)))
  if (count === 1) return slices.length > 0 ? [[...slices]] : []
  const lanes = Array.from({ length: count }, () => ({ load: 0, slices: [] as Slice[] }))
  for (const slice of [...slices].sort((a, b) => b.records.length - a.records.length)) {
    const lane = lanes.reduce((best, other) => (other.load < best.load ? other : best))
    lane.slices.push(slice)
    lane.load += slice.records.length
  }
  return lanes.map((lane) => lane.slices)
}

/** A batch that failed, in two; one of a single record, or of none, in its partitions. */
export function smaller(slices: readonly Slice[]): Slice[][] {
  const total = slices.reduce((sum, slice) => sum + slice.records.length, 0)
  return total > 1 ? chunksOf(slices, Math.ceil(total / 2)) : slices.map((slice) => [slice])
}

/** Leaves out records of other types; the position moves past them all the same. */
export function onlyTypes(slices: readonly Slice[], wanted: (type: string) => boolean): Slice[] {
  return slices.map((slice) => ({ ...slice, records: slice.records.filter(({ type }) => wanted(type)) }))
}

function cut(slice: Slice, count: number): [Slice | undefined, Slice] {
  if (count === 0) return [undefined, slice]
  const at = slice.records[count - 1]!.offset + 1n
  return [
    { ...slice, upTo: at, records: slice.records.slice(0, count) },
    { ...slice, from: at, missed: 0n, records: slice.records.slice(count) },
  ]
}
