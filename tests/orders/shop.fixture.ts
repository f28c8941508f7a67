import { Create } from 'typebox/value'
import type { Principal } from '#kit/core/principal.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'
import { cancelOrderProcess } from '../../processes/cancel-order/cancel-order.process.ts'
import { checkoutProcess } from '../../processes/checkout/checkout.process.ts'
import { editOrderProcess } from '../../processes/edit-order/edit-order.process.ts'
import { expireReservationProcess } from '../../processes/expire-reservation/expire-reservation.process.ts'
import { paymentFailedProcess } from '../../processes/payment-failed/payment-failed.process.ts'
import { Settings } from '../../services/orders/settings.ts'
import { ordersService } from '../../services/orders/service.ts'
import { type Cart, fakes, type Goods, type World } from './world.fixture.ts'

export interface Shop {
  readonly service: TestService
  readonly world: World
  /** POST /api/orders for a guest with a card that is approved, unless said otherwise */
  order(body?: object, options?: { as?: Principal; headers?: Record<string, string> }): ReturnType<TestService['request']>
  close(): Promise<void>
}

export const address = { name: 'Ann Archer', line1: '1 Market Street', city: 'Berlin', postalCode: '10115', country: 'DE' }
export const staff = testUser(uuidv7(), ['orders:read-any', 'orders:write', 'promotions:write', 'gift-cards:write'], ['ADMIN'])
export const somebody = (): Principal & { id: string } => testUser(uuidv7())

/** The service orders with its processes on a real database, in a shop whose other services are simple. */
export async function openShop({ attributes = [] as World['attributes'] } = {}): Promise<Shop> {
  const world: World = {
    goods: new Map<string, Goods>([
      ['mug', { price: 1250, stock: 100_000 }],
      ['tea', { price: 490, stock: 100_000 }],
      ['last', { price: 9900, stock: 1 }],
      ['voucher', { price: 5000, stock: 100_000, giftCard: true, requiresShipping: false }],
      ['ebook', { price: 700, stock: 100_000, requiresShipping: false }],
    ]),
    holds: new Map(),
    money: new Map(),
    parcels: new Map(),
    carts: new Map(),
    groups: new Map(),
    addresses: new Map(),
    attributes: [{ key: 'gift', type: 'boolean', required: false, choices: [] }, ...attributes],
    strangers: new Set(),
    doneOnce: new Set(),
    shipping: 490,
    failOnce: new Set(),
  }
  const service = await startService(ordersService, {
    settings: Create(Settings) as Record<string, unknown>,
    rpc: fakes(world) as never,
    processes: [checkoutProcess, cancelOrderProcess, editOrderProcess, expireReservationProcess, paymentFailedProcess],
  })
  return {
    service,
    world,
    order: (body = {}, options = {}) =>
      service.request('POST', '/api/orders', {
        body: {
          items: [{ sku: 'mug', quantity: 1 }],
          email: 'ann@example.com',
          shippingAddress: address,
          paymentMethodId: 'tok_approve',
          ...body,
        },
        ...options,
      }),
    close: () => service.close(),
  }
}

/** A cart in the shop, of a user or of a guest with a secret. */
export function fillCart(shop: Shop, more: Partial<Cart> = {}): Cart {
  const cart: Cart = {
    cartId: uuidv7(),
    userId: null,
    secret: 'secret-of-the-guest',
    lines: [{ sku: 'mug', quantity: 2 }],
    couponCodes: [],
    ...more,
  }
  shop.world.carts.set(cart.cartId, cart)
  return cart
}

/** Every rule the service states about its own tables; empty when all hold. */
export async function brokenRules(shop: Shop): Promise<string[]> {
  const broken: string[] = []
  for (const { name, sql } of shop.service.running.service.invariants ?? []) {
    const rows = await shop.service.db.sql.unsafe(sql)
    if (rows.length > 0) broken.push(`${name}: ${JSON.stringify(rows.slice(0, 3))}`)
  }
  return broken
}
