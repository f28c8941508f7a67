import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, expectStatus, signIn } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { violationsOf } from './axe.ts'
import { ofScripts, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, employ, enterAdmin } from './staff-door.ts'

let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser(
    {
      linen: { title: 'Linen sofa', price: 90_000, units: 50 },
      garden: { title: 'Garden sofa', price: 50_000, units: 50 },
      couch: { title: 'Leather couch', price: 120_000, units: 50 },
      cushion: { title: 'Sofa cushion', price: 3_000, units: 50 },
    },
    { pages: ['/', '/admin'], withinMs: 240_000 },
  )
  ;({ shop, staff, browser } = stage)
}, 400_000)
afterAll(async () => await stage?.close())

/** What a shopper sees first for a question, in the order of the page. */
async function seen(page: Page, query: string): Promise<string[]> {
  await page.goto(`/products?q=${encodeURIComponent(query)}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return await page.getByRole('article').getByRole('heading').allTextContents()
}

/** A change is seen within a second: a page is shown to strangers for half of one, and so is what it was made of. */
async function soon(page: Page, query: string, check: (titles: string[]) => void): Promise<void> {
  await eventually(async () => check(await seen(page, query)))
}

describe('somebody who keeps the search', () => {
  let keeper: { email: string; password: string }
  beforeAll(async () => {
    keeper = await employ(shop.url, staff, 'keeper@example.com', 'CATALOG')
  }, 60_000)

  it('sees what found nothing, says what it means, and shoppers find it soon', async () => {
    const shopper = await visit(browser, shop.url)
    expect(await seen(shopper.page, 'settee')).toEqual([])
    await eventually(async () => {
      const { items } = expectStatus(await staff.get('/api/search/queries?nothing=true'), 200).body
      expect(items).toMatchObject([{ query: 'settee', searches: 1, nothing: 1, results: 0 }])
    })
    const { page, complaints, close } = await visit(browser, shop.url)
    await enterAdmin(page, keeper)
    await page.keyboard.press('g')
    await page.keyboard.press('q')
    await page.getByRole('heading', { level: 1, name: 'Search' }).waitFor()
    await page.getByRole('combobox', { name: 'Found' }).selectOption({ label: 'found nothing' })
    await page.waitForURL(/nothing=yes/)
    await page.getByRole('cell', { name: 'settee', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Add a synonym' }).click()
    const question = page.getByRole('dialog', { name: 'Add a synonym' })
    expect(await question.getByLabel(/^Words/).inputValue()).toBe('settee')
    await question.getByRole('button', { name: 'Add a synonym' }).click()
    await question.getByText('At least two phrases have to mean the same').waitFor()
    await question.getByLabel(/^Words/).fill('settee\nsofa')
    await question.getByRole('button', { name: 'Add a synonym' }).click()
    await question.waitFor({ state: 'hidden' })
    await soon(shopper.page, 'settee', (titles) => expect(titles).toContain('Linen sofa'))

    await page.getByRole('link', { name: 'Synonyms' }).click()
    await page.getByRole('cell', { name: 'settee, sofa' }).waitFor()
    await page.getByRole('button', { name: 'Edit' }).click()
    await page
      .getByRole('dialog')
      .getByLabel(/^Words/)
      .fill('settee')
    await page.getByRole('dialog').getByLabel('Also find').fill('leather couch')
    await page.getByRole('dialog').getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('cell', { name: 'also finds leather couch' }).waitFor()
    await soon(shopper.page, 'settee', (titles) => expect(titles).toEqual(['Leather couch']))
    await answer(page, 'Remove')
    await page.getByText('No word means the same as another yet.').waitFor()
    await soon(shopper.page, 'settee', (titles) => expect(titles).toEqual([]))
    // what was refused above
    expect(ofScripts({ complaints }).filter((one) => !/status of 422/.test(one))).toEqual([])
    await close()
    await shopper.close()
  })

  it('pins, boosts and buries products of a question, orders the pins by keyboard and mouse, and shoppers see it soon', async () => {
    const shopper = await visit(browser, shop.url)
    const usual = await seen(shopper.page, 'sofa')
    expect(usual.toSorted()).toEqual(['Garden sofa', 'Linen sofa', 'Sofa cushion'])
    const { page, complaints, close } = await visit(browser, shop.url)
    await enterAdmin(page, keeper)
    await page.goto('/admin/search?part=rules&query=sofa')
    const shown = page.getByRole('table')
    const places = () => shown.getByRole('row').filter({ hasNot: page.getByRole('columnheader') })
    await expectRows(places, usual)

    await page.getByRole('button', { name: 'Add a product' }).click()
    const question = page.getByRole('dialog', { name: 'Add a product' })
    await question.getByRole('button', { name: 'Add a product' }).click()
    await question.getByText('Choose a product from the list.').waitFor()
    await question.getByLabel('Product', { exact: true }).fill('Leath')
    await question.locator('datalist option[value="Leather couch"]').waitFor({ state: 'attached' })
    await question.getByLabel('Product', { exact: true }).press('Enter')
    await question.getByRole('button', { name: 'Remove Leather couch' }).waitFor()
    await question.getByRole('button', { name: 'Add a product' }).click()
    await question.waitFor({ state: 'hidden' })
    await expectRows(places, ['Leather couch', ...usual])
    expect(await places().first().textContent()).toContain('new')
    await soon(shopper.page, 'sofa', (titles) => expect(titles).toEqual(['Leather couch', ...usual]))

    await shown.getByRole('row', { name: usual[2]! }).getByRole('button', { name: 'Pin' }).click()
    const pins = page.getByRole('region', { name: 'Pinned' })
    await pins.getByRole('listitem').filter({ hasText: usual[2]! }).getByRole('button', { name: 'Up, from place 4' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await pins.getByRole('listitem').first().filter({ hasText: usual[2]! }).waitFor()
    await expectRows(places, [usual[2]!, 'Leather couch', usual[0]!, usual[1]!])
    await soon(shopper.page, 'sofa', (titles) => expect(titles).toEqual([usual[2], 'Leather couch', usual[0], usual[1]]))

    await pins.getByRole('listitem').filter({ hasText: 'Leather couch' }).dragTo(pins.getByRole('listitem').first())
    await expectRows(places, ['Leather couch', usual[2]!, usual[0]!, usual[1]!])
    await soon(shopper.page, 'sofa', (titles) => expect(titles.slice(0, 2)).toEqual(['Leather couch', usual[2]]))

    await shown.getByRole('row', { name: usual[0]! }).getByRole('button', { name: 'Bury' }).click()
    await page.getByRole('region', { name: 'Buried' }).getByText(usual[0]!).waitFor()
    await expectRows(places, ['Leather couch', usual[2]!, usual[1]!, usual[0]!])
    await page.getByRole('button', { name: 'Compare from here on' }).click()
    const couch = pins.getByRole('listitem').filter({ hasText: 'Leather couch' })
    await answer(page, 'Remove', {}, couch)
    await shown.getByText('not on the first page any more').waitFor()
    await soon(shopper.page, 'sofa', (titles) => expect(titles).not.toContain('Leather couch'))

    await page.getByRole('link', { name: 'Changes' }).click()
    const last = page.getByRole('row').filter({ hasText: 'rule removed' }).first()
    await last.getByText('Leather couch').waitFor()
    expect(await last.textContent()).toMatch(/you.*rule removed.*“sofa”: Leather couch pinned to place 1, everywhere/)
    expect(ofScripts({ complaints })).toEqual([])
    await close()
    await shopper.close()
  })

  it('has the read model made anew, and reads that nothing had been missed', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await enterAdmin(page, keeper)
    await page.goto('/admin/search?part=rebuild')
    await page.getByText('PostgreSQL answers searches.').waitFor()
    await answer(page, 'Rebuild')
    await page.getByText('asked for by you').waitFor()
    await page.getByText('Both are the same: nothing had been missed.').waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Rebuild' }).waitFor()
    expect(ofScripts({ complaints })).toEqual([])
    await close()
  }, 90_000)

  it.each(['light', 'dark'] as const)('can use every part of it in %s colours, also on a telephone', async (colorScheme) => {
    const { page, close } = await visit(browser, shop.url, { colorScheme, viewport: { width: 390, height: 844 } })
    await enterAdmin(page, keeper)
    for (const part of ['queries', 'rules', 'rules&query=sofa', 'synonyms', 'changes', 'rebuild']) {
      await page.goto(`/admin/search?part=${part}`)
      await page.getByRole('heading', { level: 1, name: 'Search' }).waitFor()
      await page.getByRole('main').filter({ hasText: 'Loading …' }).waitFor({ state: 'detached' })
      expect(await violationsOf(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false)
    }
    await close()
  })
})

describe('somebody of the staff who may not write searches', () => {
  it('sees neither the screen nor what it shows', async () => {
    const packer = await employ(shop.url, staff, 'packer@example.com', 'WAREHOUSE')
    const { page, close } = await visit(browser, shop.url)
    const asked: string[] = []
    page.on('request', (request) => {
      if (/\/api\/search/.test(request.url())) asked.push(request.url())
    })
    await enterAdmin(page, packer)
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).not.toContain('Search')
    for (const part of ['queries', 'rules&query=sofa', 'synonyms', 'changes', 'rebuild']) {
      await page.goto(`/admin/search?part=${part}`)
      await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    }
    expect(asked).toEqual([])
    await close()
    const own = await signIn(shop.url, packer.email, packer.password)
    for (const path of ['queries', 'rules', 'synonyms', 'edits', 'rebuild'])
      expect((await own.get(`/api/search/${path}`)).status).toBe(403)
    const rule = { query: 'sofa', productId: stage.products['couch'], kind: 'pin' }
    expect((await own.post('/api/search/rules', rule)).status).toBe(403)
    expect((await own.post('/api/search/synonyms', { locale: 'en', words: ['settee', 'sofa'] })).status).toBe(403)
    expect((await own.post('/api/search/rebuild')).status).toBe(403)
  })
})

/** Waits until the rows of the table say these products, in this order. */
async function expectRows(rows: () => ReturnType<Page['locator']>, titles: readonly string[]): Promise<void> {
  await eventually(async () => {
    const texts = await rows().allTextContents()
    expect(texts).toHaveLength(titles.length)
    for (const [index, title] of titles.entries()) expect(texts[index]).toContain(title)
  })
}
