import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { type PgBouncer, startPgBouncer } from '#kit/testing/pgbouncer.ts'
import { expectBooksToAgree } from './books-of-the-shop.ts'
import { startBuyers } from './buyers.ts'
import { client, expectStatus, signIn } from './client.ts'
import { mailsTo } from './mailbox.ts'
import { openShop, type Shop } from './shop.ts'
import { orderOf, sell } from './stock-the-shop.ts'

for (const strategy of ['relay', 'cdc'] as const)
  describe(`a shop behind PgBouncer in transaction mode, its events by ${strategy}`, () => {
    let folder: string
    let server: EmbeddedPostgres
    let bouncer: PgBouncer
    let shop: Shop
    let main: postgres.Sql

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'souk-pooled-'))
      server = await startPostgres({ dir: join(folder, 'postgres'), disposable: true })
      main = postgres(server.adminUrl, { max: 1, onnotice() {} })
      bouncer = await startPgBouncer(server.adminUrl)
      shop = await openShop({
        DATABASE_URL: server.adminUrl,
        POOLER_URL: bouncer.url,
        SOUK_SECRET: randomBytes(36).toString('base64'),
        EVENTS_STRATEGY: strategy,
      })
    }, 240_000)
    afterAll(async () => {
      await shop?.remove()
      await bouncer?.stop()
      await main?.end()
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    }, 120_000)

    it('sells, tells the events and sends the mail', async () => {
      const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
      await sell(staff, 'pooled', { units: 10 })
      const placed = expectStatus(await client(shop.url).post('/api/orders', orderOf('pooled')), 201)
      expect(placed.body.status).toBe('CONFIRMED')
      await eventually(
        async () => {
          const mails = await mailsTo(staff, 'ann@example.com')
          expect(mails.map(({ subject }) => subject).join()).toContain(placed.body.number)
        },
        { timeoutMs: 30_000 },
      )
      const slots = await main`select from pg_replication_slots where plugin = 'pgoutput' and active`
      expect(slots).toHaveLength(strategy === 'cdc' ? 1 : 0)
    }, 90_000)

    it('keeps no more connections to PostgreSQL than PgBouncer may have, beside those for notifications and locks', async () => {
      const rows = await main<{ role: string; count: number }[]>`
      select usename::text as role, count(*)::int as count from pg_stat_activity where usename like 'souk_%' and usename not in ('souk_bus', 'souk_relay', 'souk_admin') group by 1`
      expect(rows.filter(({ count }) => count > 5)).toEqual([])
    })

    it('loses and doubles nothing when PgBouncer dies while people buy', async () => {
      const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
      await sell(staff, 'rush', { units: 5000 })
      const buyers = startBuyers(shop.url, 'rush')
      for (const round of [1, 2]) {
        const before = buyers.acknowledged.size
        await eventually(() => expect(buyers.acknowledged.size).toBeGreaterThan(before + 5), { timeoutMs: 60_000 })
        const refused = buyers.refusals.length
        await bouncer.kill()
        await eventually(() => expect(buyers.refusals.length, `round ${round}`).toBeGreaterThan(refused), { timeoutMs: 30_000 })
        await bouncer.start()
      }
      const before = buyers.acknowledged.size
      await eventually(() => expect(buyers.acknowledged.size).toBeGreaterThan(before + 5), { timeoutMs: 60_000 })
      await buyers.stop()
      await expectBooksToAgree(shop, main, 'rush', 5000, buyers)
    }, 240_000)
  })
