import { expect, test } from 'vitest'
import { mergedTable, type Row } from './report.ts'

const row = (name: string, fault: string, more: Partial<Row> = {}): Row => ({
  name,
  id: 'I1',
  fault,
  trials: 1200,
  violations: 0,
  upper95: 0.0025,
  seed: 7,
  commit: 'abc1234',
  ...more,
})
const rowsOf = (table: string) => table.split('\n').slice(2)

test('a report keeps what was not run again, experiments and faults alike, and replaces the rest', () => {
  const { table: before } = mergedTable('', [
    row('carts', 'F1', { commit: 'old' }),
    row('carts', 'F1 F12', { commit: 'old' }),
    row('network', 'F3', { commit: 'old' }),
  ])
  const { table: after, kept } = mergedTable(before, [
    row('carts', 'F1', { id: 'I30', tally: { kills: 3 } }),
    row('stop', 'SIGTERM'),
  ])
  expect(rowsOf(after).map((line) => line.split(' | ').filter((_, cell) => [0, 2, 9].includes(cell)))).toEqual([
    ['| carts', 'F1 F12', 'old |'],
    ['| carts', 'F1', 'abc1234 |'],
    ['| network', 'F3', 'old |'],
    ['| stop', 'SIGTERM', 'abc1234 |'],
  ])
  expect(kept).toBe(2)
  expect(rowsOf(after)[1]).toBe('| carts | I30 | F1 | 1,200 | 0 | 0.0025 |  | 3 kills | 7 | abc1234 |')
})
