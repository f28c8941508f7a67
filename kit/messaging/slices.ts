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

/** One slice per record, in order; trailing records nobody asked for belong to the last. */
export function singles(slices: readonly Slice[]): Slice[] {
  return slices.flatMap((slice) => {
    const pieces: Slice[] = []
    let rest = slice
    while (rest.records.length > 1) {
      const [head, tail] = cut(rest, 1)
      pieces.push(head!)
      rest = tail
    }
    return [...pieces, rest]
  })
}

function cut(slice: Slice, count: number): [Slice | undefined, Slice] {
  if (count === 0) return [undefined, slice]
  const at = slice.records[count - 1]!.offset + 1n
  return [
    { ...slice, upTo: at, records: slice.records.slice(0, count) },
    { ...slice, from: at, missed: 0n, records: slice.records.slice(count) },
  ]
}
