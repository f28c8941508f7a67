import type { Browser, BrowserContext } from 'playwright-core'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'

/** A page of the storefront, as somebody in the middle of using the shop sees it. */
export interface DemoPage {
  readonly name: string
  readonly path: string
  readonly as: 'guest' | 'member'
}

export interface DemoVisitors {
  readonly shop: Shop
  readonly pages: readonly DemoPage[]
  /** `Cookie` of somebody in the middle of shopping */
  readonly cookies: Readonly<Record<DemoPage['as'], string>>
}

const MEMBER = { fullName: 'Ada Lovelace', email: 'ada@example.com', password: 'the engine weaves algebraic patterns' }

/** Sends a form as a browser does; returns the session cookie after it. */
async function send(url: string, path: string, fields: Record<string, string>, cookie = ''): Promise<string> {
  const answer = await fetch(url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: url },
    body: new URLSearchParams(fields),
  })
  if (answer.status >= 400) throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`)
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
}

/** The demo shop with a guest and a member in the middle of things: something in the cart, orders, a wish, an address. */
export async function openDemo(): Promise<DemoVisitors> {
  const shop = await openShop({ SOUK_ENV: 'test', MAX_REQUESTS_IN_FLIGHT: '0', SEED_DEMO: 'true' })
  try {
    return await furnish(shop)
  } catch (error) {
    await shop.remove()
    throw error
  }
}

async function furnish(shop: Shop): Promise<DemoVisitors> {
  const { url } = shop
  const [mug] = await eventually(
    async () => {
      expectStatus(await client(url).get('/'), 200)
      const { items } = expectStatus(await client(url).get('/api/products?category=kitchen&limit=20'), 200).body
      const found = expectStatus(await client(url).get('/api/search?q=mug'), 200).body
      if (!items.every(({ inStock }: { inStock: boolean }) => inStock) || items.length < 8 || found.items.length === 0)
        throw new Error('the demo shop is not filled yet')
      return items as { id: string; slug: string }[]
    },
    { timeoutMs: 180_000, everyMs: 500 },
  )
  const product = expectStatus(await client(url).get(`/api/products/morning-mug`), 200).body
  const order = {
    items: [{ sku: product.variants[0].sku, quantity: 2 }],
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  const member = await send(url, '/register', MEMBER)
  const me = await signIn(url, MEMBER.email, MEMBER.password)
  expectStatus(await me.post('/api/users/me/addresses', address), 201)
  expectStatus(await me.post('/api/wishlists', { productId: mug?.id }), 201, 200)
  const placed = expectStatus(await me.post('/api/orders', order), 201).body
  const guestOrder = expectStatus(await client(url).post('/api/orders', { ...order, email: 'guest@example.com' }), 201).body
  const choice = Object.fromEntries(
    Object.entries(product.variants[0].options).map(([key, value]) => [`option-${key}`, value as string]),
  )
  const guest = await send(url, '/p/morning-mug', { ...choice, quantity: '2' })
  const withCart = await send(url, '/p/morning-mug', { ...choice, quantity: '2' }, member)
  return {
    shop,
    cookies: { guest, member: withCart },
    pages: [
      ...pages('guest', {
        home: '/',
        'home-de': '/de',
        list: '/products',
        category: '/c/kitchen',
        search: '/products?q=lamp',
        'search-nothing': '/products?q=zeppelin',
        product: '/p/morning-mug',
        cart: '/cart',
        checkout: '/checkout',
        track: '/track',
        design: '/design',
        order: `/orders/${guestOrder.id}?token=${guestOrder.guestToken}`,
        'sign-in': '/sign-in',
        register: '/register',
        page: '/pages/shipping',
        'forgot-password': '/forgot-password',
        'reset-password': '/reset-password?token=x',
        'not-found': '/nowhere',
      }),
      ...pages('member', {
        account: '/account',
        profile: '/account/profile',
        addresses: '/account/addresses',
        wishlist: '/account/wishlist',
        security: '/account/security',
        data: '/account/data',
        'order-of-member': `/orders/${placed.id}`,
        return: `/orders/${placed.id}/return`,
      }),
    ],
  }
}

const pages = (as: DemoPage['as'], paths: Record<string, string>): DemoPage[] =>
  Object.entries(paths).map(([name, path]) => ({ name, path, as }))

/** A browser of the guest or the member. */
export async function openContext(
  browser: Browser,
  { shop, cookies }: DemoVisitors,
  as: DemoPage['as'],
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: shop.url, ...options })
  const [name = '', value = ''] = cookies[as].split(/=(.*)/)
  await context.addCookies([{ name, value, url: shop.url }])
  return context
}
