import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus } from '../e2e/client.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } }, { pages: ['/', '/admin'] })
}, 300_000)
afterAll(async () => await stage?.close())

async function enter(page: Page): Promise<void> {
  const { email, password } = stage.shop.administrator
  await page.goto('/admin')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('link', { name: 'Content', exact: true }).click()
}

async function begin(page: Page, kind: string, name: string, title: string): Promise<void> {
  await page.getByRole('button', { name: 'New entry' }).click()
  const question = page.getByRole('dialog')
  await question.getByLabel('Kind').selectOption(kind)
  await question.getByLabel('Name').fill(name)
  await question.getByLabel('Title in English').fill(title)
  await question.getByRole('button', { name: 'New entry' }).click()
  await page.waitForURL(/\/content\/[0-9a-f-]+$/)
}
const english = (page: Page) => page.getByRole('group', { name: 'English' })
const german = (page: Page) => page.getByRole('group', { name: 'German' })
const publish = async (page: Page) => {
  await page.getByRole('button', { name: 'Save the draft' }).click()
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByText('Visitors see what was published').waitFor()
}

describe('an operator', () => {
  it('writes a page in two languages, looks at the draft, publishes it, and puts it into the menu of the footer', async () => {
    const { page, complaints, close } = await visit(stage.browser, stage.shop.url)
    await enter(page)
    await begin(page, 'page', 'imprint', 'Imprint')
    await english(page).getByLabel('Text, as Markdown').fill('Run by **Souk**. See [everything](/products).')
    await german(page).getByLabel('Title').fill('Impressum')
    await german(page).getByLabel('Text, as Markdown').fill('Betrieben von **Souk**. [Alles](/products).')
    await page.getByRole('button', { name: 'Save the draft' }).click()
    const [draft] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('button', { name: 'Preview' }).click(),
    ])
    await draft.getByRole('heading', { name: 'Imprint' }).waitFor()
    expectStatus(await client(stage.shop.url).get('/pages/imprint'), 404)
    await draft.close()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('Visitors see what was published').waitFor()

    await page.getByRole('link', { name: 'Content', exact: true }).click()
    await begin(page, 'menu', 'footer', 'Footer')
    await page.getByRole('button', { name: 'Add a link' }).click()
    await english(page).getByLabel('Name').fill('Imprint')
    await german(page).getByLabel('Name').fill('Impressum')
    await page.getByLabel('Leads to').fill('/pages/imprint')
    await publish(page)

    // what was published is seen within a second or two, by who comes then
    await eventually(async () => {
      await page.goto('/de')
      expect(await page.getByRole('contentinfo').innerText()).toContain('Impressum')
    })
    await page.getByRole('contentinfo').getByRole('link', { name: 'Impressum' }).click()
    await page.getByRole('heading', { level: 1, name: 'Impressum' }).waitFor()
    await page.getByRole('link', { name: 'Alles' }).first().click()
    await page.waitForURL(/\/de\/products$/)
    expect((await client(stage.shop.url).get('/sitemap.xml')).text).toContain('/de/pages/imprint')
    expect(complaints).toEqual([])
    await close()
  })

  it('puts sections of the home page into another order, and a banner above everything', async () => {
    const { page, complaints, close } = await visit(stage.browser, stage.shop.url)
    await enter(page)
    await begin(page, 'home', 'home', 'A house full of cups')
    await page.getByLabel('Section').selectOption('text')
    await page.getByRole('button', { name: 'Add the section' }).click()
    const last = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: '3. Text' }) })
    await english(page).last().getByLabel('Title').fill('Open on Sunday')
    await last.getByRole('button', { name: 'Up' }).click()
    await publish(page)
    await page.getByRole('link', { name: 'Content', exact: true }).click()
    await begin(page, 'banner', 'sunday', 'Come on Sunday')
    await page.getByLabel('Leads to').fill('/products')
    await publish(page)

    await page.goto('/')
    await page.getByRole('heading', { level: 1, name: 'A house full of cups' }).waitFor()
    const headings = await page.getByRole('heading', { level: 2 }).allTextContents()
    expect(headings.indexOf('Open on Sunday')).toBeLessThan(headings.indexOf('New in the shop'))
    expect(headings).toContain('New in the shop')
    await page.getByRole('link', { name: 'Come on Sunday' }).click()
    await page.waitForURL(/\/products$/)
    expect(complaints).toEqual([])
    await close()
  })

  it('who was slower is told, and nothing of the other is lost', async () => {
    const [ann, ben] = [await visit(stage.browser, stage.shop.url), await visit(stage.browser, stage.shop.url)]
    await enter(ann.page)
    await begin(ann.page, 'page', 'hours', 'Hours')
    await enter(ben.page)
    await ben.page.getByRole('link', { name: 'hours' }).click()
    await english(ben.page).getByLabel('Title').fill('Hours of Ben')
    await english(ann.page).getByLabel('Title').fill('Hours of Ann')
    await ann.page.getByRole('button', { name: 'Save the draft' }).click()
    await ann.page.getByRole('heading', { level: 1, name: 'Hours of Ann' }).waitFor()
    await ben.page.getByRole('button', { name: 'Save the draft' }).click()
    await ben.page.getByText('Somebody else changed it in the meantime').waitFor()
    await ann.close()
    await ben.close()
  })
})
