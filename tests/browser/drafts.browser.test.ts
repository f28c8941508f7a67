import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus } from '../e2e/client.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen } from './staff-door.ts'

let stage: ShopAndBrowser
beforeAll(async () => {
  stage = await openShopAndBrowser({ bowl: { title: 'Green bowl', price: 3000, units: 50 } }, { pages: ['/', '/admin'] })
}, 200_000)
afterAll(async () => await stage?.close())

describe('somebody at the telephone', () => {
  it('writes an order for a guest, with a discount, and it is paid', async () => {
    const { page, complaints, close } = await atScreen(stage, '/drafts')
    await page.getByRole('button', { name: 'New draft' }).click()
    await page.getByRole('dialog').getByLabel('Customer’s e-mail').fill('otto@example.com')
    await page.getByRole('dialog').getByRole('button', { name: 'New draft' }).click()
    await page.getByRole('heading', { name: /Draft order/ }).waitFor()
    await answer(page, 'Add goods', { 'SKU, or words of the title': 'green bowl', Units: '2' })
    await page.getByText('2 × Green bowl').waitFor()
    await answer(page, 'Change address', {
      'Street and number': 'Hauptstr. 1',
      Postcode: '10115',
      Town: 'Berlin',
      'Country, two letters': 'de',
      Name: 'Otto Normal',
    })
    await page.getByText('Hauptstr. 1').waitFor()
    await answer(page, 'Discount', { 'How much': '10', Why: 'waited on the line' })
    await page.getByText('−€6.00').waitFor()
    await page.getByRole('button', { name: 'Place and mark paid' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Place and mark paid' }).click()
    await page.getByRole('link', { name: 'show it' }).click()
    await page.getByText('invoice at offline').waitFor()
    await page.getByText('captured €').waitFor()
    expect(complaints).toEqual([])
    await close()
  })
})

describe('a customer who ordered by telephone', () => {
  it('pays by the link of the mail', async () => {
    const email = 'olga@example.com'
    const { body: draft } = expectStatus(
      await stage.staff.post('/api/orders/drafts', { email, shippingAddress: address, lines: [{ sku: 'bowl', quantity: 1 }] }),
      201,
    )
    const { page, close } = await atScreen(stage, `/drafts/${draft.id}`)
    await page.getByRole('button', { name: 'Place and send the link to pay' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Place and send the link to pay' }).click()
    await page.getByRole('link', { name: 'show it' }).click()
    await page.getByText('Nothing was paid.').waitFor()
    const link = await eventually(async () => {
      const { body } = expectStatus(await client(stage.shop.url).get(`/api/mailbox?to=${email}`), 200)
      return /\/track\?order=[0-9a-f-]+&token=[\w-]+/.exec(body.items[0].text)![0]
    })
    const olga = await visit(stage.browser, stage.shop.url)
    await olga.page.goto(link)
    await olga.page.getByLabel('Card (approved)').check()
    await olga.page.getByRole('button', { name: /^Pay .* now$/ }).click()
    await olga.page.locator('[data-status="CONFIRMED"]').waitFor()
    expect(olga.complaints).toEqual([])
    await olga.close()
    await close()
  })
})
