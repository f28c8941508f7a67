import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { confirmAddress } from '../e2e/mailbox.ts'
import type { Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen, employ } from './staff-door.ts'

const PASSWORD = 'what is behind that door'
let stage: ShopAndBrowser
let shop: Shop
let staff: Client

beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } }, { pages: ['/', '/admin'] })
  ;({ shop, staff } = stage)
}, 200_000)
afterAll(async () => await stage?.close())

const at = (path: string, who?: Shop['administrator']) => atScreen(stage, path, who)
const panel = (page: Page, title: string) =>
  page.locator('section.panel').filter({ has: page.getByRole('heading', { name: title, exact: true }) })

/** Somebody with an address, an order and something in the cart. */
async function customer(email: string, fullName: string) {
  const { id } = expectStatus(
    await client(shop.url).post('/api/users/register', { email, password: PASSWORD, fullName }),
    201,
  ).body
  await confirmAddress(client(shop.url), email)
  const me = await signIn(shop.url, email, PASSWORD)
  expectStatus(await me.post('/api/users/me/addresses', { ...address, line1: 'Harbour Road 7' }), 201)
  const order = { items: [{ sku: 'cup', quantity: 1 }], shippingAddress: address, paymentMethodId: 'tok_approve' }
  const { number } = expectStatus(await me.post('/api/orders', order), 201).body
  expectStatus(await me.post('/api/cart/items', { sku: 'cup', quantity: 3 }), 200, 201)
  return { id, email, fullName, me, number } as const
}

