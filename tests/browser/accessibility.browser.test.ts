import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { violationsOf } from './axe.ts'
import { openBrowser } from './browser.ts'
import { type Demo, goTo, openDemo, openVisit } from './demo-pages.ts'
import { type ListedPage, VISITORS } from './page-list.ts'

/** Both faces have some seventy pages; axe looks at each in two colours. */
const LONG = 400_000

let demo: Demo
let browser: Browser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemo(), openBrowser()])
}, LONG)
afterAll(async () => {
  await browser?.close()
  await demo?.shop.remove()
})

const visitors = { stranger: 'a stranger', guest: 'a guest', member: 'a member', staff: 'staff' } as const

async function inBothColours(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    found.push(...(await violationsOf(page)))
  }
  return found
}

async function look(as: ListedPage['as'], more: (page: Page) => Promise<string[]>): Promise<string[]> {
  const { page, close } = await openVisit(browser, demo, as, { reducedMotion: 'reduce' })
  const found: string[] = []
  for (const one of demo.pages.filter((each) => each.as === as)) {
    await goTo(page, one)
    found.push(...(await inBothColours(page)))
  }
  found.push(...(await more(page)))
  await close()
  return found
}

describe('in light and in dark colours', () => {
  it.each(VISITORS.filter((as) => as !== 'staff').map((as) => [visitors[as], as] as const))(
    'every page for %s can be used by everybody',
    async (_, as) => expect(await look(as, async () => [])).toEqual([]),
    LONG,
  )

  it(
    'every screen for staff can be used by everybody, and so can the palette and the list of keys',
    async () => {
      const besides = async (page: Page) => {
        await page.keyboard.press('Control+k')
        await page.getByRole('combobox', { name: 'Go to' }).fill('mug')
        await page.getByRole('option').first().waitFor()
        const found = await inBothColours(page)
        await page.keyboard.press('Escape')
        await page.keyboard.press('?')
        await page.getByRole('dialog', { name: 'Keys' }).waitFor()
        return [...found, ...(await inBothColours(page))]
      }
      expect(await look('staff', besides)).toEqual([])
    },
    LONG,
  )
})
