import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Finding } from './scenario.ts'

export interface Row extends Finding {
  /** the scenario */
  readonly name: string
  /** the true rate is below this with 95 % confidence */
  readonly upper95: number
  readonly seed: number
  readonly commit?: string
  readonly at?: string
}

const folder = fileURLToPath(new URL('../../reports/reliability/', import.meta.url))
const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))
const [BEGIN, END] = ['<!-- begin: npm run chaos -- report -->', '<!-- end -->']

export function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    // an export without history
    return 'unknown'
  }
}

/** Keeps the rows of a run; the run before is replaced. */
export function writeRows(name: string, rows: readonly Row[]): void {
  mkdirSync(folder, { recursive: true })
  const stamp = { commit: commitOf(), at: new Date().toISOString() }
  writeFileSync(
    `${folder}${name}.json`,
    `${JSON.stringify(
      rows.map((row) => ({ ...row, ...stamp })),
      null,
      2,
    )}\n`,
  )
}

function readAll(): Row[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Row[])
}

/** Puts what all runs found into the page about reliability, between its two marks. Returns what it did, in words. */
export function mergeReports(): string {
  const rows = readAll()
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  const table = [
    line(['Run', 'Rule', 'Fault', 'Trials', 'Violations', '95 % bound', 'p50 / p99 ms', 'What', 'Seed', 'Commit']),
    line(['---', '---', '---', '--:', '--:', '--:', '--:', '---', '--:', '---']),
    ...rows.map((row) =>
      line([
        row.name,
        row.id,
        row.fault,
        row.trials.toLocaleString('en'),
        row.violations,
        row.upper95.toPrecision(2),
        row.p50 === undefined ? '' : `${row.p50} / ${row.p99}`,
        row.note ?? '',
        row.seed,
        row.commit ?? '',
      ]),
    ),
  ].join('\n')
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks ${BEGIN} … ${END}`)
  writeFileSync(page, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`)
  return `${rows.length} rows of ${new Set(rows.map(({ name }) => name)).size} runs are in docs/reliability.md`
}
