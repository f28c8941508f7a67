import { index, layout, prefix, route, type RouteConfig, type RouteConfigEntry } from '@react-router/dev/routes'

/** Every page stands twice: in English at the root, in German below /de. */
const pages = (language: 'en' | 'de'): RouteConfigEntry[] => {
  const page = (path: string, file: string) => route(path, `routes/${file}`, { id: `${language}/${path}` })
  return [
    index('routes/home.tsx', { id: `${language}/home` }),
    page('products', 'list.tsx'),
    page('c/:category', 'list.tsx'),
    page('search/suggest', 'search-suggest.ts'),
    page('p/:slug', 'product.tsx'),
    page('p/:slug/review', 'review.tsx'),
    page('pages/:slug', 'page.tsx'),
    page('cart', 'cart.tsx'),
    page('track', 'track.tsx'),
    page('checkout', 'checkout.tsx'),
    page('orders/:id', 'order.tsx'),
    page('sign-in', 'sign-in.tsx'),
    page('sign-in/provider/:key', 'provider-start.ts'),
    page('register', 'register.tsx'),
    page('sign-out', 'sign-out.ts'),
    page('remember', 'remember.ts'),
    page('verify-email', 'verify-email.tsx'),
    page('unsubscribe', 'unsubscribe.tsx'),
    page('forgot-password', 'forgot-password.tsx'),
    page('reset-password', 'reset-password.tsx'),
    page('orders/:id/invoice', 'invoice.ts'),
    page('orders/:id/return', 'return.tsx'),
    page('account/export', 'account/export.ts'),
    route('account', 'routes/account/frame.tsx', { id: `${language}/account` }, [
      index('routes/account/orders.tsx', { id: `${language}/account/orders` }),
      ...['profile', 'addresses', 'wishlist', 'reviews', 'security', 'data'].map((name) =>
        route(name, `routes/account/${name}.tsx`, { id: `${language}/account/${name}` }),
      ),
    ]),
    ...(language === 'en' ? [page('design', 'design.tsx')] : []),
    page('*', 'nothing.tsx'),
  ]
}

export default [
  route('robots.txt', 'routes/robots.ts'),
  route('sitemap.xml', 'routes/sitemap.ts'),
  route('channel', 'routes/channel.ts'),
  route('sign-in/provider/:key/return', 'routes/provider-return.ts'),
  route('search/click', 'routes/search-click.ts'),
  layout('routes/frame.tsx', { id: 'frame-en' }, pages('en')),
  layout('routes/frame.tsx', { id: 'frame-de' }, prefix('de', pages('de'))),
] satisfies RouteConfig
