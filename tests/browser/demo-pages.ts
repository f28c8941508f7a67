import type { Browser, BrowserContext, Page } from 'playwright-core'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { filled, type ListedPage, PAGE_LIST } from './page-list.ts'
import { enterAdmin } from './staff-door.ts'

export interface Demo {
  readonly shop: Shop
  /** every page of both faces, as somebody in the middle of using the shop sees it */
  readonly pages: readonly ListedPage[]
  /** `Cookie` of those who are in the middle of shopping */
  readonly cookies: Readonly<Partial<Record<ListedPage['as'], string>>>
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

/** The demo shop with a guest, a member and staff in the middle of things: something in the cart, orders, a wish, a draft. */
export async function openDemo(): Promise<Demo> {
  const shop = await openShop({
    SOUK_ENV: 'test',
    MAX_REQUESTS_IN_FLIGHT: '0',
    SEED_DEMO: 'true',
    DELIVERY_SIMULATED_DISPATCH_MS: '200',
    DELIVERY_SIMULATED_DELIVER_MS: '200',
  })
  try {
    return await furnish(shop)
  } catch (error) {
    await shop.remove()
    throw error
  }
}

async function furnish(shop: Shop): Promise<Demo> {
  const { url } = shop
  await eventually(
    async () => {
      for (const path of ['/', '/admin']) expectStatus(await client(url).get(path), 200)
      const { items } = expectStatus(await client(url).get('/api/products?category=kitchen&limit=20'), 200).body
      const found = expectStatus(await client(url).get('/api/search?q=mug'), 200).body
      if (!items.every(({ inStock }: { inStock: boolean }) => inStock) || items.length < 8 || found.items.length === 0)
        throw new Error('the demo shop is not filled yet')
    },
    { timeoutMs: 180_000, everyMs: 500 },
  )
  const mug = expectStatus(await client(url).get('/api/products/morning-mug'), 200).body
  const [{ sku, options }] = mug.variants
  const order = { items: [{ sku, quantity: 2 }], shippingAddress: address, paymentMethodId: 'tok_approve' }
  const member = await send(url, '/register', MEMBER)
  const me = await signIn(url, MEMBER.email, MEMBER.password)
  const { id: memberId } = expectStatus(await me.get('/api/users/me'), 200).body
  expectStatus(await me.post('/api/users/me/addresses', address), 201)
  expectStatus(await me.post('/api/wishlists', { productId: mug.id }), 201, 200)
  const placed = expectStatus(await me.post('/api/orders', order), 201).body
  const guestOrder = expectStatus(await client(url).post('/api/orders', { ...order, email: 'guest@example.com' }), 201).body
  await sendBack(me, placed.id)
  await review(me, mug.id)
  const choice = Object.fromEntries(Object.entries(options).map(([key, value]) => [`option-${key}`, value as string]))
  const guest = await send(url, '/p/morning-mug', { ...choice, quantity: '2' })
  const withCart = await send(url, '/p/morning-mug', { ...choice, quantity: '2' }, member)
  const { email, password } = shop.administrator
  const known = {
    order: placed.id,
    member: memberId,
    guestOrder: guestOrder.id,
    guestToken: guestOrder.guestToken,
    product: mug.id,
    sku,
    ...(await workOfStaff(await signIn(url, email, password), sku, memberId)),
  }
  return {
    shop,
    cookies: { guest, member: withCart },
    pages: PAGE_LIST.map((one) => ({ ...one, path: filled(one.path, known) })),
  }
}

/** One of two mugs goes back, once they have arrived. */
async function sendBack(me: Client, id: string): Promise<void> {
  const { items } = await eventually(
    async () => {
      const { body } = expectStatus(await me.get(`/api/orders/${id}`), 200)
      if (body.status !== 'DELIVERED') throw new Error(`the order is ${body.status}`)
      return body
    },
    { timeoutMs: 60_000, everyMs: 200 },
  )
  const lines = [{ lineId: items[0].lineId, quantity: 1, reason: 'changed-mind' }]
  expectStatus(await me.post(`/api/orders/${id}/returns`, { lines }), 201)
}

/** What the member writes waits for staff. */
async function review(me: Client, productId: string): Promise<void> {
  const text = 'Keeps tea warm for a chapter and a half. The handle fits a hand that has been outside.'
  await eventually(
    async () => expectStatus(await me.post('/api/reviews', { productId, stars: 4, title: 'A mug for winter', text }), 201),
    { timeoutMs: 60_000, everyMs: 200 },
  )
}

/** Name in the list of pages → id of what staff have begun. */
async function workOfStaff(staff: Client, sku: string, memberId: string): Promise<Record<string, string>> {
  const idOf = async (path: string, body: object): Promise<string> => expectStatus(await staff.post(path, body), 201).body.id
  const [list] = expectStatus(await staff.get('/api/price-lists'), 200).body.items
  const [entry] = expectStatus(await staff.get('/api/content/entries?kind=home'), 200).body.items
  const lines = [{ sku, quantity: 3 }]
  for (const [key, name] of Object.entries({ friends: 'Friends of the house', trade: 'Trade' }))
    expectStatus(await staff.put(`/api/users/groups/${key}`, { name }), 200)
  expectStatus(await staff.put(`/api/users/groups/friends/members/${memberId}`), 204)
  return {
    priceList: list.id,
    entry: entry.id,
    draft: await idOf('/api/orders/drafts', { email: 'otto@example.com', shippingAddress: address, lines }),
    promotion: await idOf('/api/promotions', {
      name: 'Ten per cent in winter',
      active: true,
      automatic: true,
      action: { kind: 'percent', basisPoints: 1000 },
    }),
    webhook: await idOf('/api/webhooks', { url: 'https://example.com/hooks', events: ['order.*'] }),
  }
}

/** A browser of one of them; staff are signed in. */
export async function openVisit(
  browser: Browser,
  { shop, cookies }: Demo,
  as: ListedPage['as'],
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; close: BrowserContext['close'] }> {
  const context = await browser.newContext({ baseURL: shop.url, ...options })
  const [name = '', value = ''] = cookies[as]?.split(/=(.*)/) ?? []
  if (name) await context.addCookies([{ name, value, url: shop.url }])
  const page = await context.newPage()
  if (as === 'staff') await enterAdmin(page, shop.administrator)
  return { page, close: async () => await context.close() }
}

/** The admin says so while something is on its way. */
const IS_THERE = "document.querySelector('h1') !== null && !/(Loading|Opening) …/.test(document.body.innerText)"

/** Goes to a page and waits until all of it is there. Throws where the shop fails. */
export async function goTo(page: Page, { path, as }: ListedPage): Promise<void> {
  // the admin never rests: it is told of changes by a stream
  const answer = await page.goto(path, { waitUntil: as === 'staff' ? 'load' : 'networkidle' })
  if (!answer || answer.status() >= 500) throw new Error(`${path} answered ${answer?.status()}: ${await answer?.text()}`)
  await eventually(
    async () => {
      if (!(await page.evaluate(IS_THERE))) throw new Error(`${path} is not there yet`)
    },
    { timeoutMs: 20_000, everyMs: 50 },
  )
}
