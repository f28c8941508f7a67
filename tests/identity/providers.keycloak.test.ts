import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, visit, type Visitor } from '../browser/browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from '../browser/shop-and-browser.ts'
import { client, expectStatus } from '../e2e/client.ts'
import { openRealm, type Realm } from './keycloak.ts'

const password = 'every lamp has a stall'
let home: string
let realm: Realm
let stage: ShopAndBrowser

beforeAll(async () => {
  const port = await freePort()
  home = `http://localhost:${port}`
  realm = await openRealm(`souk-${port}`, home, [
    { username: 'ada', password, emailVerified: true },
    { username: 'bob', password, emailVerified: false },
    { username: 'ops', password, emailVerified: true },
    { username: 'eve', password, emailVerified: true },
  ])
  const { issuer, clientId, clientSecret } = realm
  const provider = {
    key: 'company',
    name: 'Our company',
    issuer,
    clientId,
    clientSecret,
    for: ['shop', 'admin'],
    rolesClaim: 'realm_access.roles',
    roles: { 'shop-desk': 'SUPPORT', 'shop-admin': 'ADMIN' },
  }
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 } },
    { pages: ['/', '/admin'], settings: { PORT: String(port), PUBLIC_URL: home, AUTH_PROVIDERS: JSON.stringify([provider]) } },
  )
}, 400_000)
afterAll(async () => {
  await stage?.close()
  await realm?.remove()
})

/** At the pages of Keycloak. */
async function signInThere(page: Page, username: string): Promise<void> {
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(password)
  await page.locator('#kc-login').click()
}
const toKeycloak = async (page: Page, path: string) => {
  await page.goto(path)
  await page.getByRole('link', { name: 'Sign in with Our company' }).click()
}
/** Somebody with patience: a Keycloak that was just started takes its time over its first pages. */
async function visitor(): Promise<Visitor> {
  const somebody = await visit(stage.browser, home)
  somebody.page.setDefaultTimeout(60_000)
  return somebody
}
async function as(path: string, username: string): Promise<Visitor> {
  const somebody = await visitor()
  await toKeycloak(somebody.page, path)
  await signInThere(somebody.page, username)
  return somebody
}
const screens = async (page: Page) => await page.getByRole('navigation', { name: 'Screens' }).getByRole('link').allTextContents()

describe('with a real Keycloak', () => {
  it('a customer comes back to the page they wanted, signs out on both sides, and finds the same account again', async () => {
    const { page, complaints, close } = await visitor()
    await toKeycloak(page, '/account/addresses')
    await signInThere(page, 'ada')
    await page.getByRole('heading', { name: 'Hello, Ada Test' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/account/addresses')
    await page.goto('/account/security')
    await page.getByRole('region', { name: 'Other sign-ins' }).getByRole('link', { name: 'Sign in with Our company' }).waitFor()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.waitForURL(`${home}/`)
    // Keycloak has forgotten them too: it asks for the password
    await toKeycloak(page, '/sign-in')
    await signInThere(page, 'ada')
    await page.getByRole('heading', { name: 'Hello, Ada Test' }).waitFor()
    const { items } = expectStatus(await stage.staff.get('/api/users?search=ada%40company.example'), 200).body
    expect(items).toHaveLength(1)
    expect(complaints).toEqual([])
    await close()
  }, 240_000)

  it('somebody whose address is not confirmed there does not get in', async () => {
    const { page, close } = await as('/sign-in', 'bob')
    await page.getByText('Your e-mail address is not confirmed over there.').waitFor()
    await page.goto('/account')
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await close()
  }, 120_000)

  it('an account that a stranger opened with somebody’s address is not handed over', async () => {
    expectStatus(
      await client(home).post('/api/users/register', {
        email: 'eve@company.example',
        password: 'a stranger knows this',
        fullName: 'Eve',
      }),
      201,
    )
    const { page, close } = await as('/sign-in', 'eve')
    await page.getByText('There is an account with this e-mail address already.').waitFor()
    await close()
  }, 120_000)

  it('staff see what their roles there are mapped to, and less as soon as they sign in with less', async () => {
    await realm.setRoles('ops', ['shop-admin', 'something-else'])
    const boss = await as('/admin', 'ops')
    await boss.page.getByRole('heading', { name: 'Today' }).waitFor()
    expect(await screens(boss.page)).toContain('Dead letters')
    await boss.page.reload()
    await boss.page.getByRole('heading', { name: 'Today' }).waitFor()
    await boss.page.getByRole('button', { name: 'Sign out' }).click()
    await boss.page.waitForURL(`${home}/admin`)
    await boss.close()

    await realm.setRoles('ops', ['shop-desk', 'something-else'])
    const desk = await as('/admin', 'ops')
    await desk.page.getByRole('heading', { name: 'Today' }).waitFor()
    const seen = await screens(desk.page)
    expect(seen).toContain('Orders')
    expect(seen).not.toContain('Dead letters')
    await desk.close()

    await realm.setRoles('ops', ['something-else'])
    const nobody = await as('/admin', 'ops')
    await nobody.page.getByRole('heading', { name: 'Today' }).waitFor()
    expect(await screens(nobody.page)).toEqual(['Today', 'To the shop'])
    await nobody.close()
  }, 240_000)
})
