import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import { mailTo } from '../e2e/mailbox.ts'
import { fillCheckout, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen } from './staff-door.ts'

let stage: ShopAndBrowser
let browser: Browser
let staff: Client
let guest: Client

beforeAll(async () => {
  stage = await openShopAndBrowser(
    {
      tea: { title: 'Green tea', price: 2000, units: 50 },
      pot: { title: 'Tea pot', price: 3000, units: 50 },
      kite: { title: 'Paper kite', price: 1000, units: 50 },
    },
    {
      // time to cancel an order before its parcel is fetched
      settings: { DELIVERY_SIMULATED_DISPATCH_MS: '12000', DELIVERY_SIMULATED_DELIVER_MS: '200' },
      pages: ['/', '/admin'],
    },
  )
  ;({ browser, staff } = stage)
  guest = client(stage.shop.url)
}, 300_000)
afterAll(async () => await stage?.close())

const password = 'the first compiler was mine'

async function putIntoCart(page: Page, slug: string): Promise<void> {
  await page.goto(`/p/${slug}`)
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByText('In your cart').waitFor()
}
const buyAndPay = (page: Page) => page.getByRole('button', { name: 'Buy and pay' }).click()
const thanked = (page: Page) => page.getByRole('heading', { name: 'Thank you!' }).waitFor()
const idOf = (page: Page): string => /\/orders\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
const orderOf = async (id: string) => expectStatus(await staff.get(`/api/orders/${id}`), 200).body
const paymentOf = async (id: string) => expectStatus(await staff.get(`/api/payments?orderId=${id}`), 200).body.items[0]
const available = async (sku: string): Promise<number> =>
  expectStatus(await staff.get(`/api/inventory/${sku}`), 200).body.available

/** Looks again until the page says so: a page without scripts does not by itself. */
async function reloadUntil(page: Page, status: string): Promise<void> {
  await eventually(
    async () => {
      await page.reload()
      expect(await page.locator('[data-status]').first().getAttribute('data-status')).toBe(status)
    },
    { timeoutMs: 60_000, everyMs: 500 },
  )
}

