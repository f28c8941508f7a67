import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, expectStatus } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { fillCheckout, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser({
    tea: { title: 'Green tea', price: 2000, units: 50 },
    pot: { title: 'Tea pot', price: 2000, units: 50 },
    kite: { title: 'Paper kite', price: 2000, units: 50 },
  })
  ;({ shop, staff, browser } = stage)
}, 200_000)
afterAll(async () => await stage?.close())

it('what was ordered together stands below the product and the cart seconds later, also without scripts', async () => {
  const { page, complaints, close } = await visit(browser, shop.url, { javaScriptEnabled: false })
  for (const slug of ['green-tea', 'tea-pot']) {
    await page.goto(`/p/${slug}`)
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
  }
  await page.goto('/checkout')
  await fillCheckout(page)
  await page.getByRole('button', { name: 'Buy and pay' }).click()
  await page.getByRole('heading', { name: 'Thank you!' }).waitFor()
  await eventually(
    async () => {
      await page.goto('/p/green-tea')
      expect(await page.locator('[data-placement=also-bought] h2').textContent()).toBe('Often bought with it')
    },
    { timeoutMs: 20_000, everyMs: 300 },
  )
  await page.locator('[data-placement=also-bought]').getByRole('link', { name: 'Tea pot' }).click()
  await page.getByRole('heading', { level: 1, name: 'Tea pot' }).waitFor()
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByText('In your cart').waitFor()
  await page.goto('/de/cart')
  await page.locator('[data-placement=goes-with]').getByRole('link', { name: 'Green tea' }).waitFor()
  const { body } = expectStatus(await staff.get('/api/recommendations/report'), 200)
  expect(body.placements).toContainEqual(
    expect.objectContaining({ placement: 'also-bought', strategy: 'collaborative', clicks: 1 }),
  )
  expect(complaints).toEqual([])
  await close()
})

it('what a visitor looks at is remembered only when they agree, and forgotten when they ask', async () => {
  const { page, close } = await visit(browser, shop.url)
  await page.goto('/p/paper-kite')
  await page.getByRole('button', { name: 'Remember what I look at' }).click()
  await page.getByRole('button', { name: 'Forget what I looked at' }).waitFor()
  await page.goto('/p/paper-kite')
  await page.goto('/p/tea-pot')
  await page.getByRole('heading', { name: 'You looked at' }).waitFor()
  await page.getByRole('button', { name: 'Forget what I looked at' }).click()
  await page.getByRole('button', { name: 'Remember what I look at' }).waitFor()
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  expect(await page.getByRole('heading', { name: 'You looked at' }).count()).toBe(0)
  await close()
})

it('staff train a model, go on to compare two ways, and read the report', async () => {
  const { page, close } = await visit(browser, shop.url)
  await page.goto('/admin')
  await page.getByLabel('E-mail').fill(shop.administrator.email)
  await page.getByLabel('Password').fill(shop.administrator.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('link', { name: 'Recommendations' }).click()
  await page.getByRole('button', { name: 'Train a model' }).click()
  await page.getByText('active', { exact: true }).waitFor({ timeout: 90_000 })
  await page.getByRole('button', { name: 'New experiment' }).click()
  await page.getByLabel('Name, in small letters').fill('beside-tea')
  await page.getByLabel('Place').selectOption('also-bought')
  await page.getByRole('dialog').getByRole('button', { name: 'New experiment' }).click()
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
  await page.getByText('running', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'beside-tea' }).click()
  await page.getByRole('region', { name: 'Report of beside-tea' }).getByText('control').waitFor()
  await close()
}, 150_000)
