import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../e2e/client.ts'
import type { Shop } from '../e2e/shop.ts'
import { freePort, visit } from './browser.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
let shop: Shop
let browser: Browser

beforeAll(async () => {
  // passkeys belong to a name: not to 127.0.0.1
  const port = await freePort()
  stage = await openShopAndBrowser(
    { cup: { title: 'Blue cup', price: 2000, units: 50 } },
    { pages: ['/', '/admin'], settings: { PORT: String(port), PUBLIC_URL: `http://localhost:${port}` } },
  )
  ;({ shop, browser } = stage)
}, 300_000)
afterAll(async () => await stage?.close())

const home = () => `http://localhost:${new URL(shop.url).port}`
const password = 'a lamp for every corner'

/** A device that keeps passkeys, and unlocks itself. */
async function plugIn(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

async function signIn(page: Page, email: string, secret: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(/\/account$/)
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.waitForURL(`${home()}/`)
}

async function addPasskey(page: Page, name: string, secret: string): Promise<void> {
  await page.goto('/account/security')
  const section = page.getByRole('region', { name: 'Passkeys' })
  await section.getByLabel('Name of the passkey').last().fill(name)
  await section.getByLabel('Current password').last().fill(secret)
  await section.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('The passkey is added.').waitFor()
}

describe('a customer', () => {
  it('adds a passkey, signs in with it, renames and removes it', async () => {
    const email = 'ida@example.com'
    expectStatus(await client(shop.url).post('/api/users/register', { email, password, fullName: 'Ida' }), 201)
    const { page, complaints, close } = await visit(browser, home())
    await plugIn(page)
    await signIn(page, email, password)
    await addPasskey(page, 'Telephone', password)
    expect(complaints).toEqual([])

    await signOut(page)
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Hello, Ida' }).waitFor()

    await page.goto('/account/security')
    const entry = page.getByRole('listitem').filter({ has: page.locator('input[value="Telephone"]') })
    await entry.getByLabel('Name of the passkey').fill('Old telephone')
    await entry.getByRole('button', { name: 'Rename' }).click()
    await page.getByText('Saved.').waitFor()
    const renamed = page.getByRole('listitem').filter({ has: page.locator('input[value="Old telephone"]') })
    await renamed.getByText('Remove', { exact: true }).first().click()
    await renamed.getByLabel('Current password').fill(password)
    await renamed.getByRole('button', { name: 'Remove' }).click()
    // this session came by it, and ends with it
    await page.waitForURL(/\/sign-in/)
    await page.getByText('The passkey is removed.').waitFor()

    // whoever came by it has to come in another way
    await page.goto('/account')
    await page.waitForURL(/\/sign-in/)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('This passkey was not accepted.').waitFor()
    await close()
  })

  it('is told when the password for adding one is wrong, and without a passkey gets the other ways', async () => {
    const email = 'otto@example.com'
    expectStatus(await client(shop.url).post('/api/users/register', { email, password, fullName: 'Otto' }), 201)
    const { page, close } = await visit(browser, home())
    await plugIn(page)
    await page.goto('/de/sign-in')
    await page.getByRole('button', { name: 'Mit einem Passkey anmelden' }).click()
    await page.getByText('Es wurde kein Passkey verwendet.').waitFor()
    await signIn(page, email, password)
    await page.goto('/account/security')
    const section = page.getByRole('region', { name: 'Passkeys' })
    await section.getByLabel('Name of the passkey').fill('Telephone')
    await section.getByLabel('Current password').fill('not this one')
    await section.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('alert').waitFor()
    expectStatus(await client(shop.url).get('/api/auth/passkeys'), 401)
    await close()
  })
})

describe('an operator', () => {
  it('opens the admin with a passkey', async () => {
    const { page, complaints, close } = await visit(browser, home())
    await plugIn(page)
    await signIn(page, shop.administrator.email, shop.administrator.password)
    await addPasskey(page, 'Key of the office', shop.administrator.password)
    await page.goto('/admin')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Today' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Today' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })
})
