import type { Browser } from 'playwright-core'
import { expect } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { sell } from '../e2e/stock-the-shop.ts'
import { openBrowser } from './browser.ts'

export interface Goods {
  readonly title: string
  /** cents, tax included */
  readonly price: number
  readonly units: number
}

export interface ShopAndBrowser {
  readonly shop: Shop
  readonly staff: Client
  readonly browser: Browser
  /** SKU → product */
  readonly products: Readonly<Record<string, string>>
  close(): Promise<void>
}

interface Options {
  /** of the shop */
  readonly settings?: Record<string, string>
  /** wanted first: building them takes its time */
  readonly pages?: readonly string[]
  readonly withinMs?: number
}

/** A shop with these goods (SKU → what they are) and a browser to look at it. Waits for its pages, and until its search knows the goods. */
export async function openShopAndBrowser(
  goods: Readonly<Record<string, Goods>>,
  { settings = {}, pages = ['/'], withinMs = 120_000 }: Options = {},
): Promise<ShopAndBrowser> {
  const [opened, launched] = await Promise.allSettled([
    openShop({ SOUK_ENV: 'test', MAX_REQUESTS_IN_FLIGHT: '0', ...settings }),
    openBrowser(),
  ])
  const close = async () => {
    if (launched.status === 'fulfilled') await launched.value.close()
    if (opened.status === 'fulfilled') await opened.value.remove()
  }
  try {
    if (opened.status === 'rejected') throw opened.reason
    if (launched.status === 'rejected') throw launched.reason
    const [shop, browser] = [opened.value, launched.value]
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    const products: Record<string, string> = {}
    for (const [sku, what] of Object.entries(goods)) products[sku] = (await sell(staff, sku, what)).productId
    const guest = client(shop.url)
    await eventually(
      async () => {
        for (const path of pages) expectStatus(await guest.get(path), 200)
        expect(expectStatus(await guest.get('/api/search'), 200).body.total).toBe(Object.keys(goods).length)
      },
      { timeoutMs: withinMs, everyMs: 500 },
    )
    return { shop, staff, browser, products, close }
  } catch (error) {
    await close()
    throw error
  }
}
