import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { confirmAddress } from '../e2e/mailbox.ts'
import type { Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen, employ, enterAdmin } from './staff-door.ts'

const PASSWORD = 'what is behind that door'
let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 }, bowl: { title: 'Green bowl', price: 3000, units: 50 } },
    { pages: ['/', '/admin'], settings: { TRACES_KEPT: '5000' } },
  )
  ;({ shop, staff, browser } = stage)
}, 200_000)
afterAll(async () => await stage?.close())

const buy = async (email = 'ann@example.com') =>
  expectStatus(
    await client(shop.url).post('/api/orders', {
      items: [{ sku: 'cup', quantity: 1 }],
      email,
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }),
    201,
  ).body as { id: string; number: string }

async function register(email: string): Promise<void> {
  expectStatus(await client(shop.url).post('/api/users/register', { email, password: PASSWORD, fullName: 'Robin Miller' }), 201)
  await confirmAddress(client(shop.url), email)
}

const at = (path: string, who?: Shop['administrator']) => atScreen(stage, path, who)

describe('a page that stays open', () => {
  it('shows an order the moment it is placed', async () => {
    const { page, complaints, close } = await at('/')
    // from here on the page asks by itself once a minute only
    await page.getByText('Shows changes at once').waitFor()
    const order = await buy()
    await page.getByRole('link', { name: order.number }).waitFor({ timeout: 30_000 })
    await page.getByRole('link', { name: 'Orders', exact: true }).click()
    const second = await buy()
    await page.getByRole('link', { name: second.number }).waitFor({ timeout: 30_000 })
    expect(complaints).toEqual([])
    await close()
  })

  it('asks by itself where nobody tells it, and says nothing about that', async () => {
    const { page, close } = await visit(browser, shop.url)
    await page.route('**/api/live', (route) => route.abort())
    await enterAdmin(page, shop.administrator)
    const order = await buy()
    await page.getByRole('link', { name: order.number }).waitFor({ timeout: 60_000 })
    expect(await page.getByText('Looks for changes now and then').count()).toBe(1)
    expect(await page.getByRole('alert').count()).toBe(0)
    await close()
  })
})

