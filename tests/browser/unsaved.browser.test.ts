import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../e2e/client.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, enterAdmin } from './staff-door.ts'

let stage: ShopAndBrowser
beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 }, bowl: { title: 'Green bowl', price: 3000, units: 50 } },
    { pages: ['/', '/admin'], withinMs: 240_000 },
  )
}, 400_000)
afterAll(async () => await stage?.close())

async function work(): Promise<{ page: Page; close: () => Promise<void> }> {
  const { page, close } = await visit(stage.browser, stage.shop.url)
  await enterAdmin(page, stage.shop.administrator)
  return { page, close }
}
const question = (page: Page) => page.getByRole('dialog', { name: 'Leave without saving?' })

describe('what somebody of the staff has not saved', () => {
  it('is asked about before another screen opens, and stays where they stay', async () => {
    const { page, close } = await work()
    await page.goto(`/admin/products/${stage.products['cup']}`)
    await page.locator('#title-en').fill('Bluest cup')
    await page.getByRole('link', { name: 'Categories' }).click()
    await question(page).getByRole('button', { name: 'Stay here' }).click()
    expect(await page.locator('#title-en').inputValue()).toBe('Bluest cup')
    await page.getByRole('link', { name: 'Categories' }).click()
    await question(page).getByRole('button', { name: 'Leave without saving' }).click()
    await page.getByRole('heading', { name: 'Categories' }).waitFor()

    await page.getByRole('link', { name: 'Promotions' }).click()
    await page.getByRole('button', { name: 'New promotion' }).click()
    await page.getByLabel('Name').fill('Half off')
    await page.goBack()
    await question(page).getByRole('button', { name: 'Stay here' }).click()
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('heading', { name: 'Half off' }).waitFor()
    await page.getByRole('link', { name: 'Categories' }).click()
    await page.getByRole('heading', { name: 'Categories' }).waitFor()
    await close()
  })

  it('stays when the shop does not answer for a moment', async () => {
    const { page, close } = await work()
    await page.goto(`/admin/products/${stage.products['cup']}`)
    await page.locator('#title-en').fill('Bluest cup')
    await page.route('**/api/products/*/edit', async (route) => await route.abort())
    await answer(page, 'Take off sale')
    await page.getByText('The shop did not answer.').first().waitFor()
    expect(await page.locator('#title-en').inputValue()).toBe('Bluest cup')
    await page.unroute('**/api/products/*/edit')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('The shop did not answer.').waitFor({ state: 'detached' })
    expect(await page.locator('#title-en').inputValue()).toBe('Bluest cup')
    expectStatus(await stage.staff.patch(`/api/products/${stage.products['cup']}`, { status: 'ACTIVE' }), 200)
    await close()
  })

  it('is no SKU of a stored variant: that one cannot be rewritten', async () => {
    const { page, close } = await work()
    await page.goto(`/admin/products/${stage.products['cup']}`)
    const sku = page.getByLabel('SKU of cup')
    await sku.waitFor()
    expect(await sku.isEditable()).toBe(false)
    await close()
  })
})

describe('a change to many products', () => {
  it('whose answer was lost goes on, and cuts no price twice', async () => {
    const { page, close } = await work()
    await page.goto('/admin/products')
    await page.getByRole('checkbox', { name: 'Choose Green bowl' }).check()
    await page.route('**/api/products/many', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await answer(page, 'Change prices', { 'Per cent': '-10' })
    const rest = page.getByRole('region', { name: 'Not finished' })
    await rest.getByText('It stopped: 0 of 1 are done.').waitFor()
    await page.unroute('**/api/products/many')
    await page.getByRole('link', { name: 'Categories' }).click()
    await question(page).getByRole('button', { name: 'Stay here' }).click()
    await rest.getByRole('button', { name: 'Go on with the other 1' }).click()
    await page.getByRole('status', { name: 'Result' }).getByText('1 changed, 0 were so already, 0 refused').waitFor()
    const { body } = expectStatus(await client(stage.shop.url).get('/api/products/green-bowl'), 200)
    expect(body.variants[0].price.amount).toBe(2700)
    await close()
  })
})

describe('a promotion whose orders cannot be counted in time', () => {
  it('can be ended all the same', async () => {
    const { page, close } = await work()
    const { id } = expectStatus(
      await stage.staff.post('/api/promotions', {
        name: 'Runaway',
        active: true,
        automatic: true,
        action: { kind: 'percent', basisPoints: 9000 },
      }),
      201,
    ).body
    await page.route('**/api/promotions/*/uses', async (route) => await route.abort())
    await page.goto(`/admin/promotions/${id}`)
    await page.getByText('Its orders could not be counted now').waitFor()
    await answer(page, 'End')
    await page.getByText('over', { exact: true }).waitFor()
    await close()
  })
})
