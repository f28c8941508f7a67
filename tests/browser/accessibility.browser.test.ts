import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectStatus } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { violationsOf } from './axe.ts'
import { type Visitor, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let shop: Shop
let browser: Browser
/** written by staff */
let entry: string

beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 } },
    { pages: ['/', '/admin'], withinMs: 240_000 },
  )
  ;({ shop, browser } = stage)
  const document = {
    kind: 'page',
    texts: { en: { title: 'Imprint', description: '', body: '## Who\n\n| a | b |\n|-|-|\n| c | [d](/) |' } },
  }
  entry = expectStatus(await stage.staff.post('/api/content/entries', { slug: 'imprint', document }), 201).body.id
  expectStatus(await stage.staff.post(`/api/content/entries/${entry}/publish`), 200)
}, 260_000)
afterAll(async () => await stage?.close())

async function look(visitor: Visitor, paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    await visitor.page.goto(path)
    await visitor.page.getByRole('heading', { level: 1 }).waitFor()
    found.push(...(await violationsOf(visitor.page)))
  }
  return found
}

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it('every page for shoppers can be used by everybody', async () => {
    const visitor = await visit(browser, shop.url, { colorScheme })
    const { page } = visitor
    await page.goto('/p/blue-cup')
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
    const open = [
      '/',
      '/de',
      '/products',
      '/products?q=cup',
      '/products?q=nothing+at+all',
      '/p/blue-cup',
      '/cart',
      '/checkout',
      '/sign-in',
      '/register',
      '/forgot-password',
      '/pages/imprint',
      '/nowhere',
    ]
    expect(await look(visitor, open)).toEqual([])
    await page.goto('/register')
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('E-mail').fill(`${colorScheme}@example.com`)
    await page.getByLabel('Password').fill('a sentence is a good password')
    await page.getByRole('button', { name: 'Open an account' }).click()
    await page.getByRole('heading', { name: 'Hello, Ada' }).waitFor()
    const own = ['', '/profile', '/addresses', '/wishlist', '/security', '/data'].map((name) => `/account${name}`)
    expect(await look(visitor, own)).toEqual([])
    await visitor.close()
  })

  it('every screen for staff can be used by everybody', async () => {
    const visitor = await visit(browser, shop.url, { colorScheme })
    const { page } = visitor
    expect(await look(visitor, ['/admin'])).toEqual([])
    await page.getByLabel('E-mail').fill(shop.administrator.email)
    await page.getByLabel('Password').fill(shop.administrator.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Today' }).waitFor()
    const screens = [
      '/api-keys',
      '',
      '/orders',
      '/returns',
      '/products',
      '/products/import',
      `/products/${stage.products['cup']}`,
      '/categories',
      '/price-lists',
      '/promotions',
      '/inventory',
      '/inventory/cup',
      '/customers',
      '/events',
      '/dead-letters',
      '/flows',
      '/reviews',
      '/drafts',
      '/staff',
      '/taxes',
      '/shipping',
      '/mails?template=order-placed',
      '/webhooks',
      '/map',
      '/health',
      '/traces',
      '/jobs',
      '/configuration',
      '/content',
      `/content/${entry}`,
    ]
    expect(
      await look(
        visitor,
        screens.map((path) => `/admin${path}`),
      ),
    ).toEqual([])
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).fill('cup')
    await page.getByRole('option').first().waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await visitor.close()
  })
})
