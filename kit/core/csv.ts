/** What a cell of an export may hold. */
export type Cell = string | number | boolean | null

/**
 * One line of CSV (RFC 4180), CR LF at its end. Text that a spreadsheet would take for a formula gets a leading apostrophe: a shopper called
 * `=HYPERLINK(…)` must not run on the operator's desk. Numbers are numbers, also negative ones.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** First characters that make a spreadsheet calculate, in full width too; it skips white space and the null character before them. */
const FORMULA = /^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n\0]/

const GUARD = "'"

function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const text = FORMULA.test(cell) ? `${GUARD}${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What stood in a cell before `csvLine` guarded it: what is exported can be read in again. An apostrophe of other texts stays. */
export function unguarded(cell: string): string {
  return cell.startsWith(GUARD) && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell
}
