import { SoukError } from '../../../../packages/client/src/errors.ts'
import { api } from '../session.ts'

/** By SKU, or by words of the title: one product that fits and has one variant is what is meant. Throws a RangeError that says what to choose from. */
export async function findSku(wanted: string): Promise<{ readonly sku: string; readonly title: string }> {
  const level = await api.call('GET /api/inventory/{sku}', { path: { sku: wanted } }).catch((error: unknown) => {
    if (error instanceof SoukError && error.status < 500) return undefined
    throw error
  })
  if (level) return { sku: level.sku, title: level.sku }
  const { items } = await api.call('GET /api/products', { query: { limit: 5, search: wanted, sort: 'relevance' } })
  const products = await Promise.all(items.map(({ id }) => api.call('GET /api/products/{id}', { path: { id } })))
  const variants = products.flatMap(({ title, variants: all }) => all.map(({ sku }) => ({ title, sku })))
  if (variants.length === 0) throw new RangeError('Nothing of that name is on sale.')
  if (variants.length === 1) return variants[0]!
  const some = variants.slice(0, 12).map(({ title, sku }) => `${title} (${sku})`)
  throw new RangeError(`Which one? Write the SKU: ${some.join(', ')}.`)
}
