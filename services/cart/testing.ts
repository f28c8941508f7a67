import type { Event } from '#kit/messaging/event.ts'
import { startService, type TestService } from '#kit/testing/service.ts'
import { cart } from './service.ts'

/** A shop around the cart: what products, inventory and orders would say. Change the fields during a test. */
export interface FakeShop {
  /** minor units by SKU; a SKU without a price is not on sale */
  readonly prices: Map<string, number>
  readonly stock: Map<string, number>
  /** codes that orders accepts: −10 % */
  readonly coupons: Set<string>
  /** questions asked of the others so far */
  readonly asked: { price: number; availability: number; quote: number }
}

export const productId = '0190a000-0000-7000-8000-00000000abcd'

export async function startCart(settings: Record<string, unknown> = {}): Promise<{ service: TestService; shop: FakeShop }> {
  const shop: FakeShop = {
    prices: new Map([
      ['mug', 1250],
      ['tea', 490],
      ['pot', 3900],
    ]),
    stock: new Map([
      ['mug', 50],
      ['tea', 1_000_000],
      ['pot', 2],
    ]),
    coupons: new Set(['TEN']),
    asked: { price: 0, availability: 0, quote: 0 },
  }
  // enough different things for a cart that is full
  for (let index = 0; index <= 200; index += 1) {
    shop.prices.set(`big-${index}`, 100 + index)
    shop.stock.set(`big-${index}`, 10)
  }
  const service = await startService(cart, {
    settings: { abandonedAfterMinutes: 240, stockMemorySeconds: 0, priceMemorySeconds: 0, ...settings },
    rpc: {
      products: {
        price: (input: { lines: Line[] }) => price(shop, input),
        shownPrices: (input: { lines: Line[] }) => price(shop, input),
      },
      inventory: { availability: (input: { skus: string[] }) => availability(shop, input) },
      orders: { quote: (input: { lines: Line[]; couponCodes: string[] }) => quote(shop, input) },
    },
  })
  return { service, shop }
}

interface Line {
  sku: string
  quantity: number
}

async function price(shop: FakeShop, { lines }: { lines: Line[] }) {
  shop.asked.price += 1
  return {
    currency: 'EUR',
    pricesIncludeTax: true,
    lines: lines.filter(({ sku }) => shop.prices.has(sku)).map(({ sku }) => pricedLine(sku, shop.prices.get(sku)!)),
    refused: lines.filter(({ sku }) => !shop.prices.has(sku)).map(({ sku }) => ({ sku, reason: 'unknown' })),
  }
}

const known = new Map<string, ReturnType<typeof lineOf>>()
const lineOf = (sku: string, price: number) => ({
  sku,
  productId,
  variantId: productId,
  title: sku,
  variantTitle: '',
  imageUrl: null,
  unitPrice: price,
  listPrice: price,
  taxClass: 'standard',
  taxRateBasisPoints: 1900,
  weightGrams: 100,
  requiresShipping: true,
  categoryIds: [],
  giftCard: false,
})

/** The same object while the price is the same, as the memory of products answers. */
function pricedLine(sku: string, price: number) {
  const line = known.get(`${sku} ${price}`) ?? lineOf(sku, price)
  known.set(`${sku} ${price}`, line)
  return line
}

async function availability(shop: FakeShop, { skus }: { skus: string[] }) {
  shop.asked.availability += 1
  return { levels: skus.map((sku) => ({ sku, available: shop.stock.get(sku) ?? 0, backorder: false })) }
}

async function quote(shop: FakeShop, { lines, couponCodes }: { lines: Line[]; couponCodes: string[] }) {
  shop.asked.quote += 1
  const subtotal = lines.reduce((sum, { sku, quantity }) => sum + (shop.prices.get(sku) ?? 0) * quantity, 0)
  const discount = couponCodes.some((code) => shop.coupons.has(code)) ? Math.round(subtotal / 10) : 0
  return {
    currency: 'EUR',
    lines: [],
    subtotal,
    discount,
    shipping: 0,
    tax: 0,
    taxIncluded: true,
    total: subtotal - discount,
    coupons: couponCodes.map((code) =>
      shop.coupons.has(code)
        ? { code, applied: true, discount, reason: null }
        : { code, applied: false, discount: 0, reason: 'unknown' },
    ),
  }
}

/** Types of the events, oldest first. */
export const types = (events: readonly Event[]): string[] => events.map((event) => event.type)
