import type { Page } from 'playwright-core'
import { type Client, client, expectStatus } from '../e2e/client.ts'
import { confirmAddress } from '../e2e/mailbox.ts'

/** Somebody of the staff with this role alone. */
export async function employ(shopUrl: string, administrator: Client, email: string, role: string) {
  const person = { email, password: 'a sentence is a good password' }
  const { id } = expectStatus(await client(shopUrl).post('/api/users/register', { ...person, fullName: email }), 201).body
  await confirmAddress(client(shopUrl), email)
  expectStatus(await administrator.put(`/api/auth/users/${id}/roles`, { roles: [role] }), 200, 204)
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

/** Answers the question behind a button. */
export async function answer(page: Page, button: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click()
  const question = page.getByRole('dialog', { name: button })
  for (const [label, value] of Object.entries(fields)) await question.getByLabel(label).fill(value)
  await question.getByRole('button', { name: button }).click()
  await question.waitFor({ state: 'hidden' })
}
