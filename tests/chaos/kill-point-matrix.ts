import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Order } from '../../apps/souk/platform/strike.ts'

export type Fault = Order['fault']
export const faults: readonly Fault[] = ['kill', 'stop', 'throw', 'reset']

/** `crashed`: the HTTP process ended although nobody killed it */
export type Cell = 'struck' | 'not reached' | 'crashed'
export type Matrix = Record<string, Partial<Record<Fault, Cell>>>

const folder = fileURLToPath(new URL('../../reports/reliability/', import.meta.url))
const [data, page] = [`${folder}kill-points-matrix.json.txt`, `${folder}kill-points-matrix.md`]

/** Points that nobody comes by in a shop like that of the run, and who does. */
const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/:CompleteImported$/, 'imported orders only: tests/e2e/import.e2e.test.ts kills an import'],
  [/^relay\.before-delete$/, 'only where the log is in another database: kit/messaging/relay.int.test.ts'],
  [/:NoteProblem$/, 'only when a refund is refused by the company for good: processes/return, edit-order and exchange tests'],
  [/:TakeOrderBack$/, 'a payment that is declined after the order was confirmed: processes/payment-failed tests'],
]

export const reasonFor = (point: string): string | undefined => elsewhere.find(([pattern]) => pattern.test(point))?.[1]

/** One row a point. With `continued` what earlier runs have struck stays. */
export function openMatrix(points: readonly string[], continued: boolean): Matrix {
  const before = continued && existsSync(data) ? (JSON.parse(readFileSync(data, 'utf8')) as Matrix) : {}
  return Object.fromEntries(points.map((point) => [point, { ...before[point] }]))
}

export interface Coverage {
  readonly cells: number
  readonly struck: number
  readonly explained: number
  /** neither struck nor explained */
  readonly open: readonly string[]
}

export function coverageOf(matrix: Matrix): Coverage {
  const cells = Object.entries(matrix).flatMap(([point, row]) => faults.map((fault) => ({ point, fault, cell: row[fault] })))
  const missed = cells.filter(({ cell }) => cell === undefined || cell === 'not reached')
  const open = missed.filter(({ point }) => reasonFor(point) === undefined)
  return {
    cells: cells.length,
    struck: cells.length - missed.length,
    explained: missed.length - open.length,
    open: open.map(({ point, fault }) => `${fault} at ${point}`),
  }
}

export function keepMatrix(matrix: Matrix): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(data, `${JSON.stringify(matrix, null, 2)}\n`)
  writeFileSync(page, tableOf(matrix))
}

export function tableOf(matrix: Matrix): string {
  const rows = Object.entries(matrix).map(([point, cells]) => {
    const reason = faults.some((fault) => cells[fault] !== 'struck') ? (reasonFor(point) ?? '') : ''
    return `| ${point} | ${faults.map((fault) => cells[fault] ?? '–').join(' | ')} | ${reason} |`
  })
  return `| Point | ${faults.join(' | ')} | Why not |\n| --- |${faults.map(() => ' --- |').join('')} --- |\n${rows.join('\n')}\n`
}
