import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commitOf, readBetween, writeBetween } from '../../bench/docs-page.ts'
import { type Finding, upper95 } from './scenario.ts'

export interface Row extends Finding {
  /** the scenario */
  readonly name: string
  /** the true rate is below this with 95 % confidence */
  readonly upper95: number
  readonly seed: number
  /** seeds of all runs that are added up in this row, when they are more than one */
  readonly seeds?: readonly number[]
  readonly commit?: string
  readonly at?: string
}

const folder = fileURLToPath(new URL('../../reports/reliability/', import.meta.url))
const [PAGE, MARK] = ['docs/reliability.md', 'npm run chaos -- report']

export interface Keeping {
  /** the run before is added to, not replaced */
  readonly add?: boolean
  /** rows of other rules than these */
  readonly others?: 'keep' | 'drop'
}

/**
 * Keeps the rows of a run; the run before is replaced, or added to. Rows of faults that this run left out (what it needs was not there) stay.
 */
export function writeRows(
  name: string,
  rows: readonly Row[],
  { add = false, others = add ? 'keep' : 'drop' }: Keeping = {},
): void {
  mkdirSync(folder, { recursive: true })
  const file = `${folder}${name}.json`
  const stamp = { commit: commitOf(), at: new Date().toISOString() }
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Row[]) : []
  const replaced = others === 'keep' ? sameRule : sameFault
  const kept = before.filter((old) => !rows.some((row) => replaced(old, row)))
  const merged = rows.map((row) => {
    const old = add ? before.find((other) => sameRule(other, row)) : undefined
    return { ...(old ? addUp(old, row) : row), ...stamp }
  })
  writeFileSync(file, `${JSON.stringify([...merged, ...kept], null, 2)}\n`)
}

type Struck = Pick<Row, 'name' | 'fault'>
const sameFault = (one: Struck, other: Struck): boolean => one.name === other.name && one.fault === other.fault
const sameRule = (one: Row, other: Row): boolean => one.id === other.id && one.fault === other.fault

/** Two runs of one experiment as if they were one; of times the worse one stands. */
export function addUp(old: Row, row: Row): Row {
  const trials = old.trials + row.trials
  const violations = old.violations + row.violations
  const examples = [...(old.examples ?? []), ...(row.examples ?? [])].slice(0, 10)
  const tally: Record<string, number> = { ...old.tally }
  for (const [what, count] of Object.entries(row.tally ?? {})) tally[what] = (tally[what] ?? 0) + count
  const worst = (key: 'p50' | 'p99') => Math.max(old[key] ?? 0, row[key] ?? 0)
  return {
    ...row,
    trials,
    violations,
    upper95: upper95(violations, trials),
    ...(row.p50 === undefined ? {} : { p50: worst('p50'), p99: worst('p99') }),
    ...(Object.keys(tally).length > 0 ? { tally } : {}),
    ...(examples.length > 0 ? { examples } : {}),
    seeds: [...(old.seeds ?? [old.seed]), row.seed],
  }
}

/** Note and tally in one line. */
export function whatOf({ note, tally = {} }: Pick<Row, 'note' | 'tally'>): string {
  const counts = Object.entries(tally).map(([what, count]) => `${count.toLocaleString('en')} ${what}`)
  return [note, counts.join(', ')].filter(Boolean).join('; ')
}

function readAll(): Row[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Row[])
}

const cellsOf = (line: string): string[] => line.split('|').map((cell) => cell.trim())
const struckIn = (line: string): Struck => {
  const [, name = '', , fault = ''] = cellsOf(line)
  return { name, fault }
}

/** The rows of the page with those of these runs; of what was not run, or not with this fault, stays what is there: so many are `kept`. */
export function mergedTable(page: string, rows: readonly Row[]): { table: string; kept: number } {
  const kept = page.split('\n').filter((text) => /^\| [a-z]/.test(text) && !rows.some((row) => sameFault(row, struckIn(text))))
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  const found = rows.map((row) =>
    line([
      row.name,
      row.id,
      row.fault,
      row.trials.toLocaleString('en'),
      row.violations,
      row.upper95.toPrecision(2),
      row.p50 === undefined ? '' : `${row.p50} / ${row.p99}`,
      whatOf(row),
      row.seeds ? `${row.seeds.length} runs: ${row.seeds.join(' ')}` : row.seed,
      row.commit ?? '',
    ]),
  )
  const table = [
    line(['Run', 'Rule', 'Fault', 'Trials', 'Violations', '95 % bound', 'p50 / p99 ms', 'What', 'Seed', 'Commit']),
    line(['---', '---', '---', '--:', '--:', '--:', '--:', '---', '--:', '---']),
    // within an experiment the rows stay in the order in which it tells them
    ...[...kept, ...found].sort((one, other) => struckIn(one).name.localeCompare(struckIn(other).name)),
  ].join('\n')
  return { table, kept: kept.length }
}

/**
 * Puts what the runs on this machine found into the page about reliability, between its two marks; rows of experiments that were not
 * run here stay as they are. Returns what it did, in words.
 */
export function mergeReports(): string {
  const rows = readAll()
  const { table, kept } = mergedTable(readBetween(PAGE, MARK), rows)
  writeBetween(PAGE, MARK, table)
  const run = new Set(rows.map(({ name }) => name))
  return `${rows.length} rows of ${run.size} experiments are in ${PAGE}, ${kept} rows are from before`
}
