import type { RevenueRow } from '#contracts/rpc/order-imports.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { defineCommand, usageError } from '../command.ts'
import { exactText, parseExact, plus, ZERO } from '../import/online-retail/exact.ts'
import { withPlatform } from '../with-platform.ts'

const SUMS = ['revenue', 'returns', 'fees', 'refused', 'total'] as const
const PLURAL = { month: 'months', day: 'days', channel: 'channels' } as const
type By = keyof typeof PLURAL

export const report = defineCommand({
  name: 'report',
  summary: 'Tells what the shop earned, from its own books.',
  description: `revenue   goods sold, goods taken back, fees (shipping and account entries), lines an import refused, and their sum;
              amounts are exact, periods are those of UTC`,
  usage: 'revenue',
  arguments: [1, 1],
  options: {
    by: { summary: 'month, day or channel', value: 'PERIOD', default: 'month' },
    source: { summary: 'only what came from there: shop, online-retail', value: 'NAME' },
  },
  async run(context) {
    const {
      terminal,
      options,
      arguments: [what = ''],
    } = context
    if (what !== 'revenue') throw usageError(`There is no report ${what}.`, 'There is: revenue.')
    const by = options.by ?? 'month'
    if (!isPeriod(by)) throw usageError(`--by ${by} is not possible.`, 'It can be month, day or channel.')
    if (options.source !== undefined && !/^[a-z][a-z0-9-]{1,39}$/.test(options.source))
      throw usageError(`--source ${options.source} is not the name of a source.`)
    const { rows, lines } = await withPlatform(
      context,
      async ({ host }) =>
        host.rpc.client(ordersRpc, 'host').revenue({ by, ...(options.source === undefined ? {} : { source: options.source }) }),
      { part: 'report', timeouts: { statement: 120_000 } },
    )
    const currencies = [...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, ofIt]) => ({
      currency,
      ...sumsOf(ofIt),
    }))
    const [only] = currencies
    terminal.data({
      [PLURAL[by]]: rows.map(({ period, ...sums }) => ({ [by]: period, ...sums })),
      // one sum only where there is one currency: pounds and euros do not add up
      total: currencies.length > 1 ? null : (only?.total ?? '0.00'),
      currencies,
      lines,
    })
    const row = (cells: readonly string[]) =>
      terminal.text(cells.map((cell, index) => (index < 2 ? cell.padEnd(index === 0 ? 12 : 5) : cell.padStart(16))).join(''))
    row([by, '', ...SUMS])
    for (const line of rows) row([line.period, line.currency, ...SUMS.map((name) => line[name])])
    for (const sums of currencies) row(['all', sums.currency, ...SUMS.map((name) => sums[name])])
    if ((lines.total ?? 0) > 0)
      terminal.text(
        `\nImported lines: ${Object.entries(lines)
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', ')}`,
      )
  },
})

const isPeriod = (text: string): text is By => Object.hasOwn(PLURAL, text)

function sumsOf(rows: readonly RevenueRow[]): Record<(typeof SUMS)[number], string> {
  const sum = (name: (typeof SUMS)[number]) =>
    exactText(rows.reduce((total, row) => plus(total, parseExact(row[name]) ?? ZERO), ZERO))
  return { revenue: sum('revenue'), returns: sum('returns'), fees: sum('fees'), refused: sum('refused'), total: sum('total') }
}
