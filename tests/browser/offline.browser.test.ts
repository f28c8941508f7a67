import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
beforeAll(async () => {
  stage = await openShopAndBrowser({
    cup: { title: 'Blue cup', price: 2000, units: 50 },
    vase: { title: 'Tall vase', price: 4000, units: 50 },
  })
}, 200_000)
afterAll(async () => await stage?.close())

/** A shopper whose browser has what it needs for the time when the line is down. */
async function shopper() {
  const visitor = await visit(stage.browser, stage.shop.url)
  await visitor.page.goto('/')
  await visitor.page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  await eventually(async () => expect(await visitor.page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true))
  return visitor
}

const cut = async (page: Page, isDown: boolean) => await page.context().setOffline(isDown)
const seen = async (page: Page) =>
  (await page.evaluate(
    "caches.open('souk-seen-1').then((cache) => cache.keys()).then((all) => all.map(({ url }) => new URL(url).pathname))",
  )) as string[]

describe('while the line is down', () => {
  it('a product that was looked at shows again, with a word that it may be old, and all others say that the line is down', async () => {
    const { page, close } = await shopper()
    await page.goto('/p/blue-cup')
    await page.getByRole('button', { name: 'Add to cart' }).waitFor()
    await eventually(async () => expect(await seen(page)).toContain('/p/blue-cup'))
    await cut(page, true)
    await page.reload()
    await page.getByRole('heading', { name: 'Blue cup' }).waitFor()
    await page.getByText('prices may have changed').waitFor()
    await page.goto('/p/tall-vase')
    await page.getByRole('heading', { name: 'No connection' }).waitFor()
    await cut(page, false)
    await page.goto('/p/tall-vase')
    await page.getByRole('heading', { name: 'Tall vase' }).waitFor()
    expect(await page.getByText('prices may have changed').count()).toBe(0)
    await close()
  })

  it('nothing of carts, orders and accounts is there, and nothing at all once somebody has signed out', async () => {
    const { page, close } = await shopper()
    await page.goto('/register')
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Password').fill('a sentence is a good password')
    await page.getByRole('button', { name: 'Open an account' }).click()
    await page.getByRole('heading', { name: 'Hello, Ada' }).waitFor()
    for (const path of ['/cart', '/account/profile', '/p/blue-cup']) await page.goto(path)
    await eventually(async () => expect(await seen(page)).toContain('/p/blue-cup'))
    expect((await seen(page)).filter((path) => /cart|account|register/.test(path))).toEqual([])
    await page.goto('/account')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/')
    await eventually(async () => expect(await seen(page)).not.toContain('/p/blue-cup'))
    await close()
  })
})

it('the shop can be installed', async () => {
  const { page, close } = await shopper()
  const devtools = await page.context().newCDPSession(page)
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
  // this browser keeps nothing of its visitors, which alone rules it out
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((one) => one !== 'in-incognito')).toEqual([])
  await close()
})
