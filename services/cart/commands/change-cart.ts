import { CartUpdated, ItemRemovedFromCart } from '#contracts/events/cart.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import type { CartDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { Owner } from '../owner.ts'
import { findCart } from '../queries/show-cart.ts'

/** A cart and its version after a change. */
export interface CartChanged {
  cartId: string
  version: number
}

export interface CartTarget {
  readonly owner: Owner
  readonly channel: string
  readonly expectedVersion?: number | undefined
}

interface ChangeRow {
  outcome: 'done' | 'same' | 'no-cart' | 'no-line' | 'too-many' | 'version-conflict'
  cart_id: string
  version: number
}

/** Takes a SKU out. */
export async function removeLine(
  deps: CartDeps,
  sql: Query,
  { owner, channel, expectedVersion, sku }: CartTarget & { sku: string },
): Promise<CartChanged> {
  const event = ItemRemovedFromCart({ cartId: '', channel, userId: owner.userId, sku })
  const [row] = await sql<ChangeRow[]>`
    select * from remove_line(${owner.userId}::uuid, ${owner.secretHash}::bytea, ${channel}, ${sku}, ${expectedVersion ?? null}::integer,
                              ${deps.kit.outbox.encode([event])}::text::jsonb)`
  return changed(row!, { sku })
}

/** Takes everything out, coupon codes too. A cart that is not there is as good as empty. */
export async function clearCart(deps: CartDeps, sql: Query, { owner, channel, expectedVersion }: CartTarget): Promise<void> {
  const event = CartUpdated({ cartId: '', channel, userId: owner.userId, reason: 'cleared' })
  const [row] = await sql<ChangeRow[]>`
    select * from clear_cart(${owner.userId}::uuid, ${owner.secretHash}::bytea, ${channel}, ${expectedVersion ?? null}::integer,
                             ${deps.kit.outbox.encode([event])}::text::jsonb)`
  if (row!.outcome !== 'no-cart') changed(row!, {})
}

/** Codes are compared as the shop prints them: without spaces, in capitals. */
export function couponCode(text: string): string {
  return text.trim().toUpperCase()
}

/** Adds a coupon code that orders would accept for this cart as it is; others are refused with the reason. */
export async function addCoupon(
  deps: CartDeps,
  sql: Query,
  target: CartTarget & { locale: string; code: string },
): Promise<CartChanged> {
  const { owner, channel, locale } = target
  const code = couponCode(target.code)
  const cart = await findCart(deps, owner, channel, sql)
  if (!cart) throw errors.notFound()
  const quote = await deps.orders.quote({
    channel,
    locale,
    userId: cart.user_id,
    lines: cart.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    couponCodes: [...new Set([...cart.coupon_codes, code])],
  })
  const answer = quote.coupons.find((coupon) => coupon.code === code)
  if (!answer?.applied) throw errors.couponRefused({ code, reason: answer?.reason ?? 'unknown' })
  return await changeCoupon(deps, sql, target, code, true)
}

/** Takes a coupon code away; one that is not there stays away. */
export async function removeCoupon(deps: CartDeps, sql: Query, target: CartTarget & { code: string }): Promise<CartChanged> {
  return await changeCoupon(deps, sql, target, couponCode(target.code), false)
}

async function changeCoupon(
  deps: CartDeps,
  sql: Query,
  { owner, channel, expectedVersion }: CartTarget,
  code: string,
  adding: boolean,
): Promise<CartChanged> {
  const event = CartUpdated({ cartId: '', channel, userId: owner.userId, reason: 'coupon' })
  const [row] = await sql<ChangeRow[]>`
    select * from change_coupon(${owner.userId}::uuid, ${owner.secretHash}::bytea, ${channel}, ${code}, ${adding}, ${expectedVersion ?? null}::integer,
                                ${deps.kit.outbox.encode([event])}::text::jsonb)`
  return changed(row!, { code })
}

export interface CartsMerged extends CartChanged {
  channel: string
  /** SKUs of the guest's cart for which the user's had no room */
  leftOut: string[]
}

/** Puts a guest's cart into the cart of the user who logged in. A second call changes nothing. */
export async function mergeCarts(deps: CartDeps, sql: Query, userId: string, secretHash: Buffer): Promise<CartsMerged> {
  const event = CartUpdated({ cartId: '', channel: '', userId, reason: 'merged' })
  const [row] = await sql<(ChangeRow & { channel: string; left_out: string[] })[]>`
    select * from merge_carts(${userId}::uuid, ${secretHash}::bytea, ${uuidv7()}::uuid, ${deps.kit.outbox.encode([event])}::text::jsonb)`
  if (row!.outcome === 'no-cart') throw errors.noGuestCart()
  return { ...changed(row!, {}), channel: row!.channel, leftOut: row!.left_out }
}

function changed(row: ChangeRow, details: Record<string, unknown>): CartChanged {
  if (row.outcome === 'no-cart') throw errors.notFound()
  if (row.outcome === 'no-line') throw errors.lineNotFound(details)
  if (row.outcome === 'too-many') throw errors.tooManyCoupons({ maximum: 10 })
  if (row.outcome === 'version-conflict') throw errors.versionConflict({ version: row.version })
  return { cartId: row.cart_id, version: row.version }
}
