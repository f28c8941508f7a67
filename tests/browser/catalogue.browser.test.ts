import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { violationsOf } from './axe.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, enterAdmin } from './staff-door.ts'

let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 }, bowl: { title: 'Green bowl', price: 3000, units: 50 } },
    { pages: ['/', '/admin'], withinMs: 240_000 },
  )
  ;({ shop, staff, browser } = stage)
}, 400_000)
afterAll(async () => await stage?.close())

const enter = async (page: Page) => await enterAdmin(page, shop.administrator)

const priceOf = async (slug: string): Promise<number> =>
  expectStatus(await client(shop.url).get(`/api/products/${slug}`), 200).body.variants[0].price.amount

describe('somebody who keeps the catalogue', () => {
  it('writes a product from nothing: texts, sizes, prices, a picture, and puts it on sale', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await enter(page)
    await page.getByRole('link', { name: 'Products' }).click()
    await answer(page, 'New product', { Title: 'Linen shirt', 'SKU of its first variant': 'linen-s' })
    await page.getByRole('heading', { name: 'Linen shirt' }).waitFor()

    await page.locator('#title-de').fill('Leinenhemd')
    await page.locator('#description-en').fill('Cool in summer.')
    await page.getByLabel('Tags', { exact: true }).fill('summer')
    await page.getByLabel('Tags', { exact: true }).press('Enter')
    await page.getByText('Another option').first().click()
    await page.getByLabel('Option', { exact: true }).fill('Size')
    await page.getByLabel('Values, with commas').fill('S, M')
    await page.getByRole('button', { name: 'Add option' }).click()
    await page.getByRole('checkbox', { name: 'Sell M' }).check()
    await page.getByLabel('SKU of M').fill('linen-m')
    await page.getByRole('textbox', { name: 'One price for all' }).fill('39,90')
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('region', { name: 'Unsaved changes' }).waitFor({ state: 'hidden' })

    const png = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'wheat' } })
      .png()
      .toBuffer()
    await page.getByLabel('Add pictures').setInputFiles({ name: 'shirt.png', mimeType: 'image/png', buffer: png })
    await page.getByRole('img', { name: 'Picture 1' }).waitFor()
    await answer(page, 'Describe', { English: 'A shirt of linen', German: 'Ein Hemd aus Leinen' })
    await page.getByRole('img', { name: 'A shirt of linen' }).waitFor()
    await answer(page, 'Put on sale')
    await page.getByText('active', { exact: true }).waitFor()

    // the languages of a channel reach every process within ten seconds of the first start
    await eventually(
      async () =>
        expect(expectStatus(await client(shop.url).get('/api/products/linen-shirt?locale=de'), 200).body).toMatchObject({
          title: 'Leinenhemd',
          tags: ['summer'],
          media: [{ alt: 'Ein Hemd aus Leinen' }],
          variants: [
            { sku: 'linen-s', price: { amount: 3990 } },
            { sku: 'linen-m', price: { amount: 3990 } },
          ],
        }),
      { timeoutMs: 30_000, everyMs: 500 },
    )
    expect(complaints).toEqual([])
    await close()
  })

  it('is told when somebody else saved meanwhile, and decides who goes before', async () => {
    const id = stage.products['bowl']!
    const { page, complaints, close } = await visit(browser, shop.url)
    await enter(page)
    await page.goto(`/admin/products/${id}`)
    await page.getByRole('heading', { name: 'Green bowl' }).waitFor()
    await page.locator('#title-en').fill('Deep green bowl')
    expectStatus(await staff.patch(`/api/products/${id}`, { texts: { en: { title: 'Mossy bowl' } }, tags: ['theirs'] }), 200)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const question = page.getByRole('alert', { name: 'Changed meanwhile' })
    await question.getByText('Somebody changed this meanwhile.').waitFor()
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
    await question.getByText('Mossy bowl').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await question.getByLabel('keep mine').check()
    await question.getByRole('button', { name: 'Go on with these' }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Deep green bowl' }).waitFor()
    const { body } = expectStatus(await staff.get(`/api/products/${id}/edit`), 200)
    expect([body.texts.en.title, body.tags]).toEqual(['Deep green bowl', ['theirs']])
    expect(complaints.filter((one) => !/status of 412/.test(one))).toEqual([])
    await close()
  })

  it('changes prices of many by per cent, reads who was refused, and comes back to a saved view', async () => {
    expectStatus(await staff.post('/api/products', { texts: { en: { title: 'Draft lamp' } }, variants: [{ sku: 'lamp' }] }), 201)
    const { page, close } = await visit(browser, shop.url)
    await enter(page)
    await page.goto('/admin/products?sort=address')
    await page.getByRole('checkbox', { name: 'Choose Blue cup' }).check()
    await page.getByRole('checkbox', { name: 'Choose Draft lamp' }).check()
    await answer(page, 'Change prices', { 'Per cent': '-10' })
    const result = page.getByRole('status', { name: 'Result' })
    await result.getByText('1 changed, 0 were so already, 1 refused').waitFor()
    await result.getByText('It has no price in the channel’s own list.').waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(await priceOf('blue-cup')).toBe(1800)

    await page.getByRole('combobox', { name: 'Status' }).selectOption('DRAFT')
    await page.waitForURL(/status=DRAFT/)
    await page.getByRole('button', { name: 'Save this view' }).click()
    await page.getByLabel('Name of the view').fill('To be written')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'To be written', exact: true }).waitFor()
    await close()
    // on another device
    const other = await visit(browser, shop.url)
    await enter(other.page)
    await other.page.goto('/admin/products')
    await other.page.getByRole('button', { name: 'To be written', exact: true }).click()
    await other.page.waitForURL(/status=DRAFT/)
    await other.page.getByRole('link', { name: 'Draft lamp' }).waitFor()
    expect(await other.page.getByRole('link', { name: 'Blue cup' }).count()).toBe(0)
    await other.page.getByRole('button', { name: 'Forget To be written' }).click()
    await other.page.getByRole('button', { name: 'To be written', exact: true }).waitFor({ state: 'detached' })
    await other.close()
  })

  it('brings in a file, tried before, and is told which line is wrong', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await enter(page)
    await page.goto('/admin/products')
    await page.getByRole('link', { name: 'Import' }).click()
    const file = (price: string) => ({
      name: 'lamps.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        `Handle;Title;Variant SKU;Preis;Note\nred-lamp;Red lamp;lamp-red;19,90;x\nodd-lamp;Odd lamp;lamp-odd;${price};y\n`,
      ),
    })
    await page.getByLabel('File').setInputFiles(file('cheap'))
    await page.getByText('2 rows of lamps.csv').waitFor()
    await page.getByRole('button', { name: 'Try it' }).click()
    const trial = page.getByRole('region', { name: 'Trial' })
    await trial.getByText('2 of 2 rows: 1 would be created, 0 would change, 0 the same, 1 refused').waitFor()
    await trial.getByRole('row', { name: '3 price Odd lamp must be an amount in EUR, like 12.50' }).waitFor()
    expect((await staff.get('/api/products/red-lamp')).status).toBe(404)
    expect(await violationsOf(page)).toEqual([])

    await page.getByLabel('File').setInputFiles(file('29,90'))
    await page.getByText('29,90').waitFor()
    await answer(page, 'Bring in')
    await page.getByRole('region', { name: 'Import' }).getByText('2 created').waitFor()
    expectStatus(await staff.get('/api/products/odd-lamp'), 200)

    await page.goto('/admin/products')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    expect((await download).suggestedFilename()).toMatch(/^products-\d{4}-\d\d-\d\d\.csv$/)
    expect(complaints).toEqual([])
    await close()
  })

  it('moves categories by keyboard and by mouse, and deletes only empty ones', async () => {
    const made = async (title: string, parentId: string | null = null) =>
      expectStatus(await staff.post('/api/categories', { parentId, texts: { en: { title } } }), 201).body.id as string
    const kitchen = await made('Kitchen')
    const [cups, plates, garden] = [await made('Cups', kitchen), await made('Plates', kitchen), await made('Garden')]
    const childrenOf = async (id: string) =>
      expectStatus(await client(shop.url).get('/api/categories'), 200).body.items.find((one: { id: string }) => one.id === id)
        .children
    const { page, complaints, close } = await visit(browser, shop.url)
    await enter(page)
    await page.getByRole('link', { name: 'Categories' }).click()
    await page.getByRole('button', { name: 'Open all' }).click()
    const row = (name: string) => page.getByRole('treeitem', { name })
    await row('Plates').click()
    await page.getByRole('tree').press('Alt+ArrowUp')
    await page.getByText('Plates is now 1 of 2 below Kitchen').waitFor()
    expect(await childrenOf(kitchen)).toEqual([plates, cups])

    await row('Garden').dragTo(row('Kitchen'))
    await page.getByText('Garden is now 3 of 3 below Kitchen').waitFor()
    expect(await childrenOf(kitchen)).toEqual([plates, cups, garden])

    expect(await violationsOf(page)).toEqual([])
    await row('Kitchen').click()
    await page.getByRole('button', { name: 'Delete' }).click()
    const question = page.getByRole('dialog', { name: 'Delete' })
    await question.getByRole('button', { name: 'Delete' }).click()
    await question.getByText('It is not empty: 3 categories lie below it.').waitFor()
    await question.getByRole('button', { name: 'Leave it' }).click()
    await row('Garden').click()
    await answer(page, 'Delete')
    await row('Garden').waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
    await close()
  })

  it('makes a sale of its own, and the shop crosses the old price out', async () => {
    const before = await priceOf('blue-cup')
    const { page, close } = await visit(browser, shop.url)
    await enter(page)
    await page.getByRole('link', { name: 'Price lists' }).click()
    await page.getByRole('button', { name: 'New price list' }).click()
    const question = page.getByRole('dialog', { name: 'New price list' })
    await question.getByLabel('Key').fill('spring')
    await question.getByLabel('Name').fill('Spring sale')
    await question.getByLabel('Kind').selectOption('sale')
    await question.getByRole('button', { name: 'New price list' }).click()
    await page.getByRole('heading', { name: 'Spring sale' }).waitFor()
    await answer(page, 'Add a price', { SKU: 'cup', 'Price in EUR': '10' })
    await page.getByLabel('Price of cup from 1', { exact: true }).fill('9.50')
    expect(await violationsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('region', { name: 'Unsaved changes' }).waitFor({ state: 'hidden' })
    expect(expectStatus(await client(shop.url).get('/api/products/blue-cup'), 200).body.variants[0]).toMatchObject({
      price: { amount: 950 },
      listPrice: { amount: before },
    })
    await answer(page, 'Delete')
    await page.getByRole('heading', { name: 'Price lists' }).waitFor()
    expect(await priceOf('blue-cup')).toBe(before)
    await close()
  })

  it('makes a promotion with a code, sees that it was used, and ends it', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await enter(page)
    await page.getByRole('link', { name: 'Promotions' }).click()
    await page.getByRole('button', { name: 'New promotion' }).click()
    await page.getByLabel('Name').fill('Ten off')
    await page.getByLabel('Orders in all').fill('5')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('heading', { name: 'Ten off' }).waitFor()
    await answer(page, 'Add a code', { Code: 'TENOFF', 'Orders that may use each': '2' })
    await page.getByRole('cell', { name: 'TENOFF' }).waitFor()
    const order = {
      items: [{ sku: 'cup', quantity: 1 }],
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
      couponCodes: ['TENOFF'],
    }
    expectStatus(await client(shop.url).post('/api/orders', order), 201)
    await page.reload()
    await page.getByText('1 order has it').waitFor()
    await page.getByRole('cell', { name: '1 of 2' }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await answer(page, 'End')
    await page.getByText('over', { exact: true }).waitFor()
    expect((await client(shop.url).post('/api/orders', order)).body.code).toBe('orders/coupon-refused')
    expect(complaints).toEqual([])
    await close()
  })
})
