/**
 * Every page of both faces, once: what is audited, photographed and tried for accessibility. `{…}` stands for what only a furnished shop knows (demo-pages.ts).
 * A page that is missing here fails page-list.test.ts.
 */
export interface ListedPage {
  readonly name: string
  readonly path: string
  /** `stranger`: somebody who comes in for the first time */
  readonly as: 'stranger' | 'guest' | 'member' | 'staff'
}

/** The order in which they are looked at. */
export const VISITORS = ['stranger', 'guest', 'member', 'staff'] as const satisfies readonly ListedPage['as'][]

const listed = (as: ListedPage['as'], paths: Readonly<Record<string, string>>): ListedPage[] =>
  Object.entries(paths).map(([name, path]) => ({ name, path, as }))

const storefront = [
  ...listed('guest', {
    home: '/',
    'home-de': '/de',
    list: '/products',
    category: '/c/kitchen',
    search: '/products?q=lamp',
    'search-nothing': '/products?q=zeppelin',
    product: '/p/morning-mug',
    'product-de': '/de/p/morning-mug',
    cart: '/cart',
    checkout: '/checkout',
    'checkout-de': '/de/checkout',
    track: '/track',
    design: '/design',
    order: '/track?order={guestOrder}&token={guestToken}',
    'sign-in': '/sign-in',
    register: '/register',
    page: '/pages/shipping',
    unsubscribe: '/unsubscribe?token=x',
    'verify-email': '/verify-email?token=x',
    'forgot-password': '/forgot-password',
    'reset-password': '/reset-password?token=x',
    'not-found': '/nowhere',
    offline: '/offline.html',
  }),
  ...listed('stranger', { 'cart-empty': '/cart' }),
  ...listed('member', {
    account: '/account',
    profile: '/account/profile',
    addresses: '/account/addresses',
    wishlist: '/account/wishlist',
    'own-reviews': '/account/reviews',
    security: '/account/security',
    data: '/account/data',
    'order-of-member': '/orders/{order}',
    return: '/orders/{order}/return',
    review: '/p/morning-mug/review',
  }),
]

const admin = [
  ...listed('stranger', { 'admin-sign-in': '/admin' }),
  ...listed('staff', {
    'admin-dashboard': '/admin',
    'admin-orders': '/admin/orders',
    'admin-order': '/admin/orders/{order}',
    'admin-drafts': '/admin/drafts',
    'admin-draft': '/admin/drafts/{draft}',
    'admin-returns': '/admin/returns',
    'admin-reviews': '/admin/reviews',
    'admin-own-reviews': '/admin/own-reviews',
    'admin-products': '/admin/products',
    'admin-import': '/admin/products/import',
    'admin-product': '/admin/products/{product}',
    'admin-categories': '/admin/categories',
    'admin-price-lists': '/admin/price-lists',
    'admin-price-list': '/admin/price-lists/{priceList}',
    'admin-promotions': '/admin/promotions',
    'admin-promotion': '/admin/promotions/{promotion}',
    'admin-stock': '/admin/inventory',
    'admin-purchase-orders': '/admin/inventory?part=purchase-orders',
    'admin-warehouses': '/admin/inventory?part=warehouses',
    'admin-stock-of': '/admin/inventory/{sku}',
    'admin-search': '/admin/search',
    'admin-recommendations': '/admin/recommendations',
    'admin-content': '/admin/content',
    'admin-content-entry': '/admin/content/{entry}',
    'admin-customers': '/admin/customers',
    'admin-customer-groups': '/admin/customers?part=groups',
    'admin-customer': '/admin/customers/{member}',
    'admin-staff': '/admin/staff',
    'admin-taxes': '/admin/taxes',
    'admin-shipping': '/admin/shipping',
    'admin-mails': '/admin/mails?template=order-placed',
    'admin-webhooks': '/admin/webhooks',
    'admin-webhook': '/admin/webhooks/{webhook}',
    'admin-api-keys': '/admin/api-keys',
    'admin-map': '/admin/map',
    'admin-health': '/admin/health',
    'admin-traces': '/admin/traces',
    'admin-events': '/admin/events',
    'admin-dead-letters': '/admin/dead-letters',
    'admin-flows': '/admin/flows',
    'admin-jobs': '/admin/jobs',
    'admin-configuration': '/admin/configuration',
    'admin-not-found': '/admin/nowhere',
  }),
]

export const PAGE_LIST: readonly ListedPage[] = [...storefront, ...admin]

/** The address with what the shop knows. Throws where it does not. */
export const filled = (path: string, known: Readonly<Record<string, string>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = known[name]
    if (value === undefined) throw new Error(`nobody said what {${name}} of ${path} is`)
    return encodeURIComponent(value)
  })
