// topology: its own
import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { killServer, startReplica } from '#kit/testing/replica.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { type Client, client, expectStatus, signIn } from './client.ts'
import { openShop, type Shop } from './shop.ts'
import { openApart } from './shop-apart.ts'
import { sell } from './stock-the-shop.ts'

let folder: string
let primary: EmbeddedPostgres
let replica: EmbeddedPostgres
let onReplica: postgres.Sql
let shop: Shop
let environment: Record<string, string>

beforeAll(async () => {
  folder = await shopFolder('replicas')
  primary = await startPostgres({ dir: join(folder, 'one'), disposable: true })
  replica = await startReplica(primary, { dir: join(folder, 'two') })
  onReplica = postgres(replica.adminUrl, { max: 1, onnotice() {} })
  environment = {
    DATABASE_URL: primary.adminUrl,
    DATABASE_CONNECTIONS: '24',
    REPLICA_URLS: `postgres://127.0.0.1:${replica.port}/souk`,
    REPLICA_MAX_LAG_MS: '600000',
    SOUK_SECRET: randomBytes(36).toString('base64'),
  }
  shop = await openShop(environment)
}, 240_000)
afterAll(async () => {
  await shop?.remove()
  await onReplica?.end({ timeout: 1 })
  await Promise.all([primary?.stop(), replica?.stop()])
  await rm(folder, { recursive: true, force: true })
}, 120_000)

const available = async (who: Client, headers: Record<string, string> = {}, sku = 'lamp') =>
  expectStatus(await who.get(`/api/inventory/${sku}`, headers), 200).body.available as number

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

  it('does so also behind a gateway of its own, whichever of two processes answers', async () => {
    const rest = (await readdir(new URL('../../services/', import.meta.url))).filter((name) => name !== 'gateway')
    const apart = await openApart({ front: ['gateway'], rest, second: ['inventory'] }, { environment, ownFolders: true })
    try {
      const door = client(apart.url('front'))
      const { email, password } = shop.administrator
      const staff = await eventually(async () => await signIn(apart.url('front'), email, password), { timeoutMs: 20_000 })
      await sell(staff, 'torch', { units: 5 })
      await eventually(async () => expect(await available(door, {}, 'torch')).toBe(5), { timeoutMs: 20_000 })
      await onReplica`select pg_wal_replay_pause()`
      const adjustment = { sku: 'torch', delta: 3, reason: 'found' }
      const changed = expectStatus(await staff.post('/api/inventory/adjustments', adjustment), 200, 201)
      const seen = { 'x-souk-seen': changed.headers.get('x-souk-seen') as string }
      const looks = await Promise.all(Array.from({ length: 20 }, () => available(door, seen, 'torch')))
      expect(looks).toEqual(Array(20).fill(8))
      const { instances } = expectStatus(await staff.get('/actuator/gateway/upstreams'), 200).body
      const asked = (instances as { service: string; requests: number }[]).filter(({ service }) => service === 'inventory')
      expect(asked.map(({ requests }) => requests > 0)).toEqual([true, true])
      expect(await available(door, {}, 'torch')).toBe(5)
    } finally {
      await onReplica`select pg_wal_replay_resume()`
      await apart.remove()
    }
  }, 180_000)

  it('turns nobody away when the replica is lost', async () => {
    const guest = client(shop.url)
    await killServer(replica)
    for (let look = 0; look < 20; look += 1) expect(await available(guest)).toBe(8)
  }, 60_000)
})
