// Buys one thing as a guest from the shop at SOUK_URL (http://localhost:8080): find, put into a cart, order, pay.
import { type CallOptions, createClient } from '../src/client.ts'

const baseUrl = process.env['SOUK_URL'] ?? 'http://localhost:8080'
let guest: string | undefined
const shop = createClient({ baseUrl, locale: 'en' })
const asGuest = (): CallOptions => (guest ? { headers: { 'x-guest-token': guest } } : {})

const { items } = await shop.call('GET /api/products', { query: { inStock: true, limit: 1 } })
const [found] = items
if (!found) throw new Error('The shop has nothing to sell.')
const product = await shop.call('GET /api/products/{id}', { path: { id: found.id } })
const [variant] = product.variants
if (!variant) throw new Error(`${product.title} cannot be bought.`)

const change = await shop.call('POST /api/cart/items', { body: { sku: variant.sku, quantity: 1 } }, asGuest())
guest = change.token ?? undefined
const order = await shop.call(
  'POST /api/orders',
  {
    body: {
      cartId: change.cartId,
      email: 'ada@example.com',
      shippingAddress: { name: 'Ada Lovelace', line1: 'Hauptstr. 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
      paymentMethodId: 'tok_approve',
    },
  },
  asGuest(),
)
console.log(`${order.number}: ${product.title}, ${order.total.amount / 100} ${order.total.currency}, ${order.payment.outcome}`)
