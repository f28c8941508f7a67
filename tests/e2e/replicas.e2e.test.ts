// topology: its own
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { killServer, startReplica } from '#kit/testing/replica.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { sell } from './stock-the-shop.ts'

let folder: string
let primary: EmbeddedPostgres
let replica: EmbeddedPostgres
let onReplica: postgres.Sql
let shop: Shop

beforeAll(async () => {
  folder = await shopFolder('replicas')
  primary = await startPostgres({ dir: join(folder, 'one'), disposable: true })
  replica = await startReplica(primary, { dir: join(folder, 'two') })
  onReplica = postgres(replica.adminUrl, { max: 1, onnotice() {} })
  shop = await openShop({
    DATABASE_URL: primary.adminUrl,
    REPLICA_URLS: `postgres://127.0.0.1:${replica.port}/souk`,
    REPLICA_MAX_LAG_MS: '600000',
    SOUK_SECRET: randomBytes(36).toString('base64'),
  })
}, 240_000)
afterAll(async () => {
  await shop?.remove()
  await onReplica?.end({ timeout: 1 })
  await Promise.all([primary?.stop(), replica?.stop()])
  await rm(folder, { recursive: true, force: true })
}, 120_000)

const available = async (who: Client, headers: Record<string, string> = {}) =>
  expectStatus(await who.get('/api/inventory/lamp', headers), 200).body.available as number

describe('a shop that reads from a replica', () => {
  it('shows staff what they have just changed, and others what the replica knows', async () => {
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    const guest = client(shop.url)
    await sell(staff, 'lamp', { units: 5 })
    await eventually(async () => expect(await available(guest)).toBe(5), { timeoutMs: 20_000 })
    await onReplica`select pg_wal_replay_pause()`
    const changed = expectStatus(
      await staff.post('/api/inventory/adjustments', { sku: 'lamp', delta: 3, reason: 'found' }),
      200,
      201,
    )
    for (let look = 0; look < 5; look += 1) expect(await available(staff)).toBe(8)
    await eventually(async () => expect(await available(guest)).toBe(5), { timeoutMs: 20_000 })
    // another process that was told how far staff have seen would show it too
    const seen = changed.headers.get('x-souk-seen') as string
    expect(await available(guest, { 'x-souk-seen': seen })).toBe(8)
    await onReplica`select pg_wal_replay_resume()`
    await eventually(async () => expect(await available(guest)).toBe(8), { timeoutMs: 20_000 })
  }, 120_000)

  it('turns nobody away when the replica is lost', async () => {
    const guest = client(shop.url)
    await killServer(replica)
    for (let look = 0; look < 20; look += 1) expect(await available(guest)).toBe(8)
  }, 60_000)
})
