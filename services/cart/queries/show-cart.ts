import Type, { type Static } from 'typebox'
import type { Quote as QuoteSchema } from '#contracts/rpc/orders.ts'
import type { PricedLine } from '#contracts/rpc/products.ts'
import { Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { isTransient } from '#kit/core/errors.ts'
import { MoneyJson } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'
import type { CartDeps } from '../deps.ts'
import type { CartLine } from '../line-memory.ts'
import type { Owner } from '../owner.ts'
import { type CartBytes, bytesOf, isAsBefore, type Priced } from '../shown-carts.ts'
import type { Level } from '../shown-stock.ts'

const count = Type.Integer({ minimum: 0 })

export const CartLineView = closed({
  sku: Sku,
  quantity: Type.Integer({ minimum: 1 }),
  productId: Uuid,
  /** null where the SKU is not on sale any more */
  title: Nullable(Type.String()),
  variantTitle: Nullable(Type.String()),
  imageUrl: Nullable(Type.String()),
  unitPrice: Nullable(MoneyJson),
  /** before a reduction */
  listPrice: Nullable(MoneyJson),
  total: Nullable(MoneyJson),
  /** units that can be had now */
  available: count,
  /** `ok`; `short`: fewer than wanted; `out-of-stock`; `not-on-sale` */
  status: Type.Union([Type.Literal('ok'), Type.Literal('short'), Type.Literal('out-of-stock'), Type.Literal('not-on-sale')]),
})

/** A cart with what it costs now. Nothing of it is promised: checkout prices and reserves again. */
export const CartView = closed({
  /** null: nothing has been put into it yet */
  id: Nullable(Uuid),
  version: count,
  channel: Type.String(),
  lines: Type.Array(CartLineView),
  /** number of units */
  units: count,
  subtotal: Nullable(MoneyJson),
  discount: Nullable(MoneyJson),
  /** subtotal − discount; shipping, and tax where prices are without, come at checkout */
  total: Nullable(MoneyJson),
  coupons: Type.Array(
    closed({ code: Type.String(), applied: Type.Boolean(), discount: Nullable(MoneyJson), reason: Nullable(Type.String()) }),
  ),
  /** a price or the stock of something in it changed since it was last changed */
  changed: Type.Boolean(),
  /** every line can be ordered as it is */
  orderable: Type.Boolean(),
  expiresAt: Nullable(Timestamp),
})
export type CartView = Static<typeof CartView>

export interface CartRow {
  id: string
  user_id: string | null
  channel: string
  locale: string
  version: number
  changed: boolean
  coupon_codes: string[]
  expires_at: Date
  lines: CartLine[]
}

/**
 * The owner's active cart in a channel with its lines, in one statement; undefined where there is none. Lines come from memory where the version says
 * that they are still the same. Where a transaction is open, pass it: a second connection for each request would empty the pool.
 */
export async function findCart(
  deps: CartDeps,
  owner: Owner,
  channel: string,
  sql: Query = deps.db.sql,
): Promise<CartRow | undefined> {
  if (owner.userId === null && owner.secretHash === null) return undefined
  const name = nameOf(channel, owner)
  const known = deps.lines.get(name) ?? (await deps.sharedLines?.get(name))
  const [row] = await sql<(Omit<CartRow, 'lines'> & { lines: CartRow['lines'] | null })[]>`
    select c.id, c.user_id, c.channel, c.locale, c.version, c.changed, c.coupon_codes, c.touched_at + cart_lifetime(c.user_id) as expires_at,
           case when c.id is distinct from ${known?.cartId ?? null}::uuid or c.version is distinct from ${known?.version ?? null}::integer then
           coalesce((select json_agg(json_build_object('sku', l.sku, 'productId', l.product_id, 'quantity', l.quantity) order by l.added_at, l.sku)
                       from cart_lines l where l.cart_id = c.id), '[]') end as lines
      from carts c
     where c.state = 'active' and c.channel = ${channel} and c.touched_at + cart_lifetime(c.user_id) >= now()
       and ${owner.userId === null ? sql`c.secret_hash = ${owner.secretHash}` : sql`c.user_id = ${owner.userId}`}`
  if (!row) return undefined
  const lines = row.lines ?? known!.lines
  const now = { cartId: row.id, version: row.version, lines }
  if (row.lines) void deps.sharedLines?.set(name, now)
  if (row.lines || !deps.lines.get(name)) deps.lines.set(name, now)
  return { ...row, lines }
}

/** Under which lines of an owner's cart are remembered. */
export const nameOf = (channel: string, { userId, secretHash }: Owner): string =>
  `${channel}:${userId ?? secretHash!.toString('base64url')}`

/**
 * The cart with live prices and stock, ready to be sent: one statement, one question to products, stock that is half a second old at most and, only where
 * there are coupon codes, a question to orders – whatever the number of lines. While nothing of it has changed the bytes are those of the last time.
 */
export async function showCart(deps: CartDeps, owner: Owner, channel: string, locale: string): Promise<CartBytes> {
  const row = await findCart(deps, owner, channel)
  if (!row) return bytesOf({ ...emptyView, channel, expiresAt: null })
  if (row.lines.length === 0) {
    const coupons = row.coupon_codes.map((code) => ({ code, applied: false, discount: null, reason: 'empty-cart' }))
    return bytesOf({
      ...emptyView,
      id: row.id,
      version: row.version,
      channel,
      coupons,
      changed: row.changed,
      expiresAt: row.expires_at.toISOString(),
    })
  }
  const before = deps.shown.get(row.id)
  const { skus, basket } = before?.row.lines === row.lines ? before : questionsOf(row.lines)
  const [priced, levels, quote] = await Promise.all([
    deps.products.shownPrices({ channel, locale, lines: basket }),
    deps.stock(channel, skus),
    quoteOf(deps, row, locale),
  ])
  if (before && isAsBefore(before, row, priced, levels)) return before.bytes
  const bytes = bytesOf(viewOf(row, priced, levels, quote))
  // What a coupon takes off is asked anew each time.
  if (row.coupon_codes.length === 0) deps.shown.set(row.id, { row, priced, levels, skus, basket, bytes })
  return bytes
}

const questionsOf = (lines: readonly CartLine[]) => ({
  skus: lines.map(({ sku }) => sku),
  basket: lines.map(({ sku, quantity }) => ({ sku, quantity })),
})

const emptyView = {
  id: null,
  version: 0,
  lines: [],
  units: 0,
  subtotal: null,
  discount: null,
  total: null,
  coupons: [],
  changed: false,
  orderable: false,
} satisfies Partial<CartView>

type Quote = Static<typeof QuoteSchema>

/** A cart can be shown without its coupons; that the preview is missing is said, not hidden. */
async function quoteOf(deps: CartDeps, row: CartRow, locale: string): Promise<Quote | undefined> {
  if (row.coupon_codes.length === 0) return undefined
  try {
    return await deps.orders.quote({
      channel: row.channel,
      locale,
      userId: row.user_id,
      couponCodes: row.coupon_codes,
      lines: row.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    })
  } catch (error) {
    if (!isTransient(error)) throw error
    deps.kit.log.warn({ cartId: row.id, err: error }, 'cart shown without coupon preview')
    return undefined
  }
}

/** Puts together what the other services said; pure. */
export function viewOf(row: CartRow, priced: Priced, levels: readonly Level[], quote: Quote | undefined): CartView {
  const { currency } = priced
  const money = (amount: number) => ({ amount, currency })
  const prices = new Map(priced.lines.map((line) => [line.sku, line]))
  const lines = row.lines.map((line, index) => {
    const price = prices.get(line.sku)
    const level = levels[index]
    const available = level?.available ?? 0
    return {
      ...line,
      title: price?.title ?? null,
      variantTitle: price?.variantTitle ?? null,
      imageUrl: price?.imageUrl ?? null,
      unitPrice: price ? money(price.unitPrice) : null,
      listPrice: price ? money(price.listPrice) : null,
      total: price ? money(price.unitPrice * line.quantity) : null,
      available,
      status: statusOf(price, line.quantity, available, level?.backorder ?? false),
    }
  })
  const subtotal = lines.reduce((sum, line) => sum + (line.total?.amount ?? 0), 0)
  const coupons = row.coupon_codes.map((code) => {
    const found = quote?.coupons.find((coupon) => coupon.code === code)
    if (!found) return { code, applied: false, discount: null, reason: quote ? 'unknown' : 'not-checked' }
    return { code, applied: found.applied, discount: money(found.discount), reason: found.reason }
  })
  const discount = quote?.discount ?? 0
  return {
    id: row.id,
    version: row.version,
    channel: row.channel,
    lines,
    units: lines.reduce((sum, line) => sum + line.quantity, 0),
    subtotal: money(quote?.subtotal ?? subtotal),
    discount: money(discount),
    total: money(Math.max(0, (quote?.subtotal ?? subtotal) - discount)),
    coupons,
    changed: row.changed,
    orderable: lines.every((line) => line.status === 'ok'),
    expiresAt: row.expires_at.toISOString(),
  }
}

function statusOf(
  price: PricedLine | undefined,
  quantity: number,
  available: number,
  backorder: boolean,
): 'ok' | 'short' | 'out-of-stock' | 'not-on-sale' {
  if (!price) return 'not-on-sale'
  if (backorder || available >= quantity) return 'ok'
  return available > 0 ? 'short' : 'out-of-stock'
}
