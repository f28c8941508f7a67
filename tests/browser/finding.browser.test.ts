import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, expectStatus } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser({
    cup: { title: 'Blue cup', price: 1500, units: 100 },
    bowl: { title: 'Blue bowl', price: 4500, units: 100 },
  })
  ;({ shop, staff, browser } = stage)
}, 200_000)
afterAll(async () => await stage?.close())

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('somebody who looks for something %s', (_, javaScriptEnabled) => {
  it('narrows the list by what stands beside it, sees to what, and takes it back', async () => {
    const { page, complaints, close } = await visit(browser, shop.url, { javaScriptEnabled })
    await page.goto('/products?q=blue')
    await page.getByText('2 products').waitFor()
    await page.getByRole('checkbox', { name: /€10\.00 – €20\.00/ }).check()
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('1 product', { exact: true }).waitFor()
    expect(await page.getByRole('link', { name: 'Blue bowl' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Remove filter: €10.00 – €20.00' }).click()
    await page.getByText('2 products').waitFor()
    expect(await page.getByRole('checkbox', { name: /€10\.00 – €20\.00/ }).isChecked()).toBe(false)
    await page.getByLabel('Sort by').selectOption({ label: 'Price, high to low' })
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Apply' }).click()
    await page.waitForURL(/sort=-price/)
    expect(await page.getByRole('article').getByRole('heading').allTextContents()).toEqual(['Blue bowl', 'Blue cup'])
    expect(complaints).toEqual([])
    await close()
  })

  it('is understood after a slip of the finger, and helped where there is nothing', async () => {
    const { page, close } = await visit(browser, shop.url, { javaScriptEnabled })
    await page.goto('/products?q=bleu')
    await page.getByText('This is what there is for “blue”').waitFor()
    await page.getByRole('link', { name: 'Blue cup' }).waitFor()
    await page.goto('/products?q=zeppelin&stock=1')
    await page.getByRole('heading', { name: 'Nothing found for “zeppelin”' }).waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Everything' }).last().click()
    await page.getByRole('link', { name: 'Blue bowl' }).waitFor()
    await close()
  })
})

describe('the search box', () => {
  it('suggests while somebody types, and goes where the keys choose', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await page.goto('/')
    await page.getByRole('searchbox').focus()
    const box = page.getByRole('combobox', { name: 'Search' })
    await box.pressSequentially('bow')
    await page.getByRole('option', { name: /Blue bowl/ }).waitFor()
    await page.keyboard.press('ArrowUp')
    expect(await box.getAttribute('aria-activedescendant')).toBeTruthy()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Blue bowl' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('lets the shop learn what was chosen among the suggestions', async () => {
    const { page, close } = await visit(browser, shop.url)
    // a choice counts for what is searched for
    await page.goto('/products?q=cup')
    await page.getByRole('link', { name: 'Blue cup' }).waitFor()
    await page.goto('/')
    await page.getByRole('searchbox').focus()
    await page.getByRole('combobox', { name: 'Search' }).pressSequentially('cup')
    await page.getByRole('option', { name: /Blue cup/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Blue cup' }).waitFor()
    await eventually(
      async () => {
        const { items } = expectStatus(await staff.get('/api/search/queries'), 200).body
        expect(items).toContainEqual(expect.objectContaining({ query: 'cup', clicks: 1 }))
      },
      { timeoutMs: 20_000 },
    )
    await close()
  })

  it('lets the shop learn what was chosen from a search', async () => {
    const { page, close } = await visit(browser, shop.url)
    await page.goto('/products?q=bowl')
    await page.getByRole('link', { name: 'Blue bowl' }).click()
    await page.getByRole('heading', { level: 1, name: 'Blue bowl' }).waitFor()
    await eventually(
      async () => {
        const { items } = expectStatus(await staff.get('/api/search/queries'), 200).body
        expect(items).toContainEqual(expect.objectContaining({ query: 'bowl', clicks: 1 }))
      },
      { timeoutMs: 20_000 },
    )
    await close()
  })
})
