import type { AccountFacts, OrderFacts, OrderMailFacts, ReviewMailFacts, ShopFacts } from '../template.ts'

/* What previews show. */

export const sampleShop: ShopFacts = { name: 'Souk', url: 'https://shop.example' }

const sampleOrder: OrderFacts = {
  id: '0198c1de-0000-7000-8000-000000000001',
  number: 'ORD-7K2M9QX4TZ',
  status: 'CONFIRMED',
  total: { amount: 7480, currency: 'EUR' },
  placedAt: new Date('2026-05-03T14:20:00Z'),
  lines: [
    { title: 'Hand-painted tea glass, set of six', sku: 'GLASS-6', quantity: 1, total: 3490 },
    { title: 'Olive oil soap from Aleppo', sku: 'SOAP-ALEPPO', quantity: 3, total: 1500 },
    { title: 'Woven basket, medium', sku: 'BASKET-M', quantity: 1, total: 2000 },
  ],
  address: { name: 'Amina Haddad', line1: 'Lindenstraße 12', postalCode: '10969', city: 'Berlin', country: 'DE' },
  awaitsPayment: false,
  guestToken: 'example-token',
}

export function sampleAccount<D>(data: D, link = false): AccountFacts<D> {
  const expiresAt = new Date('2026-05-06T14:20:00Z')
  return { shop: sampleShop, name: 'Amina Haddad', data, link: link ? { token: 'example-token', expiresAt } : undefined }
}

export function sampleOrderMail<D>(data: D): OrderMailFacts<D> {
  return { ...sampleAccount(data), order: sampleOrder }
}

export function sampleReviewMail(): ReviewMailFacts {
  const review = {
    productTitle: 'Hand-painted tea glass, set of six',
    productSlug: 'hand-painted-tea-glass',
    text: 'Thin, but they have survived the dishwasher for a year.',
    rejection: { reason: 'advertising', note: 'Please leave out the address of the other shop.' },
    reply: { text: 'Thank you! We wash ours by hand, but do not tell anybody.', name: 'Souk' },
  }
  return { ...sampleAccount({}), review }
}
