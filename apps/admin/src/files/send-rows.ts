import type { Answer } from '../../../../packages/client/src/client.ts'
import { SoukError } from '../../../../packages/client/src/errors.ts'
import { type ImportRow, productsOf } from './columns.ts'

export type Outcome = Answer<'POST /api/products/import'>['products'][number]

/**
 * Sends rows. A request that is refused because of a cell brings in nothing of its rows, so the product it stands in is left out, with what
 * the shop says of it at its line, and the others are sent again. Throws what is no fault of a row.
 */
export async function sendRows(
  rows: readonly ImportRow[],
  send: (rows: readonly ImportRow[]) => Promise<readonly Outcome[]>,
): Promise<Outcome[]> {
  const refused: Outcome[] = []
  for (let left = rows; ; ) {
    if (left.length === 0) return refused
    try {
      return [...refused, ...(await send(left))]
    } catch (error) {
      const wrong = wrongRowsOf(error, left)
      if (wrong.size === 0) throw error
      const kept: ImportRow[] = []
      for (const product of productsOf(left)) {
        const problems = product.flatMap((row) => wrong.get(row) ?? [])
        if (problems.length === 0) kept.push(...product)
        else refused.push(refusedProduct(product, problems))
      }
      left = kept
    }
  }
}

/** A product that the shop never saw. */
export const refusedProduct = (rows: readonly ImportRow[], problems: Outcome['problems']): Outcome => ({
  lines: rows.map(({ line }) => line),
  id: null,
  title: rows[0]?.cells['title.en'] ?? rows[0]?.cells['address'] ?? rows[0]?.cells['sku'] ?? '',
  outcome: 'refused',
  problems,
})

function wrongRowsOf(error: unknown, rows: readonly ImportRow[]): Map<ImportRow, Outcome['problems']> {
  const found = new Map<ImportRow, Outcome['problems']>()
  if (!(error instanceof SoukError)) return found
  for (const { pointer, message } of error.problem.errors ?? []) {
    const [, index, cell] = /^\/rows\/(\d+)(?:\/cells\/(.+))?/.exec(pointer) ?? []
    const row = index === undefined ? undefined : rows[Number(index)]
    if (!row) continue
    const column = cell === undefined ? null : cell.replaceAll('~1', '/').replaceAll('~0', '~')
    found.set(row, [...(found.get(row) ?? []), { line: row.line, column, pointer, message }])
  }
  return found
}
