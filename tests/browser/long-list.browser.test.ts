import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { atScreen } from './staff-door.ts'

let stage: ShopAndBrowser
beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } }, { pages: ['/', '/admin'] })
}, 200_000)
afterAll(async () => await stage?.close())

const ROWS = 10_000
const PAGE = 100
/** What a screen of this height can show, and as much again above and below. */
const MOST_IN_DOCUMENT = 80

const titleOf = (index: number) => `Article ${String(index).padStart(5, '0')}`

/** The answers of a shop with many products; that the real one finds its pages as quickly is shown elsewhere (services/products, bench/million.ts). */
async function manyProducts(page: Page): Promise<void> {
  const product = (index: number) => ({
    id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    slug: `article-${index}`,
    status: 'ACTIVE',
    version: 1,
    title: titleOf(index),
    brand: null,
    image: null,
    tags: [],
    variantCount: 1,
    price: { amount: 1000 + index, currency: 'EUR' },
    inStock: true,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  })
  await page.route('**/api/products/all?*', async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0)
    const items = Array.from({ length: Math.min(PAGE, ROWS - from) }, (_, place) => product(from + place))
    await route.fulfill({ json: { items, ...(from + PAGE < ROWS ? { next: String(from + PAGE) } : {}) } })
  })
}

it('ten thousand products scroll: rows come as they are needed, and the document stays small', async () => {
  const { page, close } = await atScreen(stage, '/')
  await manyProducts(page)
  await page.goto('/admin/products')
  const list = page.getByRole('table', { name: 'Products' })
  await list.getByText(titleOf(0)).waitFor()
  const rows = list.getByRole('row')
  let most = 0
  for (let scrolls = 0; !(await list.getByText(titleOf(ROWS - 1)).isVisible()); scrolls += 1) {
    expect(scrolls).toBeLessThan(5 * (ROWS / PAGE))
    await list.evaluate((element: { scrollTop: number; scrollHeight: number }) => {
      element.scrollTop = element.scrollHeight
    })
    most = Math.max(most, await rows.count())
    expect(await list.getByText(/^Article \d+$/).count(), 'no row is there').toBeGreaterThan(0)
  }
  expect(most).toBeLessThan(MOST_IN_DOCUMENT)
  await list.evaluate((element: { scrollTop: number }) => {
    element.scrollTop = 0
  })
  await list.getByText(titleOf(0)).waitFor()
  await close()
})
