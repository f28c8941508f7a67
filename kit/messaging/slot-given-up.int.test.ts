import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { startCdc } from './cdc.ts'
import { dropCdcSlot, prepareCdc, slotState } from './cdc-slot.ts'
import { startRowCdc } from './rows/row-cdc.ts'
import { prepareRows } from './rows/row-slot.ts'
import { grantRelay } from './schema-sets.ts'
import { type TestShop, testShop } from './testing/shop.ts'
import { flawless, judgeLog, writeSales } from './testing/writers.ts'

const schemas = ['sales']
const tables = [{ schema: 'sales', table: 'shelves' }]
const busy = { writers: 4, sales: 20, transactions: 200, rollbackShare: 0.05 }
const reader = 'reader'

/** A server of its own: what it gives up would be lost to other tests too. */
let server: EmbeddedPostgres
let folder: string
let shop: TestShop
let url: string

beforeAll(async () => {
  folder = await shopFolder('slots')
  server = await startPostgres({
    dir: folder,
    disposable: true,
    settings: { max_slot_wal_keep_size: '1MB', min_wal_size: '32MB' },
  })
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  shop = await testShop(schemas, server.adminUrl)
  await shop.admin.unsafe(`create role ${reader} login password 'only-for-tests'`)
  await grantRelay(shop.admin, { role: reader, schemas, bus: true })
  const own = new URL(shop.urlOf('bus'))
  own.username = reader
  url = own.href
})
afterEach(async () => {
  await eventually(async () => {
    await dropCdcSlot(shop.admin, reader)
    expect((await slotState(shop.admin, reader)).state).toBe('missing')
  })
  await shop.admin.unsafe(`drop owned by ${reader}; drop role ${reader}`)
  await shop.close()
})

/** More is written than the server keeps for a slot that nobody reads. */
async function giveUpSlot(): Promise<void> {
  await eventually(
    async () => {
      await shop.admin`select pg_logical_emit_message(false, 'fill', 'x'), pg_switch_wal()`
      await shop.admin`checkpoint`
      const [slot] = await shop.admin`select wal_status from pg_replication_slots where slot_name = ${reader}`
      expect(slot).toEqual({ wal_status: 'lost' })
    },
    { timeoutMs: 15_000 },
  )
}

test('events whose slot the server has given up are taken from the outbox, in order, nothing twice', async () => {
  await prepareCdc(shop.admin, { role: reader, schemas, publication: reader })
  const { outbox, db } = shop.outbox('sales')
  const start = () =>
    startCdc({ url, schemas, bus: shop.bus(), log: silentLogger, janitorMs: 20, slot: reader, publication: reader })
  const everythingPublished = () =>
    eventually(
      async () => {
        const [{ missing }] = await shop.admin<[{ missing: number }]>`
          select (select count(*) from sales.effects)::int - (select count(*) from bus.log)::int as missing`
        expect(missing).toBe(0)
        expect(await shop.admin`select 1 from sales.outbox limit 1`).toEqual([])
      },
      { timeoutMs: 15_000 },
    )
  const first = await start()
  await writeSales(db, outbox, busy)
  await everythingPublished()
  await first.stop()
  await writeSales(db, outbox, busy)
  await giveUpSlot()
  const writers = writeSales(db, outbox, busy)
  const second = await start()
  await writers
  await everythingPublished()
  await second.stop()
  expect(await judgeLog(shop.admin, shop.admin, 'sales')).toEqual(flawless)
})

test('rows whose slot the server has given up are all read anew, and their changes go on', async () => {
  await shop.admin`create table sales.shelves (sku text primary key, units integer)`
  await prepareRows(shop.admin, { role: reader, tables, publication: reader })
  const start = () =>
    startRowCdc({ url, tables, bus: shop.bus(), log: silentLogger, slot: reader, publication: reader, name: 'sales' })
  const operations = async () => {
    const rows = await shop.admin<{ value: string }[]>`select value from bus.log where topic = 'sales.shelves' order by "offset"`
    return rows.map(({ value }) => (JSON.parse(value) as { op: string }).op)
  }
  const first = await start()
  await eventually(() => expect(first.stats().leading).toBe(true))
  await shop.admin`insert into sales.shelves values ('mug', 1)`
  await eventually(async () => expect(await operations()).toEqual(['c']))
  await first.stop()
  await giveUpSlot()
  const second = await start()
  await eventually(async () => expect(await operations()).toEqual(['c', 'r']))
  await shop.admin`update sales.shelves set units = 2`
  await eventually(async () => expect(await operations()).toEqual(['c', 'r', 'u']))
  await second.stop()
})
