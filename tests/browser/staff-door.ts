import type { Browser, Locator, Page } from 'playwright-core'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import { confirmAddress } from '../e2e/mailbox.ts'
import type { Shop } from '../e2e/shop.ts'
import { type Visitor, visit } from './browser.ts'

/** Somebody of the staff with these roles alone. */
export async function employ(shopUrl: string, administrator: Client, email: string, ...roles: readonly string[]) {
  const person = { email, password: 'a sentence is a good password' }
  const { id } = expectStatus(await client(shopUrl).post('/api/users/register', { ...person, fullName: email }), 201).body
  await confirmAddress(client(shopUrl), email)
  expectStatus(await administrator.put(`/api/auth/users/${id}/roles`, { roles }), 200, 204)
  return person
}

/** Signs in to the admin. */
export async function enterAdmin(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.goto('/admin')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Today' }).waitFor()
}

interface AtScreen {
  readonly shop: Shop
  readonly browser: Browser
}

/** Somebody of staff at a screen, the administrator unless told otherwise. */
export async function atScreen({ shop, browser }: AtScreen, path: string, who = shop.administrator): Promise<Visitor> {
  const visitor = await visit(browser, shop.url)
  await enterAdmin(visitor.page, who)
  await visitor.page.goto(`/admin${path}`)
  await visitor.page.getByRole('heading', { level: 1 }).waitFor()
  return visitor
}

/** Answers the question behind a button; `beside`: where the page has several of that name. */
export async function answer(
  page: Page,
  button: string,
  fields: Readonly<Record<string, string>> = {},
  beside: Page | Locator = page,
): Promise<void> {
  await beside.getByRole('button', { name: button, exact: true }).click()
  const question = page.getByRole('dialog', { name: button })
  for (const [label, value] of Object.entries(fields)) await question.getByLabel(label).fill(value)
  await question.getByRole('button', { name: button }).click()
  await question.waitFor({ state: 'hidden' })
}
