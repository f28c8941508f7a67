import { SCREENS } from '../screens.ts'
import { api, may } from '../session.ts'
import { money } from './show.tsx'

/** Something the palette leads to. */
export interface Hit {
  readonly kind: 'Screen' | 'Order' | 'Customer' | 'Product' | 'Stock'
  readonly title: string
  readonly note?: string
  /** address of a screen */
  readonly to: string
}

const FEW = 5
/** So many letters of a name before people and goods are looked for. */
const ENOUGH = 3

/** Screens whoever is signed in may see, by their names. */
export function screensFor(text: string): Hit[] {
  const wanted = text.trim().toLowerCase()
  return SCREENS.filter(
    ({ group, permission, title }) => group !== undefined && may(permission) && title.toLowerCase().includes(wanted),
  ).map(({ path, title, group, keys }) => ({
    kind: 'Screen',
    title,
    note: keys ? `g ${keys}` : (group ?? ''),
    to: path,
  }))
}

/** An order by its number, customers by e-mail or name, goods by title or SKU: what the reader may see of each. */
export async function thingsFor(text: string, signal: AbortSignal): Promise<Hit[]> {
  const wanted = text.trim()
  if (wanted.length < ENOUGH) return []
  const found = await Promise.all([ordersFor, customersFor, productsFor, stockFor].map((find) => find(wanted, { signal })))
  return found.flat()
}

interface Asking {
  /** whoever asked went on typing */
  readonly signal: AbortSignal
}

async function ordersFor(number: string, asking: Asking): Promise<Hit[]> {
  if (!may('orders:read-any') || !/^(ORD-)?[0-9A-Z]{10}$/i.test(number)) return []
  const whole = /^ORD-/i.test(number) ? number : `ORD-${number}`
  const { items } = await api.call('GET /api/orders', { query: { limit: 1, number: whole } }, asking)
  return items.map(({ id, number: title, status, total }) => ({
    kind: 'Order',
    title,
    note: `${status.toLowerCase()}, ${money(total)}`,
    to: `/orders/${id}`,
  }))
}

async function customersFor(search: string, asking: Asking): Promise<Hit[]> {
  if (!may('users:read-any')) return []
  const { items } = await api.call('GET /api/users', { query: { limit: FEW, search } }, asking)
  return items.map(({ id, fullName, email }) => ({
    kind: 'Customer',
    title: fullName,
    note: email ?? 'erased',
    to: `/customers/${id}`,
  }))
}

async function productsFor(search: string, asking: Asking): Promise<Hit[]> {
  if (!may('products:write')) return []
  const { items } = await api.call('GET /api/products', { query: { limit: FEW, search, sort: 'relevance' } }, asking)
  return items.map(({ id, title, price }) => ({ kind: 'Product', title, note: money(price), to: `/products/${id}` }))
}

async function stockFor(sku: string, asking: Asking): Promise<Hit[]> {
  if (!may('inventory:read') || /[\s@]/.test(sku)) return []
  const level = await api.call('GET /api/inventory/{sku}', { path: { sku } }, asking).catch(() => undefined)
  return level
    ? [{ kind: 'Stock', title: level.sku, note: `${level.available} to sell`, to: `/inventory/${encodeURIComponent(sku)}` }]
    : []
}
