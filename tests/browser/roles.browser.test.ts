import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus, signIn } from '../e2e/client.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen, employ, enterAdmin } from './staff-door.ts'

const ROLES = ['WAREHOUSE', 'FINANCE', 'SUPPORT'] as const
type Role = (typeof ROLES)[number]
let stage: ShopAndBrowser
let staff: Client
let guest: Client
const people = new Map<Role, { email: string; password: string }>()

beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 } },
    // the carrier fetches nothing by itself while somebody packs
    { pages: ['/', '/admin'], settings: { DELIVERY_SIMULATED_DISPATCH_MS: '600000' } },
  )
  ;({ staff } = stage)
  guest = client(stage.shop.url)
  for (const role of ROLES) people.set(role, await employ(stage.shop.url, staff, `${role.toLowerCase()}@example.com`, role))
}, 200_000)
afterAll(async () => await stage?.close())

interface Order {
  readonly id: string
  readonly number: string
  readonly guestToken: string
  readonly items: readonly { readonly lineId: string }[]
}

/** An order that is paid and packed. */
async function buy(): Promise<Order> {
  const order = expectStatus(
    await guest.post('/api/orders', {
      items: [{ sku: 'cup', quantity: 1 }],
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }),
    201,
  ).body as Order
  await eventually(async () => expect((await parcelOf(order)).hasLabel).toBe(true), { timeoutMs: 30_000, everyMs: 200 })
  return order
}

const parcelOf = async ({ id }: Order) =>
  expectStatus(await staff.get(`/api/delivery/shipments?orderId=${id}`), 200).body.items[0] ?? {}
const until = async (what: () => Promise<unknown>, wanted: unknown) =>
  await eventually(async () => expect(await what()).toBe(wanted), { timeoutMs: 30_000, everyMs: 200 })
const at = (role: Role, path: string) => atScreen(stage, path, people.get(role))

