import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus, signIn } from '../e2e/client.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { ofScripts, type Visitor, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { enterAdmin } from './staff-door.ts'

const RUN = 'window.pwned=1;alert(1)'
/** What runs where a text is taken for a page, a script, a link, a template or JSON inside of a page. */
const TEXTS = [
  `<script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `"><svg onload="${RUN}">`,
  `</title></textarea><script>${RUN}</script>`,
  `</script><script>${RUN}</script><!--`,
  `'-(${RUN})-'`,
  `\${${RUN.replace(';', ',')}} {{constructor.constructor('${RUN}')()}}`,
  `javascript:${RUN}//`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`,
  `<a href="javascript:${RUN}">a</a> \u2028${RUN}`,
]
const title = (n: number) => `Cup ${n} ${TEXTS[n]}`
const goods = Object.fromEntries(TEXTS.map((_, n) => [`cup-${n}`, { title: title(n), price: 2000, units: 50 }]))
const password = 'a sentence is a good password'
/** A name of a person takes no angle brackets: services/users. */
const name = `Ann "Archer' &lt;script&gt;`

let stage: ShopAndBrowser
let orderId: string
let orderNumber: string
beforeAll(async () => {
  stage = await openShopAndBrowser(goods, {
    settings: { DELIVERY_SIMULATED_DISPATCH_MS: '200', DELIVERY_SIMULATED_DELIVER_MS: '200', RATE_LIMIT_MAX: '0' },
    pages: ['/', '/admin'],
    withinMs: 240_000,
  })
  const { shop, staff } = stage
  expectStatus(await client(shop.url).post('/api/users/register', { email: 'ann@example.com', password, fullName: name }), 201)
  const ann = await signIn(shop.url, 'ann@example.com', password)
  const order = {
    items: [{ sku: 'cup-0', quantity: 1 }],
    shippingAddress: { ...address, name, line1: TEXTS[2], city: TEXTS[0] },
    paymentMethodId: 'tok_approve',
  }
  const placed = expectStatus(await ann.post('/api/orders', order), 201).body
  orderId = placed.id
  orderNumber = placed.number
  const productId = stage.products['cup-0']!
  await eventually(async () => expect((await ann.get(`/api/reviews/products/${productId}/mine`)).body.refused).toBeNull(), {
    timeoutMs: 60_000,
    everyMs: 200,
  })
  const review = { productId, stars: 5, title: `Good ${TEXTS[5]}`, text: TEXTS.join(' and ') }
  const { id } = expectStatus(await ann.post('/api/reviews', review), 201).body
  expectStatus(await staff.post(`/api/reviews/${id}/approve`), 200)
  const texts = { en: { title: `Page ${TEXTS[0]}`, description: TEXTS[4], body: TEXTS.map((text) => `${text}\n`).join('\n') } }
  const page = expectStatus(await staff.post('/api/content/entries', { slug: 'texts', document: { kind: 'page', texts } }), 201)
  expectStatus(await staff.post(`/api/content/entries/${page.body.id}/publish`), 200)
}, 400_000)
afterAll(async () => await stage?.close())

interface Watched extends Visitor {
  /** dialogs, and what the content policy had to stop */
  readonly alarms: string[]
}

async function watched(): Promise<Watched> {
  const visitor = await visit(stage.browser, stage.shop.url)
  const alarms: string[] = []
  visitor.page.on('dialog', (dialog) => {
    alarms.push(`a dialog at ${visitor.page.url()}`)
    void dialog.dismiss()
  })
  await visitor.page.exposeFunction('toldOfViolation', (what: string) => alarms.push(`${what} at ${visitor.page.url()}`))
  await visitor.page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => toldOfViolation(event.violatedDirective + ' ' + event.blockedURI))",
  )
  return { ...visitor, alarms }
}

/** Looks at a page once `shown` is there, else once it is quiet, and whether anything of the texts became more than a text. */
async function lookAt({ page, alarms }: Watched, path: string, shown?: string): Promise<void> {
  await page.goto(path)
  if (shown === undefined) await page.waitForLoadState('networkidle')
  else await page.getByText(shown).first().waitFor()
  expect([path, await page.evaluate('window.pwned')]).toEqual([path, undefined])
  const links = await page.locator('a').evaluateAll((all) => all.map((a) => (a as unknown as { protocol: string }).protocol))
  expect([path, links.filter((protocol) => protocol === 'javascript:')]).toEqual([path, []])
  expect([path, await page.locator('[onerror], [onload]').count()]).toEqual([path, 0])
  expect(alarms).toEqual([])
}

const heading = async (page: Page) => await page.getByRole('heading', { level: 1 }).first().textContent()
const complained = (visitor: Visitor) => ofScripts(visitor).filter((one) => !/status of 400/.test(one))

describe('S24: what people write', () => {
  it('is text in the storefront, as it was typed: titles, searches, reviews, pages, an order', async () => {
    const visitor = await watched()
    const { page } = visitor
    for (const path of ['/', '/products', '/de/products', '/pages/texts']) await lookAt(visitor, path)
    expect(await heading(page)).toBe(`Page ${TEXTS[0]}`)
    for (const [n, text] of TEXTS.entries()) {
      const { slug } = expectStatus(await client(stage.shop.url).get(`/api/products/${stage.products[`cup-${n}`]}`), 200).body
      await lookAt(visitor, `/p/${slug}`)
      expect((await heading(page))?.replaceAll(/\s+/g, ' ')).toBe(title(n).replaceAll(/\s+/g, ' '))
      await lookAt(visitor, `/products?q=${encodeURIComponent(text)}`)
      expect(await page.getByRole('searchbox').or(page.getByRole('combobox')).first().inputValue()).toBe(text)
    }
    expect(complained(visitor)).toEqual([])
    await page.goto(`/sign-in?to=${encodeURIComponent('/account')}`)
    await page.getByLabel('E-mail').fill('ann@example.com')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).last().click()
    await page.waitForURL((url) => url.pathname === '/account')
    for (const path of [`/orders/${orderId}`, '/account', '/account/profile', '/account/reviews']) await lookAt(visitor, path)
    expect(complained(visitor)).toEqual([])
    await visitor.close()
  }, 240_000)

  it('is text in the admin', async () => {
    const visitor = await watched()
    await enterAdmin(visitor.page, stage.shop.administrator)
    // the live stream never lets a page become quiet: something of each has to be there
    const places: readonly (readonly [path: string, shown: string])[] = [
      ['products', title(0)],
      [`products/${stage.products['cup-0']}`, title(0)],
      ['orders', orderNumber],
      [`orders/${orderId}`, name],
      ['customers', 'ann@example.com'],
      ['content', 'texts'],
    ]
    for (const [path, shown] of places) await lookAt(visitor, `/admin/${path}`, shown)
    expect(complained(visitor)).toEqual([])
    await visitor.close()
  }, 240_000)

  it('would be noticed if it ran, or these tests could not fail', async () => {
    const visitor = await watched()
    await visitor.page.goto('/')
    await visitor.page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.pwned=1">')`)
    await eventually(() => expect(visitor.alarms.join()).toMatch(/script-src/))
    await visitor.close()
  })
})
