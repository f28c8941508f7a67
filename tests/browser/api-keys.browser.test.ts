import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../e2e/client.ts'
import { atScreen, employ } from './staff-door.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'

let stage: ShopAndBrowser
beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } }, { pages: ['/admin'] })
}, 200_000)
afterAll(async () => await stage?.close())

const program = (key: string) => client(stage.shop.url, { authorization: `Bearer ${key}` })

describe('an API key', () => {
  it('is made for a program, shown once, works as far as it says, and is refused once it is revoked', async () => {
    const { page, complaints, close } = await atScreen(stage, '/api-keys')
    await page.getByText('No program has a key.').waitFor()
    await page.getByRole('button', { name: 'New API key' }).click()
    const question = page.getByRole('dialog', { name: 'New API key' })
    await question.getByLabel('What it is for').fill('Till in Bremen')
    await question.getByLabel('Your password').fill(stage.shop.administrator.password)
    await question.getByRole('button', { name: 'New API key' }).click()
    await question.getByText('Choose what the key may do.').waitFor()
    await question.locator('summary', { hasText: 'inventory' }).click()
    await question.getByLabel('See stock, reservations').check()
    await question.getByRole('button', { name: 'New API key' }).click()
    const shown = page.getByRole('region', { name: 'The new key' })
    const key = await shown.getByLabel('API key').inputValue()
    expect(key).toMatch(/^souk_[0-9a-f]{32}_[\w-]{43}$/)
    expectStatus(await program(key).get('/api/inventory'), 200)
    expectStatus(await program(key).get('/api/orders'), 403)
    expectStatus(await program(key).get('/api/users/me/addresses'), 403)
    await shown.getByRole('button', { name: 'Copy' }).click()
    await shown
      .getByRole('status')
      .filter({ hasText: /Copied|selected/ })
      .waitFor()
    await shown.getByRole('button', { name: 'I have kept it' }).click()
    await page.reload()
    const row = page.getByRole('row').filter({ hasText: 'Till in Bremen' })
    await row.getByText('active').waitFor()
    expect(await page.content()).not.toContain(key.slice(-43))
    await row.getByRole('button', { name: 'Till in Bremen' }).click()
    await page.getByRole('region', { name: 'What Till in Bremen may do' }).getByText('inventory:read').waitFor()
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await row.getByText('revoked').waitFor()
    expectStatus(await program(key).get('/api/inventory'), 401)
    expect(complaints).toEqual([])
    await close()
  })

  it('cannot be given what its maker does not have, and is not seen by whoever has nothing to do with keys', async () => {
    const { shop, staff } = stage
    const keeper = await atScreen(stage, '/api-keys', await employ(shop.url, staff, 'keeper@example.com', 'WAREHOUSE'))
    await keeper.page.getByRole('button', { name: 'New API key' }).click()
    const groups = keeper.page.getByRole('dialog').locator('summary')
    await groups.first().waitFor()
    expect((await groups.allTextContents()).map((text) => text.split(' ')[0])).toEqual([
      'inventory',
      'orders',
      'returns',
      'delivery',
    ])
    await keeper.close()
    const watcher = await atScreen(stage, '/api-keys', await employ(shop.url, staff, 'finance@example.com', 'FINANCE'))
    await watcher.page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    expect(await watcher.page.getByRole('navigation').getByRole('link', { name: 'API keys' }).count()).toBe(0)
    await watcher.close()
  })
})
