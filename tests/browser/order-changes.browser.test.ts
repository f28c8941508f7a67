import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen, employ } from './staff-door.ts'

let stage: ShopAndBrowser
let guest: Client
const people = new Map<string, { email: string; password: string }>()

beforeAll(async () => {
  stage = await openShopAndBrowser(
    {
      cup: { title: 'Blue cup', price: 2000, units: 50 },
      bowl: { title: 'Green bowl', price: 3000, units: 50 },
      lamp: { title: 'Old lamp', price: 9000, units: 2 },
    },
    // the carrier fetches nothing by itself while somebody changes the order
    { pages: ['/', '/admin'], settings: { DELIVERY_SIMULATED_DISPATCH_MS: '600000' } },
  )
  guest = client(stage.shop.url)
  for (const role of ['WAREHOUSE', 'SUPPORT'])
    people.set(role, await employ(stage.shop.url, stage.staff, `${role.toLowerCase()}@example.com`, role))
}, 200_000)
afterAll(async () => await stage?.close())

interface Order {
  readonly id: string
  readonly guestToken: string
}

const at = (id: string, role?: string) => atScreen(stage, `/orders/${id}`, role === undefined ? undefined : people.get(role))
const orderOf = async (id: string) => expectStatus(await stage.staff.get(`/api/orders/${id}`), 200).body
const parcelsOf = async (id: string) =>
  expectStatus(await stage.staff.get(`/api/delivery/shipments?orderId=${id}`), 200).body.items as { id: string; state: string }[]

