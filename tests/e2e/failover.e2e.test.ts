// topology: its own
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { atHost, hostsOf } from '#kit/db/url.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { killServer, promote, startReplica, waitForReplica } from '#kit/testing/replica.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { expectBooksToAgree } from './books-of-the-shop.ts'
import { startBuyers } from './buyers.ts'
import { signIn } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { sell } from './stock-the-shop.ts'

let folder: string
let primary: EmbeddedPostgres
let replica: EmbeddedPostgres
let shop: Shop
let promoted: postgres.Sql

beforeAll(async () => {
  folder = await shopFolder('failover')
  primary = await startPostgres({ dir: join(folder, 'one'), disposable: true })
  replica = await startReplica(primary, { dir: join(folder, 'two') })
  // an answered order is on two machines, or it was not answered
  await waitForReplica(primary)
  promoted = postgres(replica.adminUrl, { max: 1, onnotice() {} })
  shop = await openShop({
    DATABASE_URL: atHost(primary.adminUrl, [...hostsOf(primary.adminUrl), ...hostsOf(replica.adminUrl)].join()),
    SOUK_SECRET: randomBytes(36).toString('base64'),
  })
}, 240_000)
afterAll(async () => {
  await shop?.remove()
  await promoted?.end()
  await Promise.all([primary?.stop(), replica?.stop()])
  await rm(folder, { recursive: true, force: true })
}, 120_000)

describe('a shop on a primary and a replica that is always up to date', () => {
  it('goes on selling on the replica when the primary is lost, and has every order it answered', async () => {
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    await sell(staff, 'kept', { units: 5000 })
    const buyers = startBuyers(shop.url, 'kept')
    await eventually(() => expect(buyers.acknowledged.size).toBeGreaterThan(10), { timeoutMs: 60_000 })
    await killServer(primary)
    const answered = buyers.acknowledged.size
    await eventually(() => expect(buyers.refusals.length).toBeGreaterThan(3), { timeoutMs: 30_000 })
    await promote(replica)
    await eventually(() => expect(buyers.acknowledged.size).toBeGreaterThan(answered + 20), { timeoutMs: 90_000 })
    await buyers.stop()
    await expectBooksToAgree(shop, promoted, 'kept', 5000, buyers)
  }, 240_000)

  it('starts again on the server that took over', async () => {
    await shop.stop()
    await shop.start()
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    await sell(staff, 'later')
  }, 120_000)
})
