import type { ShopFacts } from './template.ts'

/** Pages of the shop that mails lead to. */
export const links = {
  verifyEmail: (shop: ShopFacts, token: string) => `${shop.url}/verify-email?token=${encodeURIComponent(token)}`,
  resetPassword: (shop: ShopFacts, token: string) => `${shop.url}/reset-password?token=${encodeURIComponent(token)}`,
  order: (shop: ShopFacts, orderId: string, guestToken: string | null) =>
    `${shop.url}/orders/${orderId}${guestToken ? `?token=${encodeURIComponent(guestToken)}` : ''}`,
  cart: (shop: ShopFacts) => `${shop.url}/cart`,
  product: (shop: ShopFacts, slug: string) => `${shop.url}/p/${encodeURIComponent(slug)}#reviews`,
  ownReview: (shop: ShopFacts, slug: string) => `${shop.url}/p/${encodeURIComponent(slug)}/review`,
  account: (shop: ShopFacts) => `${shop.url}/account`,
  stock: (shop: ShopFacts, sku: string) => `${shop.url}/admin/inventory/${encodeURIComponent(sku)}`,
  unsubscribe: (shop: ShopFacts, token: string) => `${shop.url}/api/notifications/unsubscribe?token=${encodeURIComponent(token)}`,
} as const