describe('an order on the screen', () => {
  it('of the warehouse has the parcel with its label, to be handed over, and no payment', async () => {
    const order = await buy()
    const { page, complaints, close } = await at('WAREHOUSE', `/orders/${order.id}`)
    await page.getByRole('heading', { name: 'Parcels' }).waitFor()
    const label = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Label', exact: true }).click()
    expect((await label).suggestedFilename()).toMatch(/^label-.+\.pdf$/)
    await answer(page, 'Hand over to carrier')
    await until(
      async () => ['dispatched', 'in-transit', 'out-for-delivery', 'delivered'].includes((await parcelOf(order)).state),
      true,
    )
    expect(await page.getByRole('heading', { name: 'Payments' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: /Refund|Capture/ }).count()).toBe(0)
    expect(await page.getByText('captured').count()).toBe(0)
    expect(await page.getByRole('alert').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  it('of finance has the payment, to be refunded, and the invoice, and no parcel', async () => {
    const order = await buy()
    const { page, complaints, close } = await at('FINANCE', `/orders/${order.id}`)
    await answer(page, 'Refund', { Amount: '5', Reason: 'chipped' })
    await page.getByText('refunded €5.00').waitFor()
    const invoice = page.waitForEvent('download', { timeout: 40_000 })
    await page.getByRole('button', { name: 'Invoice' }).click()
    expect((await invoice).suggestedFilename()).toMatch(/^.+\.pdf$/)
    expect(await page.getByRole('heading', { name: 'Parcels' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: /Label|Hand over|delivered/ }).count()).toBe(0)
    expect(await page.getByRole('alert').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  it('of support has both to look at, and neither refunds nor hands over', async () => {
    const order = await buy()
    const { page, complaints, close } = await at('SUPPORT', `/orders/${order.id}`)
    await page.getByText('captured €').waitFor()
    await page.getByRole('button', { name: 'Label', exact: true }).waitFor()
    expect(await page.getByRole('button', { name: /Refund|Capture|Hand over/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'Cancel order' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })
})

describe('the first page', () => {
  it.each([
    ['WAREHOUSE', ['Orders to ship', 'Returns to receive', 'Sold out', 'Running low']],
    ['FINANCE', ['Orders to ship', 'Returns to decide']],
  ] as const)('counts for %s what waits for that role, and nothing else', async (role, waits) => {
    const { page, complaints, close } = await at(role, '/')
    await page.getByText('Loading …').waitFor({ state: 'detached' })
    expect(await page.locator('a.tile > span').allTextContents()).toEqual(waits)
    expect(await page.getByRole('alert').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })
})

describe('a return', () => {
  it('is taken in by the warehouse, which decides nothing, and finance saves the credit note', async () => {
    const order = await buy()
    const { id: parcel } = await parcelOf(order)
    expectStatus(await staff.post(`/api/delivery/shipments/${parcel}/dispatch`, {}), 200)
    expectStatus(await staff.post(`/api/delivery/shipments/${parcel}/deliver`), 200)
    await until(async () => expectStatus(await staff.get(`/api/orders/${order.id}`), 200).body.status, 'DELIVERED')
    const { id } = expectStatus(
      await guest.with({ 'x-guest-token': order.guestToken }).post(`/api/orders/${order.id}/returns`, {
        lines: [{ lineId: order.items[0]?.lineId, quantity: 1, reason: 'changed-mind' }],
      }),
      201,
    ).body
    const { page, complaints, close } = await at('WAREHOUSE', '/')
    await page.getByRole('link', { name: 'Returns', exact: true }).click()
    const row = page.getByRole('row').filter({ hasText: order.number })
    await row.getByText('requested').waitFor()
    expect(await row.getByRole('button').count()).toBe(0)
    expectStatus(await staff.post(`/api/returns/${id}/approve`), 200)
    await page.reload()
    await answer(page, 'Goods are here')
    await row.getByText(/received|refunded/).waitFor()
    expect(complaints).toEqual([])
    await close()
    await until(async () => expectStatus(await staff.get(`/api/returns/${id}`), 200).body.status, 'refunded')
    const finance = await at('FINANCE', `/orders/${order.id}`)
    const note = finance.page.waitForEvent('download', { timeout: 40_000 })
    await finance.page.getByRole('button', { name: 'Credit note' }).click()
    expect((await note).suggestedFilename()).toMatch(/^.+\.pdf$/)
    expect(finance.complaints).toEqual([])
    await finance.close()
  })
})

describe('the catalogue', () => {
  it('shows the warehouse neither screens nor data nor buttons', async () => {
    const { page, close } = await visit(stage.browser, stage.shop.url)
    const refused: string[] = []
    page.on('response', (response) => {
      if (/\/api\/(products|categories|price-lists|promotions)/.test(response.url())) refused.push(response.url())
    })
    const person = people.get('WAREHOUSE')!
    await enterAdmin(page, person)
    const links = await page.getByRole('navigation').getByRole('link').allTextContents()
    expect(links).toContain('Stock')
    for (const name of ['Products', 'Categories', 'Price lists', 'Promotions']) expect(links).not.toContain(name)
    for (const path of [
      '/products',
      `/products/${stage.products['cup']}`,
      '/products/import',
      '/categories',
      '/price-lists',
      '/promotions',
    ]) {
      await page.goto(`/admin${path}`)
      await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    }
    expect(refused).toEqual([])
    await close()
    const warehouse = await signIn(stage.shop.url, person.email, person.password)
    for (const path of ['/api/products/all', '/api/products/export', '/api/price-lists', '/api/promotions'])
      expect((await warehouse.get(path)).status).toBe(403)
    const all = { ids: [stage.products['cup']], change: { kind: 'price', basisPoints: -9000 } }
    expect((await warehouse.post('/api/products/many', all)).status).toBe(403)
  })
})

describe('the stock', () => {
  it('is set to reorder, ordered and taken in by the warehouse, and support sees none of its buttons', async () => {
    const { page, complaints, close } = await at('WAREHOUSE', '/inventory/cup')
    await page.getByRole('button', { name: 'Change' }).click()
    const question = page.getByRole('dialog', { name: 'Change' })
    await question.getByLabel('Order more at').fill('10')
    await question.getByRole('button', { name: 'Change' }).click()
    await question.getByText('inventory/reorder-incomplete').waitFor()
    await question.getByLabel('Units to order').fill('25')
    await question.getByRole('button', { name: 'Change' }).click()
    await page.getByText('25 at 10').waitFor()
    await page.goto('/admin/inventory?part=warehouses')
    await answer(page, 'New warehouse', { 'Key, in small letters': 'north', Name: 'The north', 'Country, two letters': 'de' })
    await page.getByRole('row').filter({ hasText: 'The north' }).getByText('DE').waitFor()
    await page.goto('/admin/inventory?part=purchase-orders')
    await answer(page, 'Order more', { SKU: 'cup', 'Units to order': '12' })
    const row = page.getByRole('row').filter({ hasText: 'staff' })
    await row.getByText('0 of 12').waitFor()
    await answer(page, 'Receive', { 'Units that arrived': '5', 'Delivery note': 'note 1' }, row)
    await row.getByText('5 of 12').waitFor()
    await row.getByText('partly-received').waitFor()
    await answer(page, 'Cancel', {}, row)
    await row.getByText('cancelled').waitFor()
    expect(await row.getByRole('button').count()).toBe(0)
    // the browser itself tells of the refusal
    expect(complaints).toEqual([expect.stringContaining('422')])
    await close()
    const support = await at('SUPPORT', '/inventory?part=purchase-orders')
    await support.page.getByText('5 of 12').waitFor()
    await support.page.goto('/admin/inventory/cup')
    await support.page.getByText('25 at 10').waitFor()
    expect(await support.page.getByRole('main').getByRole('button').count()).toBe(0)
    await support.close()
  })
})
