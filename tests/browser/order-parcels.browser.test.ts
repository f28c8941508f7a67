import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen, employ } from './staff-door.ts'

const ROLES = ['WAREHOUSE', 'FINANCE', 'SUPPORT'] as const
type Role = (typeof ROLES)[number]
let stage: ShopAndBrowser
let guest: Client
const people = new Map<Role, { email: string; password: string }>()

beforeAll(async () => {
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 }, bowl: { title: 'Green bowl', price: 3000, units: 50 } },
    // the carrier fetches nothing by itself while somebody packs
    { pages: ['/', '/admin'], settings: { DELIVERY_SIMULATED_DISPATCH_MS: '600000' } },
  )
  guest = client(stage.shop.url)
  for (const role of ROLES) people.set(role, await employ(stage.shop.url, stage.staff, `${role.toLowerCase()}@example.com`, role))
}, 200_000)
afterAll(async () => await stage?.close())

const at = (role: Role, id: string) => atScreen(stage, `/orders/${id}`, people.get(role))
const orderOf = async (id: string) => expectStatus(await stage.staff.get(`/api/orders/${id}`), 200).body
const parcelsOf = async (id: string) =>
  expectStatus(await stage.staff.get(`/api/delivery/shipments?orderId=${id}`), 200).body.items as {
    id: string
    state: string
    hasLabel: boolean
    units: number
    trackingNumber: string | null
  }[]
const soon = async (assertion: () => Promise<void>) => await eventually(assertion, { timeoutMs: 30_000, everyMs: 200 })

/** An order of three cups and a bowl that is paid and packed. */
async function buy(): Promise<{ id: string }> {
  const items = [
    { sku: 'cup', quantity: 3 },
    { sku: 'bowl', quantity: 1 },
  ]
  const order = expectStatus(
    await guest.post('/api/orders', {
      items,
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }),
    201,
  ).body
  await soon(async () => expect((await parcelsOf(order.id))[0]?.hasLabel).toBe(true))
  return order
}

describe('an order of which a part can leave at once', () => {
  it('is sent in two parcels, each with its label and number, by keyboard alone', async () => {
    const { id } = await buy()
    const { page, complaints, close } = await at('WAREHOUSE', id)
    await page.getByText('1 × Green bowl, 3 × Blue cup').waitFor()
    await page.getByRole('button', { name: 'Ship a part' }).focus()
    await page.keyboard.press('Enter')
    const question = page.getByRole('dialog', { name: 'Ship a part' })
    await question.getByLabel('Blue cup, of 3').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await question.getByText('That is all of this parcel').waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.type('1')
    await page.keyboard.press('Enter')
    await page.getByText('In no parcel yet: 2 × Blue cup, 1 × Green bowl').waitFor()
    await soon(async () => expect((await parcelsOf(id)).filter(({ hasLabel }) => hasLabel)).toHaveLength(2))
    await page.reload()
    await answer(page, 'Hand over to carrier')
    await page.getByRole('button', { name: 'Mark delivered' }).waitFor()
    expect((await orderOf(id)).status).toBe('CONFIRMED')
    await answer(page, 'Plan a parcel')
    await page.getByText('1 × Green bowl, 2 × Blue cup').waitFor()
    expect(await page.getByText('In no parcel yet').count()).toBe(0)
    await answer(page, 'Hand over to carrier')
    await soon(async () => expect((await orderOf(id)).status).toBe('SHIPPED'))
    const sent = (await parcelsOf(id)).filter(({ state }) => state === 'dispatched')
    expect(sent.map(({ units }) => units).sort()).toEqual([1, 3])
    expect(complaints).toEqual([])
    await close()
  })

  it('leaves with a number that was typed, unless the carrier had given one meanwhile', async () => {
    const { id } = await buy()
    const { page, close } = await at('WAREHOUSE', id)
    // as if the page had been read before the carrier answered
    await page.route('**/api/delivery/shipments?*', async (route) => {
      const response = await route.fetch()
      const { items } = await response.json()
      await route.fulfill({ response, json: { items: items.map((one: object) => ({ ...one, trackingNumber: null })) } })
    })
    await page.reload()
    await page.getByRole('button', { name: 'Hand over to carrier' }).click()
    const question = page.getByRole('dialog')
    await question.getByLabel('Tracking number').fill('OUR-OWN-1')
    await question.getByRole('button', { name: 'Hand over to carrier' }).click()
    await question.getByText('It has left, but with the number').waitFor()
    expect((await parcelsOf(id))[0]?.trackingNumber).not.toBe('OUR-OWN-1')
    await close()
  })

  it('shows support what is in no parcel, without a button, and finance nothing of parcels', async () => {
    const { id } = await buy()
    const [parcel] = await parcelsOf(id)
    expectStatus(await stage.staff.post(`/api/delivery/shipments/${parcel?.id}/cancel`), 200)
    const support = await at('SUPPORT', id)
    await support.page.getByText('In no parcel yet: 3 × Blue cup, 1 × Green bowl').waitFor()
    expect(await support.page.getByRole('button', { name: /Plan a parcel|Ship a part|Hand over/ }).count()).toBe(0)
    await support.close()
    const finance = await at('FINANCE', id)
    await finance.page.getByText('captured €').waitFor()
    expect(await finance.page.getByText(/no parcel/i).count()).toBe(0)
    await finance.close()
  })
})
