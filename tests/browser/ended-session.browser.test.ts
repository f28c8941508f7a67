import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus, signIn } from '../e2e/client.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let browser: Browser
const person = { email: 'grace@example.com', password: 'the first compiler was mine' }
let orderId: string

beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } })
  browser = stage.browser
  const { url } = stage.shop
  expectStatus(await client(url).post('/api/users/register', { ...person, fullName: 'Grace Hopper' }), 201)
  const grace = await signIn(url, person.email, person.password)
  const placed = await grace.post('/api/orders', {
    items: [{ sku: 'cup', quantity: 1 }],
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  })
  orderId = expectStatus(placed, 201).body.id
}, 200_000)
afterAll(async () => await stage?.close())

async function enter(page: Page): Promise<void> {
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** A customer who is signed in here, and then everywhere signed out from another device. */
async function signedOutElsewhere(javaScriptEnabled: boolean, before?: (page: Page) => Promise<void>) {
  const visitor = await visit(browser, stage.shop.url, { javaScriptEnabled })
  await visitor.page.goto('/sign-in')
  await enter(visitor.page)
  await visitor.page.getByRole('heading', { name: 'Hello, Grace Hopper' }).waitFor()
  await before?.(visitor.page)
  const elsewhere = await signIn(stage.shop.url, person.email, person.password)
  expectStatus(await elsewhere.post('/api/auth/logout-all'), 204)
  return visitor
}

describe.each([true, false])('somebody whose sessions were ended on another device (scripts: %s)', (scripts) => {
  it.each([
    ['account', () => '/account', 'Hello, Grace Hopper'],
    ['addresses', () => '/account/addresses', 'Hello, Grace Hopper'],
    ['order', () => `/orders/${orderId}`, 'Order ORD-'],
    ['return', () => `/orders/${orderId}/return`, 'Send something back'],
    ['review', () => '/p/blue-cup/review', 'Blue cup'],
  ])('signs in for their %s and is there again', async (_, path, heading) => {
    const { page, close } = await signedOutElsewhere(scripts)
    await page.goto(path())
    await page.getByText('You have been signed out').waitFor()
    await enter(page)
    await page.getByRole('heading', { name: heading }).first().waitFor()
    expect(new URL(page.url()).pathname).toBe(path())
    await close()
  })

  it('goes on looking as a guest', async () => {
    const { page, close } = await signedOutElsewhere(scripts)
    await page.goto('/p/blue-cup')
    await page.getByText('You have been signed out').waitFor()
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
    await close()
  })

  it('signs in to put something on the wish list, and comes back to the product', async () => {
    const { page, close } = await signedOutElsewhere(scripts, async (before) => {
      await before.goto('/p/blue-cup')
    })
    await page.getByRole('button', { name: 'wish list' }).click()
    await page.getByText('You have been signed out').waitFor()
    await enter(page)
    await page.getByRole('heading', { name: 'Blue cup' }).waitFor()
    await close()
  })

  it('pays nothing with an expired session in the checkout: signs in, and finds the cart as it was', async () => {
    const { page, close } = await signedOutElsewhere(scripts, async (before) => {
      await before.goto('/p/blue-cup')
      await before.getByRole('button', { name: 'Add to cart' }).click()
      await before.getByText('In your cart').waitFor()
      await before.goto('/checkout')
      await before.getByLabel('Street and number').fill('Hauptstr. 1')
      await before.getByLabel('Postcode').fill('10115')
      await before.getByLabel('Town').fill('Berlin')
    })
    await page.getByRole('button', { name: 'Buy and pay' }).click()
    await page.getByText('You have been signed out').waitFor()
    await enter(page)
    await page.getByRole('heading', { name: 'Checkout' }).waitFor()
    await page.getByText(/× Blue cup/).waitFor()
    await close()
  })
})

it('somebody who signs out with a session that was ended is signed out', async () => {
  const { page, close } = await signedOutElsewhere(true, async (before) => {
    await before.goto('/account')
  })
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
  expect(new URL(page.url()).pathname).toBe('/')
  await close()
})
