import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSecrets } from '../../apps/souk/secrets.ts'
import { unsubscribeToken } from '../../services/notifications/addresses.ts'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import { mailTo } from '../e2e/mailbox.ts'
import type { Shop } from '../e2e/shop.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { fillCheckout, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let shop: Shop
let staff: Client
let browser: Browser

beforeAll(async () => {
  stage = await openShopAndBrowser({
    cup: { title: 'Blue cup', price: 2000, units: 50 },
    lamp: { title: 'Brass lamp', price: 2000, units: 50 },
    last: { title: 'Last vase', price: 2000, units: 1 },
    // what the samples of mails are about
    glass: { title: 'Hand-painted tea glass', price: 2000, units: 50 },
  })
  ;({ shop, staff, browser } = stage)
}, 200_000)
afterAll(async () => await stage?.close())

const ordersOf = async (email: string) =>
  expectStatus(await staff.get(`/api/orders?email=${encodeURIComponent(email)}`), 200).body.items as { status: string }[]

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('a guest %s', (_, javaScriptEnabled) => {
  it('finds a cup, buys it and sees the order', async () => {
    const { page, complaints, close } = await visit(browser, shop.url, { javaScriptEnabled })
    await page.goto('/')
    await page.getByRole('searchbox').fill('blue cup')
    await page.getByRole('button', { name: 'Search' }).click()
    // the home page recommends the same cup until the results are there
    await page.waitForURL(/[?&]q=/)
    await page.getByRole('heading', { level: 1, name: /blue cup/ }).waitFor()
    await page.getByRole('link', { name: 'Blue cup' }).click()
    await page.getByRole('heading', { level: 1, name: 'Blue cup' }).waitFor()
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
    await page.goto('/cart')
    await page.getByLabel('Quantity: Blue cup').fill('2')
    await page.getByRole('button', { name: 'Update' }).click()
    await page.getByText('€40.00').first().waitFor()
    await page.getByRole('link', { name: 'Go to checkout' }).click()
    await fillCheckout(page)
    await page.getByRole('button', { name: 'Buy and pay' }).click()
    await page.getByRole('heading', { name: 'Thank you!' }).waitFor()
    expect(await page.getByRole('status').first().getAttribute('data-status')).toBe('CONFIRMED')
    expect(complaints).toEqual([])
    await close()
  })
})

describe('paying', () => {
  it('happens once, however often the button is pressed', async () => {
    const { page, close } = await visit(browser, shop.url)
    await page.goto('/p/brass-lamp')
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
    await page.goto('/checkout')
    await fillCheckout(page, 'twice@example.com')
    await page.getByRole('button', { name: 'Buy and pay' }).dblclick()
    await page.getByRole('heading', { name: 'Thank you!' }).waitFor()
    // back to the form, and once more
    await page.goBack()
    expect((await ordersOf('twice@example.com')).map(({ status }) => status)).toEqual(['CONFIRMED'])
    await close()
  })

  it('says that a card was declined, keeps the cart, and takes another one', async () => {
    const { page, close } = await visit(browser, shop.url)
    await page.goto('/p/brass-lamp')
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
    await page.goto('/checkout')
    await fillCheckout(page, 'declined@example.com')
    await page.getByLabel('Card (declined)').check()
    await page.getByRole('button', { name: 'Buy and pay' }).click()
    await page.getByRole('alert').getByText('The payment was declined').waitFor()
    await page.getByLabel('Card (approved)').check()
    await page.getByRole('button', { name: 'Buy and pay' }).click()
    await page.getByRole('heading', { name: 'Thank you!' }).waitFor()
    expect((await ordersOf('declined@example.com')).map(({ status }) => status).sort()).toEqual(['CANCELLED', 'CONFIRMED'])
    await close()
  })

  it('tells the second of two shoppers that the last vase is gone, and takes no money for it', async () => {
    const [first, second] = [await visit(browser, shop.url), await visit(browser, shop.url)]
    for (const { page } of [first, second]) {
      await page.goto('/p/last-vase')
      await page.getByRole('button', { name: 'Add to cart' }).click()
      await page.getByText('In your cart').waitFor()
      await page.goto('/checkout')
    }
    await fillCheckout(first.page, 'fast@example.com')
    await fillCheckout(second.page, 'slow@example.com')
    await first.page.getByRole('button', { name: 'Buy and pay' }).click()
    await first.page.getByRole('heading', { name: 'Thank you!' }).waitFor()
    await second.page.getByRole('button', { name: 'Buy and pay' }).click()
    await second.page
      .getByText(/Somebody was faster|Not available any more/)
      .first()
      .waitFor()
    expect((await ordersOf('slow@example.com')).filter(({ status }) => status !== 'CANCELLED')).toEqual([])
    await first.close()
    await second.close()
  })
})

