import { hash } from 'node:crypto'
import type { Static } from 'typebox'
import type { productsRpc } from '#contracts/rpc/products.ts'
import { type BoundedMemory, boundedMemory } from './bounded-memory.ts'
import type { CartRow, CartView } from './queries/show-cart.ts'
import type { Level } from './shown-stock.ts'

export type Priced = Static<(typeof productsRpc)['methods']['shownPrices']['output']>

/** A cart as it is sent. */
export interface CartBytes {
  readonly json: Buffer
  readonly etag: string
}

/**
 * Prices and stock move without the cart's version, so its tag names both: the version, which If-Match understands, and the content,
 * so that If-None-Match never gives an old price a pass.
 */
export function bytesOf(view: CartView): CartBytes {
  // The bytes that are tagged are those that are sent: two hundred lines are written and encoded once.
  const json = Buffer.from(JSON.stringify(view))
  return { json, etag: `"${view.version}-${hash('sha1', json, 'hex').slice(0, 20)}"` }
}

/** A cart as it was shown, and what it was made of. */
export interface ShownCart {
  readonly row: CartRow
  readonly priced: Priced
  readonly levels: readonly Level[]
  /** what was asked for its lines: of stock, of prices */
  readonly skus: readonly string[]
  readonly basket: { sku: string; quantity: number }[]
  readonly bytes: CartBytes
}

/** By the cart's id. */
export type ShownCarts = BoundedMemory<ShownCart>

const MOST_BYTES = 8 * 2 ** 20
/** Lists, objects and headers beside the bytes of the answer. */
const OVERHEAD_BYTES = 1_024
const OVERHEAD_OF_A_LINE = 64

export const createShownCarts = (most = MOST_BYTES): ShownCarts =>
  boundedMemory(most, ({ bytes, skus }) => bytes.json.length + OVERHEAD_BYTES + skus.length * OVERHEAD_OF_A_LINE)

/**
 * Whether a cart would be shown with the same bytes. Prices and levels come from memories that hand out the same object until it changes, so
 * that two hundred lines are compared by looking where they are; where they come over a network they are other objects, and the cart is put together anew.
 */
export function isAsBefore(before: ShownCart, row: CartRow, priced: Priced, levels: readonly Level[]): boolean {
  const was = before.row
  return (
    was.lines === row.lines &&
    was.version === row.version &&
    was.changed === row.changed &&
    was.channel === row.channel &&
    row.coupon_codes.length === 0 &&
    was.expires_at.getTime() === row.expires_at.getTime() &&
    before.priced.currency === priced.currency &&
    areTheSame(before.priced.lines, priced.lines) &&
    areTheSame(before.levels, levels)
  )
}

const areTheSame = (before: readonly object[], now: readonly object[]): boolean =>
  before.length === now.length && now.every((one, index) => one === before[index])
