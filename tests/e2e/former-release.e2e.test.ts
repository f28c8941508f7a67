// topology: its own
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { expectBooksToAgree } from './books-of-the-shop.ts'
import { type Buyers, startBuyers } from './buyers.ts'
import { signIn } from './client.ts'
import { embeddedDatabaseUrl } from './embedded-database.ts'
import { codeOf, formerRelease } from './former-release.ts'
import { calm } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { sell } from './stock-the-shop.ts'

const former = await formerRelease()
const settings = { ...calm, SOUK_SECRET: randomBytes(36).toString('base64'), WEB_PAGES: 'false' }
const units = 5000

describe.skipIf(former === undefined)('a shop of the release before', () => {
  let folder: string
  let before: Shop
  let today: Shop
  let buyers: Buyers

  beforeAll(async () => {
    folder = await shopFolder('former')
    const code = join(folder, 'code')
    await codeOf(former as string, code)
    before = await openShop(settings, undefined, { command: ['start'], environment: {}, code })
    await sell(await signIn(before.url, before.administrator.email, before.administrator.password), 'lasting', { units })
  }, 300_000)
  afterAll(async () => {
    await today?.remove()
    await before?.remove()
    await rm(folder, { recursive: true, force: true })
  }, 120_000)

  it('goes on selling while the tables become those of today, and on them', async () => {
    buyers = startBuyers(before.url, 'lasting', 2)
    const more = async (count: number) => {
      const { size } = buyers.acknowledged
      await eventually(() => expect(buyers.acknowledged.size).toBeGreaterThan(size + count), { timeoutMs: 60_000 })
    }
    await more(3)
    const { code, lines, errors } = await before.command('migrate')
    expect({ code, errors }).toMatchObject({ code: 0 })
    expect(JSON.stringify(lines)).toMatch(/\d{3}_\w+\.sql/)
    await more(10)
    await buyers.stop()
  }, 240_000)

  it('leaves a shop to its successor in which nothing is missing', async () => {
    expect(await before.stop()).toBe(0)
    today = await openShop({ ...settings, SOUK_DIR: before.folder }, undefined, { command: ['start'], environment: {} })
    const database = postgres(await embeddedDatabaseUrl(before.folder), { max: 1, onnotice() {} })
    await expectBooksToAgree(today, database, 'lasting', units, buyers).finally(() => database.end({ timeout: 1 }))
  }, 240_000)
})