describe.each([
  ['with scripts', true],
  ['without scripts', false],
] as const)('flows of a shop, %s', (_, javaScriptEnabled) => {
  const key = javaScriptEnabled ? 'scripts' : 'plain'

  it('flow 1: somebody registers, verifies, signs in, looks around, searches, is recommended something, buys, gets it and writes a review', async () => {
    const email = `one-${key}@example.com`
    const { page, complaints, close } = await visit(browser, stage.shop.url, { javaScriptEnabled })
    await page.goto('/register')
    await page.getByLabel('Name').fill('Grace Hopper')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Open an account' }).click()
    await page.getByRole('heading', { name: 'Hello, Grace Hopper' }).waitFor()
    const mail = await mailTo(guest, email, 'Please confirm')
    const { pathname, search } = new URL(/https?:\/\/\S+verify-email\?token=\S+/.exec(mail.text)?.[0] as string)
    await page.goto(pathname + search)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Your e-mail address is confirmed').waitFor()
    await page.goto('/account')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).first().click()
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).last().click()
    await page.getByRole('heading', { name: 'Hello, Grace Hopper' }).waitFor()

    await page.goto('/products')
    await page.getByRole('link', { name: 'Paper kite' }).first().waitFor()
    await page.getByRole('searchbox').first().fill('green tea')
    await page.getByRole('button', { name: 'Search' }).first().click()
    await page.waitForURL(/[?&]q=/)
    await page.getByRole('heading', { level: 1, name: /green tea/ }).waitFor()
    await page.getByRole('link', { name: 'Green tea' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Green tea' }).waitFor()
    await page.locator('[data-placement]').getByRole('link').first().waitFor()
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
    await page.goto('/cart')
    await page.getByRole('link', { name: 'Go to checkout' }).click()
    await page.getByLabel('Street and number').fill('Hauptstr. 1')
    await page.getByLabel('Postcode').fill('10115')
    await page.getByLabel('Town').fill('Berlin')
    await buyAndPay(page)
    await thanked(page)
    const id = idOf(page)
    expect((await paymentOf(id)).state).toBe('captured')
    await mailTo(guest, email, `Order Placed — ${(await orderOf(id)).number}`)
    if (javaScriptEnabled) await page.locator('[data-status=DELIVERED]').waitFor({ timeout: 60_000 })
    else await reloadUntil(page, 'DELIVERED')
    await page.getByRole('article', { name: 'Your parcel' }).getByText('1 × Green tea').waitFor()
    await mailTo(guest, email, 'Delivered')

    await page.goto('/p/green-tea/review')
    await page.getByRole('radio', { name: '5 of 5 stars' }).check({ force: true })
    await page.getByLabel('Headline').fill(`Fine tea ${key}`)
    await page.getByLabel('What do you think of it?').fill('Tastes as tea should, and came at once.')
    await page.getByRole('button', { name: 'Send the review' }).click()
    await page.getByText('We have a look at your review and then show it.').waitFor()
    expect(complaints).toEqual([])
    await close()
    const clerk = await atScreen(stage, '/reviews')
    await clerk.page.getByRole('button', { name: `Fine tea ${key}` }).click()
    await clerk.page.getByRole('button', { name: 'Approve' }).first().click()
    await clerk.page.getByText('Nothing waits for you.').waitFor()
    await clerk.close()
    const reader = await visit(browser, stage.shop.url, { javaScriptEnabled })
    await reader.page.goto('/p/green-tea')
    await reader.page.getByText(`Fine tea ${key}`).waitFor()
    await reader.close()
  }, 150_000)

  it('flow 3: a payment that fails gives the stock back, cancels the order, and the customer is told', async () => {
    const email = `three-${key}@example.com`
    const before = await available('kite')
    const { page, close } = await visit(browser, stage.shop.url, { javaScriptEnabled })
    await putIntoCart(page, 'paper-kite')
    await page.goto('/checkout')
    await fillCheckout(page, email)
    await page.getByLabel('Card (declined)').check()
    await buyAndPay(page)
    await page.getByRole('alert').getByText('The payment was declined').waitFor()
    await mailTo(guest, email, 'Payment Failed')
    const [order] = expectStatus(await staff.get(`/api/orders?email=${encodeURIComponent(email)}`), 200).body.items
    expect(order.status).toBe('CANCELLED')
    await eventually(async () => expect(await available('kite')).toBe(before))
    await close()
  }, 60_000)

  it('flow 4: a customer cancels; money and stock come back, the parcel stays here, and a mail says so', async () => {
    const email = `four-${key}@example.com`
    const before = await available('pot')
    const { page, complaints, close } = await visit(browser, stage.shop.url, { javaScriptEnabled })
    await putIntoCart(page, 'tea-pot')
    await page.goto('/checkout')
    await fillCheckout(page, email)
    await buyAndPay(page)
    await thanked(page)
    const id = idOf(page)
    await page.getByRole('button', { name: 'Cancel the order' }).click()
    await page.locator('[data-status=CANCELLED]').waitFor()
    await mailTo(guest, email, 'Order Cancelled')
    await eventually(async () => {
      expect((await orderOf(id)).status).toBe('CANCELLED')
      const { refunded, amount, captured = amount } = await paymentOf(id)
      expect(refunded).toEqual(captured)
      expect(await available('pot')).toBe(before)
      const { items } = expectStatus(await staff.get(`/api/delivery/shipments?orderId=${id}`), 200).body
      expect(items.map(({ state }: { state: string }) => state)).toEqual(['cancelled'])
    })
    expect(complaints).toEqual([])
    await close()
  }, 60_000)

  it('flow 5: goods come back, staff approve and take them in, and the money is returned', async () => {
    const email = `five-${key}@example.com`
    const { page, close } = await visit(browser, stage.shop.url, { javaScriptEnabled })
    await putIntoCart(page, 'tea-pot')
    await page.goto('/checkout')
    await fillCheckout(page, email)
    await buyAndPay(page)
    await thanked(page)
    const id = idOf(page)
    await eventually(async () => expect((await orderOf(id)).status).toBe('DELIVERED'), { timeoutMs: 60_000, everyMs: 300 })
    const before = await available('pot')
    await page.reload()
    await page.getByRole('link', { name: 'Send something back or exchange it' }).click()
    await page.getByLabel('How many').fill('1')
    await page.getByRole('button', { name: 'Ask for the return' }).click()
    await page.getByText('We have your request').waitFor()
    const { number } = await orderOf(id)
    const clerk = await atScreen(stage, '/returns')
    const row = clerk.page.getByRole('row').filter({ hasText: number })
    await answer(clerk.page, 'Approve', {}, row)
    await answer(clerk.page, 'Goods are here', {}, row)
    await row.getByText('refunded').waitFor()
    await clerk.close()
    expect((await paymentOf(id)).refunded.amount).toBeGreaterThanOrEqual(3000)
    await eventually(async () => expect(await available('pot')).toBe(before + 1))
    await page.goto(`/orders/${id}/return`)
    await page.getByText('1 × Tea pot').waitFor()
    await mailTo(guest, email, 'Your refund of')
    await close()
  }, 120_000)

  it('a price that changed and stock that went while somebody pays are told before anything is charged', async () => {
    const sku = `vase-${key}`
    const made = await staff.post('/api/products', {
      texts: { en: { title: `Vase ${key}` } },
      status: 'ACTIVE',
      variants: [{ sku, price: { amount: 1000, currency: 'EUR' }, weightGrams: 300 }],
    })
    const { id } = expectStatus(made, 201).body
    expectStatus(await staff.post('/api/inventory/adjustments', { sku, delta: 1, reason: 'delivery' }), 200, 201)
    const email = `vase-${key}@example.com`
    const { page, close } = await visit(browser, stage.shop.url, { javaScriptEnabled })
    await putIntoCart(page, `vase-${key}`)
    await page.goto('/checkout')
    await fillCheckout(page, email)
    const edit = expectStatus(await staff.get(`/api/products/${id}/edit`), 200)
    const variants = [{ ...edit.body.variants[0], price: { amount: 1500, currency: 'EUR' } }]
    expectStatus(await staff.patch(`/api/products/${id}`, { variants }, { 'if-match': edit.headers.get('etag') as string }), 200)
    await buyAndPay(page)
    await page.getByRole('alert').getByText('The price has changed').waitFor()
    expectStatus(await staff.post('/api/inventory/adjustments', { sku, delta: -1, reason: 'broken' }), 200, 201)
    await buyAndPay(page)
    await page
      .getByText(/Somebody was faster|Not available any more/)
      .first()
      .waitFor()
    const orders = expectStatus(await staff.get(`/api/orders?email=${encodeURIComponent(email)}`), 200).body.items
    expect(orders.filter(({ status }: { status: string }) => status !== 'CANCELLED')).toEqual([])
    await close()
  }, 60_000)
})
