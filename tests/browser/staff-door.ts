import type { Page } from 'playwright-core'

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
