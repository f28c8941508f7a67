import type { Language } from './language.ts'
import type { ShopFacts } from './template.ts'

/** Whoever reads the mail: pages are opened in their language. */
interface Reader {
  readonly language: Language
}

/** The storefront has its German pages below /de. */
const page = (shop: ShopFacts, { language }: Reader, path: string) =>
  `${shop.url}${language === 'en' ? '' : `/${language}`}${path}`
const coded = encodeURIComponent

/** Pages of the shop that mails lead to. */
export const links = {
  home: (shop: ShopFacts, reader: Reader) => page(shop, reader, ''),
  verifyEmail: (shop: ShopFacts, reader: Reader, token: string) => page(shop, reader, `/verify-email?token=${coded(token)}`),
  resetPassword: (shop: ShopFacts, reader: Reader, token: string) => page(shop, reader, `/reset-password?token=${coded(token)}`),
  /** A guest's carries a secret; that page takes it out of the address. */
  order: (shop: ShopFacts, reader: Reader, { id, guestToken }: { id: string; guestToken: string | null }) =>
    page(shop, reader, guestToken === null ? `/orders/${id}` : `/track?order=${id}&token=${coded(guestToken)}`),
  cart: (shop: ShopFacts, reader: Reader) => page(shop, reader, '/cart'),
  product: (shop: ShopFacts, reader: Reader, slug: string) => page(shop, reader, `/p/${coded(slug)}#reviews`),
  ownReview: (shop: ShopFacts, reader: Reader, slug: string) => page(shop, reader, `/p/${coded(slug)}/review`),
  account: (shop: ShopFacts, reader: Reader) => page(shop, reader, '/account'),
  /** of the admin, which speaks English */
  stock: (shop: ShopFacts, sku: string) => `${shop.url}/admin/inventory/${coded(sku)}`,
  unsubscribe: (shop: ShopFacts, reader: Reader, token: string) => page(shop, reader, `/unsubscribe?token=${coded(token)}`),
  /** for mail programs that unsubscribe by themselves (RFC 8058): it takes their POST */
  unsubscribeAtOnce: (shop: ShopFacts, token: string) => `${shop.url}/api/notifications/unsubscribe?token=${coded(token)}`,
} as const
