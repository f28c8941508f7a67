import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { sell } from '../e2e/stock-the-shop.ts'
import { fillCheckout, freePort, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 100 } },
    // the bank leads back to the address that the shop calls its own
    { settings: { PORT: String(await freePort()), DELIVERY_SIMULATED_DISPATCH_MS: '200', DELIVERY_SIMULATED_DELIVER_MS: '200' } },
  )
  ;({ shop, staff, browser } = stage)
}, 200_000)
afterAll(async () => await stage?.close())

const ordersOf = async (email: string) =>
  expectStatus(await staff.get(`/api/orders?email=${encodeURIComponent(email)}`), 200).body.items as {
    number: string
    status: string
    total: { amount: number }
  }[]
const unpaid = ({ status }: { status: string }) => status === 'CANCELLED' || status === 'PENDING'

async function toCheckout(page: Page, slug = 'blue-cup'): Promise<void> {
  await page.goto(`/p/${slug}`)
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByText('In your cart').waitFor()
  await page.goto('/checkout')
}
const pay = (page: Page) => page.getByRole('button', { name: 'Buy and pay' }).click()
const thanked = (page: Page) => page.getByRole('heading', { name: 'Thank you!' }).waitFor()

describe('the bank', () => {
  it('asks whether it is the shopper, leads back, and the page follows what it says', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await toCheckout(page)
    await fillCheckout(page, 'challenged@example.com')
    await page.getByLabel('Card with 3-D Secure').check()
    await pay(page)
    await page.getByRole('link', { name: 'Go to the bank' }).click()
    await page.getByRole('button', { name: 'Yes, it is me' }).click()
    await thanked(page)
    await page.getByText('Confirmed, being packed').or(page.getByText('Delivered')).first().waitFor()
    expect((await ordersOf('challenged@example.com')).filter(unpaid)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it('says no: the order is cancelled and the shopper sees it', async () => {
    const { page, close } = await visit(browser, shop.url)
    await toCheckout(page)
    await fillCheckout(page, 'refused@example.com')
    await page.getByLabel('Card with 3-D Secure').check()
    await pay(page)
    await page.getByRole('link', { name: 'Go to the bank' }).click()
    await page.getByRole('button', { name: 'No', exact: true }).click()
    await page.getByRole('status').and(page.getByText('Cancelled')).waitFor()
    await close()
  })

  it('answers later: the page waits in sight and shows the payment when it is there', async () => {
    const { page, close } = await visit(browser, shop.url)
    await toCheckout(page)
    await fillCheckout(page, 'later@example.com')
    await page.getByLabel('Bank that answers later').check()
    await pay(page)
    await thanked(page)
    await page.locator('[data-status=CONFIRMED], [data-status=SHIPPED], [data-status=DELIVERED]').waitFor({ timeout: 60_000 })
    await close()
  })

  it('leads nowhere but to the shop', async () => {
    const id = 'sim_00000000000000000000'
    const path = `/api/payments/simulated/challenges/${id}?back=`
    for (const back of ['//evil.example', 'https://evil.example', '/\\evil.example', '/"><script>'])
      expectStatus(await client(shop.url).get(path + encodeURIComponent(back)), 400, 422)
  })
})

describe('whatever happens on the way to the payment', () => {
  it('a price that changed meanwhile is shown and confirmed before anything is charged', async () => {
    const { productId } = await sell(staff, 'candle', { title: 'Candle', price: 1000, units: 9 })
    const { page, close } = await visit(browser, shop.url)
    await toCheckout(page, 'candle')
    await fillCheckout(page, 'dearer@example.com')
    const product = expectStatus(await staff.get(`/api/products/${productId}/edit`), 200)
    const variants = [{ ...product.body.variants[0], price: { amount: 1500, currency: 'EUR' } }]
    const version = { 'if-match': product.headers.get('etag') as string }
    expectStatus(await staff.patch(`/api/products/${productId}`, { variants }, version), 200)
    await pay(page)
    await page.getByRole('alert').getByText('The price has changed').waitFor()
    expect((await ordersOf('dearer@example.com')).filter((order) => !unpaid(order))).toEqual([])
    const total = page.locator('.sums .total').last()
    await expect.poll(() => total.textContent()).toMatch(/19\.90|15\.00/)
    await pay(page)
    await thanked(page)
    await close()
  })

  it('a session that ended in the middle leads to the sign-in and back, with the cart', async () => {
    const { page, close } = await visit(browser, shop.url)
    await page.goto('/register')
    await page.getByLabel('Name').fill('Grace Hopper')
    await page.getByLabel('E-mail').fill('grace@example.com')
    await page.getByLabel('Password').fill('the first compiler was mine')
    await page.getByRole('button', { name: 'Open an account' }).click()
    await page.getByRole('heading', { name: 'Hello, Grace Hopper' }).waitFor()
    await toCheckout(page)
    await page.getByLabel('Street and number').fill('Hauptstr. 1')
    await page.getByLabel('Postcode').fill('10115')
    await page.getByLabel('Town').fill('Berlin')
    await page.context().clearCookies()
    await pay(page)
    await page.getByText('You have been signed out').waitFor()
    await page.getByLabel('E-mail').fill('grace@example.com')
    await page.getByLabel('Password').fill('the first compiler was mine')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Checkout' }).waitFor()
    await page.getByText('1 × Blue cup').waitFor()
    await close()
  })

  it('two tabs buy one cart once', async () => {
    const { page, close } = await visit(browser, shop.url)
    await toCheckout(page)
    const other = await page.context().newPage()
    await other.goto('/checkout')
    await fillCheckout(page, 'tabs@example.com')
    await fillCheckout(other, 'tabs@example.com')
    await pay(page)
    await thanked(page)
    await pay(other)
    await other.getByRole('heading', { name: 'Your cart is empty' }).waitFor()
    expect((await ordersOf('tabs@example.com')).filter((order) => !unpaid(order))).toHaveLength(1)
    await close()
  })

  it('on a slow line the button says that it pays, and cannot be pressed again', async () => {
    const { page, close } = await visit(browser, shop.url)
    await toCheckout(page)
    await fillCheckout(page, 'slow@example.com')
    const line = await page.context().newCDPSession(page)
    await line.send('Network.enable')
    await line.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 1_500,
      downloadThroughput: 20_000,
      uploadThroughput: 20_000,
    })
    await pay(page)
    const button = page.getByRole('button', { name: 'Paying …' })
    await button.waitFor()
    expect(await button.isDisabled()).toBe(true)
    await page.getByRole('heading', { name: 'Thank you!' }).waitFor({ timeout: 60_000 })
    expect((await ordersOf('slow@example.com')).map(({ status }) => status)).toHaveLength(1)
    await close()
  })

  it('going back after paying finds an empty cart, not a second order', async () => {
    const { page, close } = await visit(browser, shop.url)
    await toCheckout(page)
    await fillCheckout(page, 'back@example.com')
    await pay(page)
    await thanked(page)
    await page.goBack()
    await page.getByRole('heading', { name: 'Your cart is empty' }).waitFor()
    expect(await ordersOf('back@example.com')).toHaveLength(1)
    await close()
  })

  it.each([true, false])('a double click is one order (scripts: %s)', async (javaScriptEnabled) => {
    const email = `double-${javaScriptEnabled}@example.com`
    const { page, close } = await visit(browser, shop.url, { javaScriptEnabled })
    await toCheckout(page)
    await fillCheckout(page, email)
    await page.getByRole('button', { name: 'Buy and pay' }).dblclick()
    await thanked(page)
    expect((await ordersOf(email)).filter((order) => !unpaid(order))).toHaveLength(1)
    await close()
  })
})