/** An order of two cups that is paid. */
async function buy(): Promise<Order> {
  const order = {
    items: [{ sku: 'cup', quantity: 2 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  const { body } = expectStatus(await guest.post('/api/orders', order), 201)
  await eventually(async () => expect(await parcelsOf(body.id)).toHaveLength(1), { timeoutMs: 30_000 })
  return body
}

async function goodsOf(page: Page) {
  await page.getByRole('button', { name: 'Change goods' }).click()
  const question = page.getByRole('dialog', { name: 'Change goods' })
  return {
    question,
    send: async () => await question.getByRole('button', { name: 'Change goods' }).click(),
    gone: async () => await question.waitFor({ state: 'hidden' }),
  }
}

describe('the goods of an order that has not left', () => {
  it('become fewer, and what they cost goes back', async () => {
    const { id } = await buy()
    const { page, complaints, close } = await at(id, 'SUPPORT')
    const { question, send, gone } = await goodsOf(page)
    await send()
    await question.getByText('Change something first').waitFor()
    await question.getByLabel('Blue cup, cup').fill('1')
    await question.getByText('€20.00 go back').waitFor()
    await question.getByLabel('Why').fill('one was enough')
    await send()
    await gone()
    await page.getByText('1 × Blue cup').first().waitFor()
    await page.getByText('refunded €20.00').waitFor()
    await page.getByText('cup: 2 → 1 (one was enough)').waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('become more, by keyboard, and what has been paid for them stands with the payments', async () => {
    const { id } = await buy()
    const { page, complaints, close } = await at(id)
    const { question, gone } = await goodsOf(page)
    await question.getByLabel(/^More goods/).fill('green bowl')
    await page.keyboard.press('Enter')
    await question.getByLabel('New: Green bowl, bowl').waitFor()
    expect(await question.getByLabel(/^More goods/).inputValue()).toBe('')
    await question.getByText('€30.00 more').waitFor()
    await question.getByLabel('The difference').selectOption('paid')
    await question.getByLabel('Blue cup, cup').focus()
    await page.keyboard.press('Enter')
    await gone()
    await page.getByText('1 × Green bowl').first().waitFor()
    await page.getByText('invoice at offline, for a change').waitFor()
    await page.getByText('captured €30.00').waitFor()
    expect((await orderOf(id)).items).toHaveLength(2)
    expect(complaints).toEqual([])
    await close()
  })

  it('stay as they were when there are not enough of them, and the question says of what', async () => {
    const { id } = await buy()
    const { page, close } = await at(id)
    const { question, send } = await goodsOf(page)
    await question.getByLabel(/^More goods/).fill('cup')
    await question.getByRole('button', { name: 'Add' }).click()
    await question.getByText('These goods are in the order already').waitFor()
    await question.getByLabel(/^More goods/).fill('lamp')
    await question.getByRole('button', { name: 'Add' }).click()
    await question.getByLabel(/^New: /).fill('3')
    await question.getByText('€270.00 more').waitFor()
    await send()
    await question.getByText('There is not enough in stock: of lamp there are 2 more. The order stays as it was.').waitFor()
    await question.getByLabel(/^New: /).fill('0')
    await question.getByLabel('Blue cup, cup').fill('0')
    await question.getByText('orders/empty-order').waitFor()
    expect((await orderOf(id)).items).toHaveLength(1)
    await close()
  })

  it('wait where a change waits for its payment, until it is withdrawn', async () => {
    const { id } = await buy()
    expectStatus(await stage.staff.post(`/api/orders/${id}/edits`, { lines: [{ sku: 'bowl', quantity: 1 }] }), 201)
    const { page, complaints, close } = await at(id)
    await page.getByText('1 × bowl added, €30.00 more. It waits for its payment').waitFor()
    await answer(page, 'Withdraw the change')
    await page.getByText('It waits for its payment').waitFor({ state: 'detached' })
    expect((await orderOf(id)).items).toHaveLength(1)
    expect(complaints).toEqual([])
    await close()
  })

  it('are not the business of the warehouse, nor is the address', async () => {
    const { id } = await buy()
    const { page, complaints, close } = await at(id, 'WAREHOUSE')
    await page.getByRole('button', { name: 'Hand over to carrier' }).waitFor()
    expect(await page.getByRole('button', { name: /Change (goods|address)|Withdraw/ }).count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })
})

describe('the address of an order', () => {
  it('is changed while the parcel is here, which gets another label; a doubtful one is asked about once', async () => {
    const { id, guestToken } = await buy()
    const { page, complaints, close } = await at(id, 'SUPPORT')
    await page.getByRole('button', { name: 'Change address' }).click()
    const question = page.getByRole('dialog', { name: 'Change address' })
    const send = async () => await question.getByRole('button', { name: 'Change address' }).click()
    await question.getByLabel('Postcode').fill('1011')
    await send()
    await question.getByText('Postcode is not a postal code of DE').waitFor()
    await question.getByLabel('Postcode').fill('10117')
    await question.getByLabel('Street and number').fill('Am Ufer')
    await send()
    await question.getByText('Street and number has no house number.').waitFor()
    expect((await orderOf(id)).shippingAddress.line1).toBe(address.line1)
    await send()
    await question.waitFor({ state: 'hidden' })
    await page.getByText('Am Ufer, 10117').waitFor()
    expect((await parcelsOf(id)).map(({ state }) => state === 'cancelled').sort()).toEqual([false, true])
    const seen = expectStatus(await guest.with({ 'x-guest-token': guestToken }).get(`/api/orders/${id}`), 200).body
    expect(seen.shippingAddress.line1).toBe('Am Ufer')
    expect(complaints).toEqual([])
    await close()
  })

  it('stays when a parcel has left meanwhile, and the country always', async () => {
    const { id } = await buy()
    const { page, close } = await at(id, 'SUPPORT')
    await page.getByRole('button', { name: 'Change address' }).click()
    const question = page.getByRole('dialog', { name: 'Change address' })
    const send = async () => await question.getByRole('button', { name: 'Change address' }).click()
    await question.getByLabel('Country, two letters').fill('at')
    await question.getByLabel('Postcode').fill('1010')
    await send()
    await question.getByText('orders/country-fixed').waitFor()
    const [parcel] = await parcelsOf(id)
    expectStatus(await stage.staff.post(`/api/delivery/shipments/${parcel?.id}/dispatch`, {}), 200)
    await question.getByLabel('Country, two letters').fill('de')
    await question.getByLabel('Postcode').fill('10117')
    await send()
    await question.getByRole('alert').waitFor()
    expect((await orderOf(id)).shippingAddress.postalCode).toBe(address.postalCode)
    await close()
  })
})

describe('money that was promised', () => {
  it('is taken in part, and the rest is let go', async () => {
    const lines = [{ sku: 'cup', quantity: 2 }]
    const draft = expectStatus(
      await stage.staff.post('/api/orders/drafts', { email: 'ann@example.com', shippingAddress: address, lines }),
      201,
    ).body
    const order = expectStatus(
      await stage.staff.post(`/api/orders/drafts/${draft.id}/place`, { paymentMethodId: 'invoice' }),
      201,
    ).body
    const { page, complaints, close } = await at(order.id)
    await page.getByRole('button', { name: 'Capture' }).click()
    const question = page.getByRole('dialog', { name: 'Capture' })
    await question.getByLabel('Amount in EUR').fill('0')
    await question.getByRole('button', { name: 'Capture' }).click()
    await question.getByText('That is no amount in EUR.').waitFor()
    await question.getByLabel('Amount in EUR').fill('999')
    await question.getByRole('button', { name: 'Capture' }).click()
    await question.getByText('payments/amount-too-high').waitFor()
    await question.getByLabel('Amount in EUR').fill('12.50')
    await question.getByRole('button', { name: 'Capture' }).click()
    await question.waitFor({ state: 'hidden' })
    await page.getByText('captured €12.50').waitFor()
    expect(await page.getByRole('button', { name: 'Capture' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Refund' }).count()).toBe(1)
    // the browser itself tells of the refusal
    expect(complaints).toEqual([expect.stringContaining('422')])
    await close()
    const support = await at(order.id, 'SUPPORT')
    await support.page.getByText('captured €12.50').waitFor()
    expect(await support.page.getByRole('button', { name: /Capture|Refund/ }).count()).toBe(0)
    await support.close()
  })
})

describe('an order at the desk', () => {
  it('gets a note that its customer does not see', async () => {
    const { id, guestToken } = await buy()
    const { page, complaints, close } = await at(id, 'SUPPORT')
    await answer(page, 'Add note', { 'Only staff see this': 'calls back on Monday' })
    await page.getByText('calls back on Monday').waitFor()
    const as = guest.with({ 'x-guest-token': guestToken })
    for (const part of ['', '/timeline'])
      expect(JSON.stringify(expectStatus(await as.get(`/api/orders/${id}${part}`), 200).body)).not.toContain('Monday')
    expect([401, 403]).toContain((await as.get(`/api/orders/${id}/notes`)).status)
    expect(complaints).toEqual([])
    await close()
  })

  it('is cancelled, the money goes back, and nothing of it can be changed any more', async () => {
    const { id } = await buy()
    const { page, complaints, close } = await at(id, 'SUPPORT')
    await answer(page, 'Cancel order')
    await page.getByText('refunded €44.90').waitFor()
    await page.getByRole('heading', { level: 1 }).getByText('cancelled').waitFor()
    expect(await page.getByRole('button', { name: /Cancel order|Change/ }).count()).toBe(0)
    expect((await parcelsOf(id)).map(({ state }) => state)).toEqual(['cancelled'])
    expect(complaints).toEqual([])
    await close()
  })

  it('that nobody has paid is brought to mind by another mail with its link', async () => {
    const email = 'late@example.com'
    const order = { items: [{ sku: 'cup', quantity: 1 }], email, shippingAddress: address }
    const { id } = expectStatus(await guest.post('/api/orders', order), 201).body
    const { page, complaints, close } = await at(id, 'SUPPORT')
    await answer(page, 'Send the link again')
    await eventually(
      async () => expect(expectStatus(await guest.get(`/api/mailbox?to=${email}`), 200).body.items).toHaveLength(2),
      {
        timeoutMs: 30_000,
      },
    )
    expect(complaints).toEqual([])
    await close()
  })
})