describe('a member', () => {
  it('opens an account, confirms the address by mail, and finds the cart of before in it', async () => {
    const { page, complaints, close } = await visit(browser, shop.url)
    await page.goto('/p/blue-cup')
    await page.getByRole('button', { name: 'Add to cart' }).click()
    await page.getByText('In your cart').waitFor()
    await page.goto('/register')
    await page.getByLabel('Name').fill('Grace Hopper')
    await page.getByLabel('E-mail').fill('grace@example.com')
    await page.getByLabel('Password').fill('the first compiler was mine')
    await page.getByRole('button', { name: 'Open an account' }).click()
    await page.getByRole('heading', { name: 'Hello, Grace Hopper' }).waitFor()
    const mail = await mailTo(client(shop.url), 'grace@example.com', 'Please confirm')
    const link = /https?:\/\/\S+verify-email\?token=\S+/.exec(mail.text)?.[0] as string
    const { pathname, search } = new URL(link)
    await page.goto(pathname + search)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Your e-mail address is confirmed').waitFor()
    await page.goto('/cart')
    await page.getByRole('link', { name: 'Blue cup' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('is asked to sign in for the account, in German, and comes back to it', async () => {
    const { page, close } = await visit(browser, shop.url)
    await page.goto('/de/account/addresses')
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    await page.getByLabel('E-Mail').fill('grace@example.com')
    await page.getByLabel('Passwort').fill('the first compiler was mine')
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
    await page.getByRole('heading', { name: 'Adressen' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/de/account/addresses')
    await close()
  })
})

describe('links in mails', () => {
  it('lead to pages that are there, of every mail in both languages', async () => {
    const { templates } = expectStatus(await staff.get('/api/notifications/templates'), 200).body
    for (const { name } of templates as { name: string }[]) {
      for (const locale of ['en', 'de']) {
        const path = `/api/notifications/templates/${name}/preview?locale=${locale}&format=text`
        const text = await (await fetch(shop.url + path)).text()
        const links = [...text.matchAll(/https?:\/\/\S+/g)].map(([link]) => new URL(link))
        expect(links.length, name).toBeGreaterThan(0)
        for (const { pathname, search } of links) {
          const answer = await fetch(`${shop.url}${pathname}${search}`, { redirect: 'manual' })
          const to = answer.headers.get('location')
          const signsIn = to?.startsWith(`${locale === 'de' ? '/de' : ''}/sign-in?to=`)
          expect([200, signsIn ? 302 : 200], `${name}, ${locale}: ${pathname} leads to ${to}`).toContain(answer.status)
        }
      }
    }
  })

  it('let a German guest see the order and its parcel, and nobody with a link that was changed', async () => {
    const guest = client(shop.url, { 'accept-language': 'de' })
    const items = [{ sku: 'cup', quantity: 2 }]
    const body = { items, email: 'lise@example.com', shippingAddress: address, paymentMethodId: 'tok_approve' }
    const { id } = expectStatus(await guest.post('/api/orders', body), 201).body
    const mail = await mailTo(guest, 'lise@example.com', 'Bestellung bestätigt')
    const { pathname, search } = new URL(/https?:\/\/\S+\/de\/track\?\S+/.exec(mail.text)?.[0] as string)
    const { page, complaints, close } = await visit(browser, shop.url)
    await page.goto(`${pathname}${search}x`)
    await page.getByText('Dieser Link öffnet keine Bestellung').waitFor()
    await page.goto(pathname + search)
    await page.waitForURL(`**/de/orders/${id}`)
    const parcel = page.getByRole('article', { name: 'Ihr Paket' })
    await parcel.getByText('2 × Blue cup').waitFor()
    // the number comes with the label, and the page with it by itself
    await parcel.getByRole('link', { name: /^JD/ }).click()
    await page.getByText('DHL').waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('end advertising by one button, without scripts and without signing in', async () => {
    const { page, close } = await visit(browser, shop.url, { javaScriptEnabled: false })
    const { secret } = await openSecrets({ dir: shop.folder })
    const token = unsubscribeToken(secret('notifications/addresses'), 'enough@example.com')
    await page.goto(`/de/unsubscribe?token=${token}`)
    await page.getByRole('button', { name: 'Abmelden' }).click()
    await page.getByText('Sie sind abgemeldet').waitFor()
    await page.goto(`/unsubscribe?token=${token.slice(1)}x`)
    await page.getByText('This link is not whole').waitFor()
    await close()
  })
})

describe('the edge of the pages', () => {
  it('lets no other site send a form for a shopper', async () => {
    const forged = await fetch(`${shop.url}/cart`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: new URLSearchParams({ do: 'redeem', code: 'X' }),
    })
    expect(forged.status).toBe(403)
  })

  it('keeps tokens from scripts, and runs no script without the nonce of the page', async () => {
    const answer = await fetch(`${shop.url}/register`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ fullName: 'Alan Turing', email: 'alan@example.com', password: 'can machines think at all' }),
    })
    const [cookie] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    expect(cookie).not.toMatch(/eyJ/)
    const policy = (await fetch(`${shop.url}/`)).headers.get('content-security-policy')
    expect(policy).toMatch(/script-src 'nonce-[\w-]+' 'strict-dynamic'/)
  })

  it('answers addresses of the API that do not exist as the API does', async () => {
    const answer = await fetch(`${shop.url}/api/nothing`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'http/no-such-route' })
  })
})