/** Presses Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press('Tab')
    const focused = (await page.evaluate(
      `(() => { const it = document.activeElement; return it?.getAttribute('aria-label') || it?.labels?.[0]?.innerText || it?.innerText || it?.value || '' })()`,
    )) as string
    if (name.test(focused.trim())) return
  }
  throw new Error(`no way to ${name} by the Tab key`)
}

describe('somebody who uses only the keyboard', () => {
  it('puts a cup into the cart, looks into it beside the page, and buys', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await page.goto('/p/blue-cup')
    await tabTo(page, /^Add to cart$/)
    await page.keyboard.press('Enter')
    await page.getByText('In your cart').waitFor()
    await page.evaluate('document.activeElement.blur()')
    await tabTo(page, /^Cart/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('Blue cup').waitFor()
    await tabTo(page, /^Go to checkout$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Checkout' }).waitFor()
    for (const [field, text] of [
      [/^E-mail/, 'keys@example.com'],
      [/^Name$/, 'Ada Lovelace'],
      [/^Street and number/, 'Hauptstr. 1'],
      [/^Postcode/, '10115'],
      [/^Town/, 'Berlin'],
    ] as const) {
      await tabTo(page, field)
      await page.keyboard.type(text)
    }
    await tabTo(page, /^Buy and pay$/)
    await page.keyboard.press('Enter')
    await thanked(page)
    expect(complaints).toEqual([])
    await close()
  })
})

describe('after the order', () => {
  it('a guest finds it by number and e-mail, with and without scripts, and nobody by less', async () => {
    const first = await visit(browser, shop.url)
    await toCheckout(first.page)
    await fillCheckout(first.page, 'lost@example.com')
    await pay(first.page)
    await thanked(first.page)
    await first.close()
    const [order] = await ordersOf('lost@example.com')
    for (const javaScriptEnabled of [true, false]) {
      const { page, close } = await visit(browser, shop.url, { javaScriptEnabled })
      await page.goto('/track')
      await page.getByLabel('Order number').fill(order?.number ?? '')
      await page.getByLabel('E-mail').fill('somebody@example.com')
      await page.getByRole('button', { name: 'Show' }).first().click()
      await page.getByRole('alert').getByText('There is no order').waitFor()
      await page.getByLabel('E-mail').fill('lost@example.com')
      await page.getByRole('button', { name: 'Show' }).first().click()
      await page.getByRole('heading', { name: `Order ${order?.number}` }).waitFor()
      await close()
    }
  })

  it('goods go back for another size, and the order says so', async () => {
    const sizes = [
      { key: 's', titles: { en: 'S' } },
      { key: 'm', titles: { en: 'M' } },
    ]
    const variants = sizes.map(({ key }) => ({
      sku: `shirt-${key}`,
      options: { size: key },
      price: { amount: 3000, currency: 'EUR' },
      weightGrams: 200,
    }))
    const shirt = {
      texts: { en: { title: 'Linen shirt' } },
      status: 'ACTIVE',
      options: [{ key: 'size', titles: { en: 'Size' }, values: sizes }],
      variants,
    }
    expectStatus(await staff.post('/api/products', shirt), 201)
    for (const { sku } of variants)
      expectStatus(await staff.post('/api/inventory/adjustments', { sku, delta: 5, reason: 'delivery' }), 200, 201)
    const { page, close } = await visit(browser, shop.url, { javaScriptEnabled: false })
    await toCheckout(page, 'linen-shirt')
    await fillCheckout(page, 'size@example.com')
    await pay(page)
    await thanked(page)
    await eventually(async () => expect((await ordersOf('size@example.com'))[0]?.status).toBe('DELIVERED'), { timeoutMs: 60_000 })
    await page.reload()
    await page.getByRole('link', { name: 'Send something back or exchange it' }).click()
    await page.getByLabel('How many').fill('1')
    await page.getByLabel('Why?').selectOption('wrong-size')
    await page.getByLabel('What would you like?').selectOption({ label: 'Exchange for: M' })
    await page.getByRole('button', { name: 'Ask for the return' }).click()
    await page.getByText('We have your request').waitFor()
    const { items } = expectStatus(await staff.get('/api/returns'), 200).body
    expect(items).toContainEqual(expect.objectContaining({ kind: 'exchange' }))
    await close()
  })
})