/** From the next page on the admin takes whoever is signed in for somebody with these permissions alone: no role of the shop has so few of them. */
async function seeOnly(page: Page, permissions: readonly string[]): Promise<void> {
  let token = ''
  await page.route('**/admin/session/renew', async (route) => {
    const response = await route.fetch()
    const tokens = (await response.json()) as { accessToken: string }
    token = tokens.accessToken
    const [head, , signature] = token.split('.')
    const claims = Buffer.from(JSON.stringify({ permissions })).toString('base64url')
    await route.fulfill({ response, json: { ...tokens, accessToken: [head, claims, signature].join('.') } })
  })
  await page.route('**/api/**', async (route) => {
    await route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${token}` } })
  })
}

describe('somebody at the telephone', () => {
  it('opens a customer from the list, and sees orders, addresses and cart; groups only to look at', async () => {
    const ada = await customer('ada@example.com', 'Ada Lovelace')
    expectStatus(await staff.put('/api/users/groups/friends', { name: 'Friends of the house' }), 200)
    expectStatus(await staff.put(`/api/users/groups/friends/members/${ada.id}`), 204)
    const support = await employ(shop.url, staff, 'support@example.com', 'SUPPORT')
    const { page, complaints, close } = await at('/customers', support)
    await page.getByLabel('Name or whole e-mail').fill('lovel')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Ada Lovelace' }).click()
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor()
    await panel(page, 'Person').getByText('ada@example.com (confirmed)').waitFor()
    await panel(page, 'Addresses').getByText('Harbour Road 7').waitFor()
    await panel(page, 'Cart now').getByText('3 × Blue cup').waitFor()
    await panel(page, 'Returns').getByText('Nothing was sent back.').waitFor()
    await panel(page, 'Reviews').getByText('Wrote none.').waitFor()
    await panel(page, 'Activity').getByText('group joined').waitFor()
    await panel(page, 'Groups').getByRole('link', { name: 'Friends of the house' }).waitFor()
    expect(await panel(page, 'Groups').getByRole('button').count()).toBe(0)
    await panel(page, 'Orders').getByRole('link', { name: ada.number }).click()
    await page.getByRole('heading', { name: ada.number }).waitFor()
    await page.getByRole('link', { name: 'Ada Lovelace' }).click()
    await panel(page, 'Orders').getByRole('link', { name: ada.number }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('puts a customer into a group and takes them out, where their roles allow it', async () => {
    const bo = await customer('bo@example.com', 'Bo Diddley')
    const both = await employ(shop.url, staff, 'both@example.com', 'SUPPORT', 'CATALOG')
    const { page, complaints, close } = await at('/customers?part=groups', both)
    await answer(page, 'New group', { Name: 'Trade', Key: 'trade' })
    await page.getByRole('cell', { name: 'Trade', exact: true }).waitFor()
    await page.getByRole('button', { name: 'New group' }).click()
    const question = page.getByRole('dialog', { name: 'New group' })
    await question.getByLabel('Name').fill('Something else')
    await question.getByLabel('Key').fill('trade')
    await question.getByRole('button', { name: 'New group' }).click()
    await question.getByText('Another group has this key.').waitFor()
    await page.goto(`/admin/customers/${bo.id}`)
    await panel(page, 'Groups').getByText('In no group.').waitFor()
    await page.getByRole('button', { name: 'Put into a group' }).click()
    await page.getByRole('dialog').getByLabel('Group').selectOption('trade')
    await page.getByRole('dialog').getByRole('button', { name: 'Put into a group' }).click()
    await panel(page, 'Groups').getByRole('link', { name: 'Trade' }).click()
    await page.getByRole('link', { name: 'Bo Diddley' }).waitFor()
    expect(await page.getByRole('table', { name: 'Customers' }).getByRole('link').count()).toBe(1)
    expect(expectStatus(await staff.get(`/api/users/${bo.id}`), 200).body.groups).toEqual(['trade'])
    await page.getByRole('link', { name: 'Bo Diddley' }).click()
    await answer(page, 'Take out of Trade')
    await panel(page, 'Groups').getByText('In no group.').waitFor()

    await page.goto('/admin/customers?part=groups')
    const row = page.getByRole('row').filter({ hasText: 'trade' })
    await answer(page, 'Rename', { Name: 'Traders' }, row)
    await row.getByText('Traders').waitFor()
    await answer(page, 'Delete group', {}, row)
    await row.waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
    await close()
  })

  it('locks somebody out and lets them in again, saves what the shop holds about them, and erases them', async () => {
    const cy = await customer('cy@example.com', 'Cy Twombly')
    const support = await employ(shop.url, staff, 'second@example.com', 'SUPPORT')
    const { page, close } = await at(`/customers/${cy.id}`, support)
    await answer(page, 'Lock out')
    await page.getByRole('heading', { level: 1 }).getByText('disabled').waitFor()
    expectStatus(await cy.me.get('/api/users/me'), 401)
    await answer(page, 'Let in again')
    await page.getByRole('button', { name: 'Lock out' }).waitFor()
    const [file] = await Promise.all([page.waitForEvent('download'), answer(page, 'Export')])
    const held = JSON.parse(await readFile(await file.path(), 'utf8'))
    expect(held).toMatchObject({ profile: { fullName: 'Cy Twombly' }, addresses: [{ line1: 'Harbour Road 7' }] })
    await answer(page, 'Erase')
    await page.getByRole('heading', { name: 'Customers' }).waitFor()
    expectStatus(await staff.get(`/api/users/${cy.id}`), 404)
    await close()
  })
})

describe('the list of customers', () => {
  it('comes back to a group under a name of one’s own, and says so where nobody fits', async () => {
    const flo = await customer('flo@example.com', 'Flo Kennedy')
    expectStatus(await staff.put('/api/users/groups/press', { name: 'Press' }), 200)
    expectStatus(await staff.put(`/api/users/groups/press/members/${flo.id}`), 204)
    const { page, complaints, close } = await at('/customers')
    const table = page.getByRole('table', { name: 'Customers' })
    await page.getByLabel('Group').selectOption('press')
    await page.getByRole('button', { name: 'Save this view' }).click()
    await page.getByLabel('Name of the view').fill('Who writes about us')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Everything' }).click()
    await table.getByText(shop.administrator.email).waitFor()
    await page.getByRole('button', { name: 'Who writes about us', exact: true }).click()
    await table.getByText(shop.administrator.email).waitFor({ state: 'detached' })
    expect(await table.getByRole('link').allTextContents()).toEqual(['Flo Kennedy'])
    await page.getByLabel('Name or whole e-mail').fill('zeppelin')
    await page.keyboard.press('Enter')
    await page.getByText('Nobody fits.').waitFor()
    expect(complaints).toEqual([])
    await close()
  })
})

describe('the page of a customer', () => {
  it('stays when one part of it is refused, and that part says so', async () => {
    const dee = await customer('dee@example.com', 'Dee Dee')
    const { page, close } = await at('/')
    await page.route('**/api/cart/*', (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: 'about:blank',
          title: 'Forbidden',
          status: 403,
          code: 'core/forbidden',
          detail: 'This is not for you.',
          traceId: 'none',
        }),
      }),
    )
    await page.goto(`/admin/customers/${dee.id}`)
    await panel(page, 'Cart now').getByText('This is not for you.').waitFor()
    await panel(page, 'Orders').getByRole('link', { name: dee.number }).waitFor()
    expect(await page.getByRole('alert').count()).toBe(1)
    await close()
  })

  it('has no part and no button that its viewer may not have, and asks for none of them', async () => {
    const hal = await customer('hal@example.com', 'Hal Prince')
    const { page, close } = await at('/')
    await seeOnly(page, ['users:read-any', 'orders:read-any'])
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(`/admin/customers/${hal.id}`)
    await panel(page, 'Orders').getByRole('link', { name: hal.number }).waitFor()
    await panel(page, 'Addresses').getByText('Harbour Road 7').waitFor()
    for (const title of ['Cart now', 'Reviews']) expect(await panel(page, title).count()).toBe(0)
    expect(await page.getByRole('main').getByRole('button').allTextContents()).toEqual(['Export'])
    expect(asked.filter((path) => /^\/api\/(cart|reviews)/.test(path))).toEqual([])
    await close()
  })

  it('shows an order and a change of the cart while it stands open', async () => {
    const gil = await customer('gil@example.com', 'Gil Evans')
    const { page, complaints, close } = await at(`/customers/${gil.id}`)
    await panel(page, 'Cart now').getByText('3 × Blue cup').waitFor()
    await page.getByText('Shows changes at once').waitFor()
    const order = { items: [{ sku: 'cup', quantity: 2 }], shippingAddress: address, paymentMethodId: 'tok_approve' }
    const { number } = expectStatus(await gil.me.post('/api/orders', order), 201).body
    await panel(page, 'Orders').getByRole('link', { name: number }).waitFor({ timeout: 30_000 })
    expectStatus(await gil.me.put('/api/cart/items/cup', { quantity: 5 }), 200)
    await panel(page, 'Cart now').getByText('5 × Blue cup').waitFor({ timeout: 60_000 })
    expect(complaints).toEqual([])
    await close()
  })

  it('is not there for a role that may not see customers, and nothing is asked for it', async () => {
    const eve = await customer('eve@example.com', 'Eve Arden')
    const warehouse = await employ(shop.url, staff, 'warehouse@example.com', 'WAREHOUSE')
    const { page, close } = await at('/', warehouse)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    expect(await page.getByRole('link', { name: 'Customers' }).count()).toBe(0)
    for (const path of ['/customers', '/customers?part=groups', `/customers/${eve.id}`]) {
      await page.goto(`/admin${path}`)
      await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    }
    expect(asked.filter((path) => /^\/api\/(users(?!\/me\/views)|cart)/.test(path))).toEqual([])
    const hands = await signIn(shop.url, warehouse.email, warehouse.password)
    for (const path of [`/api/users/${eve.id}`, `/api/users/${eve.id}/addresses`, `/api/cart/${eve.id}`])
      expectStatus(await hands.get(path), 404)
    await close()
  })
})
