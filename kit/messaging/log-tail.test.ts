import { beforeEach, describe, expect, it } from 'vitest'
import type { FetchRequest, Slice } from './log-bus.ts'
import { LogRecord } from './log-record.ts'
import { createLogTail, type LogTail } from './log-tail.ts'

const place = { topic: 'order.events', partition: 0 }
const record = (offset: bigint) =>
  new LogRecord({ ...place, offset, key: 'an order', eventId: `event ${offset}`, type: 'OrderCreated.v1', value: '{}' })
const stretch = (from: bigint, upTo: bigint): Slice => ({
  ...place,
  from,
  upTo,
  missed: 0n,
  records: Array.from({ length: Number(upTo - from) }, (_, n) => record(from + BigInt(n))),
})

/** offset at which the log in the database ends */
let end: bigint
let reads: FetchRequest[]
/** happens while the database is asked */
let meanwhile: () => void
let tail: LogTail

beforeEach(() => {
  end = 0n
  reads = []
  meanwhile = () => {}
  tail = createLogTail({
    trustMs: 60_000,
    read: async (request) => {
      reads.push(request)
      const found = request.positions.filter(({ next }) => next < end).map(({ next }) => stretch(next, end))
      meanwhile()
      return found
    },
  })
})

const next = async (from: bigint) => {
  const slices = await tail.fetch({ positions: [{ ...place, next: from }], budget: 100 })
  return slices.flatMap(({ records }) => records.map(({ offset }) => offset))
}
/** A group has read the log to its end. */
async function atTheEnd(): Promise<void> {
  end = 2n
  await next(0n)
  await next(2n)
  await next(2n)
  reads = []
}

describe('events that the relay of the same process has put into the log', () => {
  it('reach its groups without anybody reading the log', async () => {
    await atTheEnd()
    end = 4n
    tail.hand([stretch(2n, 4n)])
    expect(await next(2n)).toEqual([2n, 3n])
    expect(reads).toEqual([])
  })

  it('do not hide what another process has put there before', async () => {
    await atTheEnd()
    end = 5n
    tail.hand([stretch(4n, 5n)])
    expect(await next(2n)).toEqual([2n, 3n, 4n])
    expect(reads).toHaveLength(1)
  })

  it('are there once when they come both ways at the same moment', async () => {
    await atTheEnd()
    end = 3n
    tail.news()
    meanwhile = () => tail.hand([stretch(2n, 3n)])
    expect(await next(2n)).toEqual([2n])
  })

  it('are not lost when a reading that began before brings more than them', async () => {
    await atTheEnd()
    end = 4n
    tail.news()
    meanwhile = () => tail.hand([stretch(2n, 3n)])
    expect(await next(2n)).toEqual([2n, 3n])
    meanwhile = () => {}
    expect(await next(3n)).toEqual([3n])
  })
})
