import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { visit } from './browser.ts'
import { enterAdmin } from './staff-door.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } }, { pages: ['/', '/admin'] })
  ;({ shop, staff, browser } = stage)
}, 200_000)
afterAll(async () => await stage?.close())

const enter = async (page: Page, email = shop.administrator.email, password = shop.administrator.password) =>
  await enterAdmin(page, { email, password })

const buy = async () =>
  expectStatus(
    await client(shop.url).post('/api/orders', {
      items: [{ sku: 'cup', quantity: 1 }],
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }),
    201,
  ).body as { id: string; number: string }

describe('an operator', () => {
  it('refunds part of an order, with the reason, and sees it at the payment', async () => {
    const order = await buy()
    const { page, complaints, close } = await visit(browser, shop.url)
    await enter(page)
    await page.getByRole('link', { name: 'Orders', exact: true }).click()
    await page.getByRole('link', { name: order.number }).click()
    await page.getByRole('heading', { name: order.number }).waitFor()
    await page.getByRole('button', { name: 'Refund' }).click()
    const question = page.getByRole('dialog')
    await question.getByLabel('Reason').fill('chipped')
    for (const mistake of ['five', '5.001', '1.000,00']) {
      await question.getByLabel('Amount').fill(mistake)
      await question.getByRole('button', { name: 'Refund' }).click()
      await question.getByText('That is no amount in EUR.').waitFor()
    }
    await question.getByLabel('Amount').fill('5')
    await question.getByRole('button', { name: 'Refund' }).click()
    await page.getByText('refunded €5.00').waitFor()
    expect(expectStatus(await staff.get(`/api/payments?orderId=${order.id}`), 200).body.items[0].refunded).toEqual({
      amount: 500,
      currency: 'EUR',
    })
    expect(complaints).toEqual([])
    await close()
  })

  it('changes a price, and the shop shows it at once', async () => {
    const { page, close } = await visit(browser, shop.url)
    await enter(page)
    await page.getByRole('link', { name: 'Products' }).click()
    await page.getByRole('link', { name: 'Blue cup' }).click()
    await page.getByLabel('Price of cup').fill('24.50')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('region', { name: 'Unsaved changes' }).waitFor({ state: 'hidden' })
    await page.goto('/p/blue-cup')
    await page.getByText('€24.50').first().waitFor()
    await close()
  })

  it('puts goods on the shelf, and the ledger says why', async () => {
    const { page, close } = await visit(browser, shop.url)
    await enter(page)
    await page.getByRole('link', { name: 'Stock' }).click()
    await page.getByRole('link', { name: 'cup' }).click()
    await page.getByRole('button', { name: 'Adjust' }).click()
    await page.getByLabel('Change (− takes away)').fill('7')
    await page.getByLabel('Reason').fill('found behind the shelf')
    await page.getByRole('dialog').getByRole('button', { name: 'Adjust' }).click()
    await page.getByText('found behind the shelf').waitFor()
    await close()
  })

  it('stays signed in after a reload, and nobody is after signing out', async () => {
    const { page, close } = await visit(browser, shop.url)
    await enter(page)
    await page.reload()
    await page.getByRole('heading', { name: 'Today' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail').waitFor()
    await page.reload()
    await page.getByLabel('E-mail').waitFor()
    await close()
  })
})

describe('somebody without permissions', () => {
  it('sees neither screens nor data', async () => {
    expectStatus(
      await client(shop.url).post('/api/users/register', {
        email: 'mallory@example.com',
        password: 'what is behind that door',
        fullName: 'Mallory',
      }),
      201,
    )
    const { page, close } = await visit(browser, shop.url)
    await enter(page, 'mallory@example.com', 'what is behind that door')
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Today', 'To the shop'])
    await page.goto('/admin/orders')
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    await close()
  })

  it('cannot have another site use the session of staff', async () => {
    const forged = await fetch(`${shop.url}/admin/session/renew`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: '{}',
    })
    expect(forged.status).toBe(403)
  })
})
