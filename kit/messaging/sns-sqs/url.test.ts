import { expect, it } from 'vitest'
import { batchesOf } from './publisher.ts'
import { readSnsSqsUrl } from './url.ts'

it('takes everything that can be said, and has usual values for the rest', () => {
  expect(readSnsSqsUrl('sns+sqs:')).toMatchObject({ region: undefined, prefix: '', fifo: false, create: true, receives: 3 })
  const url =
    'sns+sqs://key:se%2Fcret@eu-west-1/shop?fifo=yes&create=no&visibility=60&wait=20&receives=5&endpoint=http://127.0.0.1:4566'
  expect(readSnsSqsUrl(url)).toEqual({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:4566',
    credentials: { accessKeyId: 'key', secretAccessKey: 'se/cret' },
    prefix: 'shop-',
    fifo: true,
    create: false,
    visibilitySeconds: 60,
    waitSeconds: 20,
    receives: 5,
  })
})

it.each([
  ['sns+sqs:///a.b', 'no prefix'],
  ['sns+sqs:?fifo=true', 'yes or no'],
  ['sns+sqs:?wait=21', '0–20'],
  ['sns+sqs:?queue=x', 'knows no "queue"'],
])('refuses %s', (url, reason) => {
  expect(() => readSnsSqsUrl(url)).toThrow(reason)
})

const record = (key: string, size = 10) => ({
  ...{ topic: 'sale.events', key, eventId: 'x', type: 'Sold.v1', partition: 0, offset: 0n },
  value: 'x'.repeat(size),
})

it('sends at most ten events, and not more bytes than are taken, in one request', () => {
  expect(
    batchesOf(
      Array.from({ length: 25 }, () => record('a')),
      false,
    ).map(({ length }) => length),
  ).toEqual([10, 10, 5])
  expect(
    batchesOf([record('a', 200_000), record('b', 100_000), record('c', 100_000)], false).map(({ length }) => length),
  ).toEqual([1, 2])
})

it('never sends two events of one key in one request where order matters: the later one must not get through alone', () => {
  const batches = batchesOf(
    ['a', 'b', 'a', 'c', 'a'].map((key) => record(key)),
    true,
  )
  expect(batches.map((batch) => batch.map(({ key }) => key))).toEqual([['a', 'b'], ['a', 'c'], ['a']])
})
