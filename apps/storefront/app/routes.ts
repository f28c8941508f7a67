import { index, layout, prefix, route, type RouteConfig, type RouteConfigEntry } from '@react-router/dev/routes'

/** Every page stands twice: in English at the root, in German below /de. */
const pages = (language: 'en' | 'de'): RouteConfigEntry[] => {
  const page = (path: string, file: string) => route(path, `routes/${file}`, { id: `${language}/${path}` })
  return [
    index('routes/home.tsx', { id: `${language}/home` }),
    page('products', 'list.tsx'),
    page('c/:category', 'list.tsx'),
    page('p/:slug', 'product.tsx'),
    page('cart', 'cart.tsx'),
    page('checkout', 'checkout.tsx'),
    page('orders/:id', 'order.tsx'),
    page('sign-in', 'sign-in.tsx'),
    page('register', 'register.tsx'),
    page('sign-out', 'sign-out.ts'),
    page('account', 'account.tsx'),
    page('*', 'nothing.tsx'),
  ]
}

export default [
  layout('routes/frame.tsx', { id: 'frame-en' }, pages('en')),
  layout('routes/frame.tsx', { id: 'frame-de' }, prefix('de', pages('de'))),
] satisfies RouteConfig
