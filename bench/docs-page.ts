/** Tables that a command writes into a page of docs/, between two marks: nobody copies figures by hand. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

export function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    // an export without history
    return 'unknown'
  }
}

/** The page in three: up to `<!-- begin: MARK -->`, what the command wrote, and from the next `<!-- end -->` on. Throws where it has no such marks. */
function parts(page: string, mark: string): readonly [before: string, written: string, after: string] {
  const begin = `<!-- begin: ${mark} -->`
  const text = readFileSync(at(page), 'utf8')
  const from = text.indexOf(begin)
  const to = text.indexOf('<!-- end -->', from)
  if (from < 0 || to < 0) throw new Error(`${page} has no ${begin} … <!-- end -->`)
  return [text.slice(0, from + begin.length), text.slice(from + begin.length, to), text.slice(to)]
}

/** What stands between the marks of a command now. */
export const readBetween = (page: string, mark: string): string => parts(page, mark)[1]

/** Replaces what stands between the marks of a command. */
export function writeBetween(page: string, mark: string, text: string): void {
  const [before, , after] = parts(page, mark)
  writeFileSync(at(page), `${before}\n${text.trim()}\n${after}`)
}

/** Adds rows to those of earlier runs in reports/NAME.json; a row with the same key is replaced. Returns all of them. */
export function keepRows<R>(name: string, rows: readonly R[], keyOf: (row: R) => string): R[] {
  mkdirSync(at('reports'), { recursive: true })
  const file = at(`reports/${name}.json`)
  const all = new Map((existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as R[]) : []).map((row) => [keyOf(row), row]))
  for (const row of rows) all.set(keyOf(row), row)
  writeFileSync(file, `${JSON.stringify([...all.values()], null, 2)}\n`)
  return [...all.values()]
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
