import { basename } from 'node:path'
import type { Terminal } from '../../terminal.ts'
import { REFUSALS, type Refusal } from './classify.ts'
import { exactText, plus, ZERO } from './exact.ts'
import type { Imported } from './import-file.ts'
import type { LineCount, Survey } from './survey.ts'

export interface Effort {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** What is told at the end, as one object. Amounts are decimal text, exact. */
export function summaryOf(path: string, survey: Survey, imported: Imported | undefined, effort: Effort | undefined) {
  const money = ({ lines, amount }: LineCount) => ({ lines, amount: exactText(amount) })
  const differingLines = imported?.differing.reduce((sum, { lines }) => sum + lines, 0) ?? 0
  const refused = [...survey.refused].map(([reason, count]) => ({
    reason,
    meaning: REFUSALS[reason],
    ...money(count),
    firstLines: count.firstLines,
  }))
  if (imported && differingLines > 0) {
    const meaning = REFUSALS['invoice-differs']
    refused.push({
      reason: 'invoice-differs' as Refusal,
      meaning,
      lines: differingLines,
      amount: '',
      firstLines: imported.differing.slice(0, 10).map(({ firstLine }) => firstLine),
    })
  }
  return {
    source: 'online-retail',
    file: basename(path),
    contentHash: survey.contentHash,
    lines: survey.lines,
    total: exactText([...survey.months.values()].reduce((sum, { amount }) => plus(sum, amount), ZERO)),
    kinds: Object.fromEntries([...survey.kinds].map(([kind, count]) => [kind, money(count)])),
    months: [...survey.months].map(([month, count]) => ({ month: month || 'unknown', ...money(count) })),
    customers: survey.customers.length,
    products: survey.products.length,
    prices: survey.prices.length,
    refusedLines: refused.reduce((sum, { lines }) => sum + lines, 0),
    refused: refused.sort((a, b) => b.lines - a.lines),
    dryRun: imported === undefined,
    invoices: imported
      ? { imported: imported.invoices, existing: imported.existing, differing: imported.differing.length }
      : null,
    ...(effort
      ? {
          seconds: round(effort.seconds),
          cpuSeconds: round(effort.cpuSeconds),
          linesPerSecond: Math.round(survey.lines / effort.seconds),
        }
      : {}),
  }
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10

/** The same for people. */
export function printSummary(terminal: Terminal, summary: ReturnType<typeof summaryOf>): void {
  const { invoices } = summary
  const row = (...cells: string[]) => terminal.text(`  ${cells[0]!.padEnd(22)}${cells[1]!.padStart(10)}${cells[2]!.padStart(18)}`)
  terminal.text(`${summary.file}: ${summary.lines} lines, ${summary.customers} customers, ${summary.products} products`)
  if (invoices)
    terminal.text(
      `${invoices.imported} invoices imported, ${invoices.existing} were here before${invoices.differing > 0 ? `, ${invoices.differing} have other lines than those that were here` : ''}`,
    )
  else terminal.text('A dry run: nothing was imported.')
  terminal.text('')
  row('kind', 'lines', 'GBP')
  for (const [kind, { lines, amount }] of Object.entries(summary.kinds)) row(kind, String(lines), amount)
  row('total', String(summary.lines), summary.total)
  if (summary.refused.length > 0) terminal.text(`\n${summary.refusedLines} lines were refused:`)
  for (const { reason, meaning, lines, amount, firstLines } of summary.refused) {
    const more = lines > firstLines.length ? ' …' : ''
    terminal.text(
      `  ${reason}: ${lines} ${lines === 1 ? 'line' : 'lines'}${amount ? ` (${amount})` : ''}, line ${firstLines.join(', ')}${more}\n      ${lines === 1 ? 'it' : 'each'} ${meaning}`,
    )
  }
  if ('seconds' in summary)
    terminal.text(`\n${summary.seconds} s, ${summary.linesPerSecond} lines/s, ${summary.cpuSeconds} s of CPU in this process`)
  if (invoices) terminal.text('`npx souk report revenue --by month --source online-retail` accounts for every line.')
}
