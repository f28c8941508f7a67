import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../e2e/client.ts'
import { fillCheckout, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } })
}, 200_000)
afterAll(async () => await stage?.close())

async function toCheckout(javaScriptEnabled: boolean, email: string, more = {}) {
  const visitor = await visit(stage.browser, stage.shop.url, { javaScriptEnabled, ...more })
  const { page } = visitor
  await page.goto('/p/blue-cup')
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByText('In your cart').waitFor()
  await page.goto('/checkout')
  await fillCheckout(page, email)
  return visitor
}
const pay = (page: Page) => page.getByRole('button', { name: 'Buy and pay' }).click()
const thanked = (page: Page) => page.getByRole('heading', { name: 'Thank you!' }).waitFor()
const ordersOf = async (email: string) =>
  expectStatus(await stage.staff.get(`/api/orders?email=${encodeURIComponent(email)}`), 200).body.items as { id: string }[]
/** What a field says about itself to who does not see it. */
const saidOf = async (page: Page, label: string): Promise<string> => {
  const field = page.getByLabel(label)
  const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(' ').filter(Boolean)
  return (await Promise.all(ids.map((id) => page.locator(`#${id}`).textContent()))).join(' ')
}

describe.each([true, false])('an address in the checkout (scripts: %s)', (scripts) => {
  it('with a postcode that the country does not have is not sent to: the field says how one looks', async () => {
    const email = `postcode-${scripts}@example.com`
    const { page, close } = await toCheckout(scripts, email)
    await page.getByLabel('Postcode').fill('1011')
    await pay(page)
    await page.getByRole('alert').getByText('Please look at the marked fields.').waitFor()
    expect(await page.getByLabel('Postcode').getAttribute('aria-invalid')).toBe('true')
    expect(await saidOf(page, 'Postcode')).toContain('They look like 10115')
    expect(await page.getByLabel('Postcode').inputValue()).toBe('1011')
    expect(await ordersOf(email)).toEqual([])
    await page.getByLabel('Postcode').fill('D-10115')
    await pay(page)
    await thanked(page)
    await close()
  })

  it('without a house number is asked about once, and taken when it is sent again as it is', async () => {
    const email = `house-${scripts}@example.com`
    const { page, close } = await toCheckout(scripts, email)
    await page.getByLabel('Street and number').fill('Auf der Wiese')
    await pay(page)
    await page.getByRole('alert').getByText('Please look at the address once more').waitFor()
    expect(await saidOf(page, 'Street and number')).toContain('Is the house number missing?')
    expect(await ordersOf(email)).toEqual([])
    await pay(page)
    await thanked(page)
    expect(await ordersOf(email)).toHaveLength(1)
    await close()
  })

  it('is asked about again when it was changed into another doubtful one', async () => {
    const { page, close } = await toCheckout(scripts, `again-${scripts}@example.com`)
    await page.getByLabel('Street and number').fill('Auf der Wiese')
    await pay(page)
    await page.getByRole('alert').getByText('Please look at the address once more').waitFor()
    await page.getByLabel('Street and number').fill('Am Wald')
    await pay(page)
    await page.getByRole('alert').getByText('Please look at the address once more').waitFor()
    await close()
  })

  it('in the United States has a state of the list, and a postcode of that state', async () => {
    const email = `state-${scripts}@example.com`
    const { page, close } = await toCheckout(scripts, email)
    await page.getByLabel('Country', { exact: true }).selectOption('US')
    if (!scripts) await page.getByRole('button', { name: 'Update shipping' }).click()
    await page.getByLabel('State', { exact: true }).selectOption({ label: 'California' })
    await page.getByLabel('Postcode').fill('10001')
    await page.getByLabel('Town').fill('San Francisco')
    await pay(page)
    await page.getByRole('alert').getByText('Please look at the address once more').waitFor()
    expect(await saidOf(page, 'Postcode')).toContain('This postcode is in another state')
    await page.getByLabel('Postcode').fill('94103')
    await pay(page)
    await thanked(page)
    const [order] = await ordersOf(email)
    const { shippingAddress } = expectStatus(await stage.staff.get(`/api/orders/${order?.id}`), 200).body
    expect(shippingAddress).toMatchObject({ country: 'US', region: 'CA', postalCode: '94103' })
    await close()
  })
})

it('is told what is wrong in German', async () => {
  const { page, close } = await toCheckout(true, 'de@example.com')
  await page.goto('/de/checkout')
  await page.getByLabel('E-Mail').fill('de@example.com')
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
  await page.getByLabel('Straße und Hausnummer').fill('Hauptstr. 1')
  await page.getByLabel('Postleitzahl').fill('x')
  await page.getByLabel('Ort', { exact: true }).fill('Berlin')
  await page.getByRole('button', { name: 'Kaufen und bezahlen' }).click()
  await page.getByText('Sie sehen aus wie 10115').waitFor()
  await close()
})

it('an address of the account is looked at in the same way before it is kept', async () => {
  const person = { email: 'own@example.com', password: 'the first compiler was mine' }
  expectStatus(await client(stage.shop.url).post('/api/users/register', { ...person, fullName: 'Grace Hopper' }), 201)
  const { page, complaints, close } = await visit(stage.browser, stage.shop.url)
  await page.goto('/sign-in?to=/account/addresses')
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('Name', { exact: true }).fill('Grace Hopper')
  await page.getByLabel('Street and number').fill('Market St 548')
  await page.getByLabel('Country', { exact: true }).selectOption('US')
  await page.getByLabel('State', { exact: true }).selectOption({ label: 'New York' })
  await page.getByLabel('Postcode').fill('1000')
  await page.getByLabel('Town').fill('New York')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('They look like 10001').waitFor()
  await page.getByLabel('Postcode').fill('10001')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Market St 548').first().waitFor()
  expect(complaints).toEqual([])
  await close()
})
