import { type Client, expectStatus } from './client.ts'

export interface Shelf {
  readonly productId: string
  readonly sku: string
}

export const address = { name: 'Ann Example', line1: 'Main Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' }

/** A guest's order of one piece, paid at once. */
export const orderOf = (sku: string, email = 'ann@example.com') => ({
  items: [{ sku, quantity: 1 }],
  email,
  shippingAddress: address,
  paymentMethodId: 'tok_approve',
})

/** Staff put a product with one variant on sale, with so many units on the shelf. Price in cents, tax included. */
export async function sell(
  staff: Client,
  sku: string,
  { price = 1995, units = 100, title = `Product ${sku}` } = {},
): Promise<Shelf> {
  const product = expectStatus(
    await staff.post('/api/products', {
      texts: { en: { title } },
      status: 'ACTIVE',
      variants: [{ sku, price: { amount: price, currency: 'EUR' }, weightGrams: 300 }],
    }),
    201,
  )
  expectStatus(await staff.post('/api/inventory/adjustments', { sku, delta: units, reason: 'first delivery' }), 200, 201)
  return { productId: product.body.id, sku }
}