describe('whoever runs the shop', () => {
  it('gives somebody a role, takes it away again, and cannot take the last administrator’s', async () => {
    await register('robin@example.com')
    const { page, close } = await at('/staff')
    await page.getByRole('button', { name: 'Give a role to somebody' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('E-mail').fill('robin@example.com')
    await dialog.getByLabel('warehouse').check()
    await dialog.getByRole('button', { name: 'Give a role to somebody' }).click()
    const row = page.getByRole('row').filter({ hasText: 'robin@example.com' })
    await row.getByText('warehouse').waitFor()
    const robin = await signIn(shop.url, 'robin@example.com', PASSWORD)
    expectStatus(await robin.get('/api/orders'), 200)
    await row.getByRole('button', { name: 'Change roles' }).click()
    await dialog.getByLabel('warehouse').uncheck()
    await dialog.getByRole('button', { name: 'Change roles' }).click()
    await row.waitFor({ state: 'detached' })
    expectStatus(await robin.get('/api/orders'), 401)

    const own = page.getByRole('row').filter({ hasText: shop.administrator.email })
    await own.getByRole('button', { name: 'Change roles' }).click()
    await dialog.getByLabel('admin').uncheck()
    await dialog.getByLabel('support').check()
    await dialog.getByRole('button', { name: 'Change roles' }).click()
    await dialog.getByText('auth/last-admin').waitFor()
    expectStatus(await staff.get('/api/auth/roles'), 200)
    await close()
  })

  it('adds an endpoint for webhooks, sends it a test, and gives it a new secret', async () => {
    const { page, complaints, close } = await at('/webhooks')
    await answer(page, 'New endpoint', { Address: 'https://books.example/hook', 'Events, one a line': 'order.*' })
    await page.getByRole('link', { name: 'https://books.example/hook' }).click()
    await page.getByRole('button', { name: 'Show' }).click()
    const secret = await page.locator('code', { hasText: 'whsec_' }).textContent()
    await answer(page, 'New secret')
    await page.getByText('The one before signs too').waitFor()
    await page.getByText('••••••••••••').waitFor()
    await page.getByRole('button', { name: 'Show' }).click()
    await page
      .locator('code', { hasText: 'whsec_' })
      .filter({ hasNotText: secret ?? '' })
      .waitFor()
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByRole('table', { name: 'Messages' }).getByRole('button').first().click()
    await page.getByRole('region', { name: 'The message' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('changes a tax rate and the price of a parcel, and both are so in the shop', async () => {
    const { page, close } = await at('/taxes')
    await answer(page, 'New zone', {
      'Key, in small letters': 'moon',
      Name: 'The moon',
      Countries: 'AQ',
      'Standard rate, percent': '7.5',
    })
    await page.getByRole('row').filter({ hasText: 'The moon' }).getByText('7.5 %').waitFor()
    await page.goto('/admin/shipping')
    const first = page.locator('tbody tr').first()
    await answer(page, 'Change', { 'Price, EUR': '7.77' }, first)
    await first.getByText('€7.77').waitFor()
    await close()
  })

  it('looks at a mail in both languages, and writes its opening in words of their own', async () => {
    const { page, complaints, close } = await at('/mails?template=order-confirmed')
    await page.frameLocator('iframe').getByText('Everything is settled').waitFor()
    await page.getByLabel('Language').selectOption('de')
    await page.frameLocator('iframe').getByText('Alles ist geklärt').waitFor()
    await answer(page, 'Own words', { Subject: 'Wir packen schon', Opening: 'Ihre Tasse ist fast unterwegs.' })
    await page.frameLocator('iframe').getByText('Ihre Tasse ist fast unterwegs.').waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('sees services and what flows between them, how each part feels, and how it is set up, without secrets', async () => {
    const { page, complaints, close } = await at('/map')
    const orderToPayments = page.getByRole('row').filter({ hasText: 'order.events' }).filter({ hasText: 'notifications' })
    await orderToPayments.first().getByText('ok').waitFor()
    await page.goto('/admin/health')
    await page.getByRole('heading', { name: /^Health up$/ }).waitFor()
    await page.goto('/admin/configuration?search=SOUK_')
    await page.getByText('SOUK_ENV').waitFor()
    const row = page.getByRole('row').filter({ has: page.getByText('SOUK_ENV', { exact: true }) })
    expect(await row.textContent()).toContain('testenvironment')
    expect(complaints).toEqual([])
    await close()
  })

  it('follows one order through services and processes by its correlation id', async () => {
    expectStatus(
      await client(shop.url).post(
        '/api/orders',
        {
          items: [{ sku: 'cup', quantity: 1 }],
          email: 'ann@example.com',
          shippingAddress: address,
          paymentMethodId: 'tok_approve',
        },
        { 'x-correlation-id': 'story-of-one-order' },
      ),
      201,
    )
    const { page, complaints, close } = await at('/traces?id=story-of-one-order')
    const rows = page.locator('.waterfall tbody tr')
    await rows.filter({ hasText: 'POST /api/orders' }).first().waitFor()
    await rows.filter({ hasText: 'inventory' }).first().waitFor()
    expect(await page.locator('main').textContent()).not.toContain('ann@')
    await page.goto('/admin/traces')
    await page.getByLabel('Level, or worse').waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('sees what waits to be sent, service by service', async () => {
    const { page, complaints, close } = await at('/events')
    await page.getByText(/All sent: .*orders/).waitFor()
    await page.goto('/admin')
    await page.getByRole('link', { name: /Orders to ship/ }).click()
    await page.getByRole('table', { name: 'Orders' }).waitFor()
    expect(new URL(page.url()).search).toBe('?status=CONFIRMED')
    expect(complaints).toEqual([])
    await close()
  })

  it('has a job run now', async () => {
    const { page, close } = await at('/jobs?service=webhooks')
    const row = page.getByRole('row').filter({ hasText: 'prune-inbox' })
    await row.getByRole('button', { name: 'Run now' }).click()
    await row.getByText('at its next turn').waitFor()
    await close()
  })
})

describe('somebody at the keyboard', () => {
  it('goes anywhere by name: to a screen, an order by its number, a customer by e-mail, a product by SKU', async () => {
    await register('kim@example.com')
    const order = await buy('kim@example.com')
    const { page, complaints, close } = await at('/')
    const goTo = async (text: string, hit: string) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Go to' }).fill(text)
      await page.getByRole('option').filter({ hasText: hit }).first().waitFor()
      await page.keyboard.press('Enter')
    }
    await goTo('draft', 'Draft orders')
    await page.getByRole('heading', { name: 'Draft orders' }).waitFor()
    await goTo(order.number, order.number)
    await page.getByRole('heading', { name: order.number }).waitFor()
    await goTo('kim@example.com', 'Robin Miller')
    await page.getByRole('heading', { name: 'Robin Miller' }).waitFor()
    await goTo('bowl', 'bowl')
    await page.getByRole('heading', { name: /bowl/i }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('o')
    await page.getByRole('heading', { name: 'Orders', exact: true }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Draft orders').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' })
    expect(complaints).toEqual([])
    await close()
  })
})

describe('a role without the permission', () => {
  it('sees neither the new screens nor their buttons nor their data', async () => {
    const who = await employ(shop.url, staff, 'wanda@example.com', 'WAREHOUSE')
    const { page, close } = await at('/', who)
    await page.getByRole('link', { name: 'Stock' }).waitFor()
    const entries = await page.getByRole('navigation').getByRole('link').allTextContents()
    for (const title of [
      'Staff',
      'Taxes',
      'Shipping',
      'Mails',
      'Webhooks',
      'Service map',
      'Health',
      'Traces and log',
      'Jobs',
      'Configuration',
      'Draft orders',
    ])
      expect(entries).not.toContain(title)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    for (const path of ['/staff', '/webhooks', '/shipping', '/map', '/jobs', '/configuration', '/drafts', '/health']) {
      await page.goto(`/admin${path}`)
      await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    }
    const ofOthers = /^\/(api\/(auth\/(roles|staff)|webhooks|delivery\/shipping|admin|orders\/drafts|events)|actuator)/
    expect(asked.filter((path) => ofOthers.test(path))).toEqual([])
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).fill('staff')
    await page.getByText('Nothing of that name.').waitFor()
    const wanda = await signIn(shop.url, who.email, who.password)
    for (const path of [
      '/api/auth/staff',
      '/api/webhooks',
      '/api/admin/map',
      '/api/admin/log',
      '/api/admin/jobs',
      '/api/admin/settings',
      '/api/orders/drafts',
    ])
      expectStatus(await wanda.get(path), 403)
    await close()
  })
})
