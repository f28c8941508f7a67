import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { dropCdcSlot, prepareCdc, slotState } from '../cdc-slot.ts'
import { grantRelay } from '../schema-sets.ts'
import { type Child, killChildren, startChild } from '../testing/child.ts'
import { type TestShop, testShop } from '../testing/shop.ts'
import { writeSales } from '../testing/writers.ts'

/** Topics of their own, so that a run hears nothing of an earlier one. */
let busUrl: string
const schemas = ['sales']
const unique = `souk_kafka_${randomBytes(6).toString('hex')}`
let shop: TestShop
let url: string

beforeEach(async () => {
  busUrl = `${process.env.KAFKA_URL}/kills-${randomBytes(5).toString('hex')}`
  shop = await testShop()
  await shop.admin.unsafe(`create role ${unique} login password 'only-for-tests'`)
  await grantRelay(shop.admin, { role: unique, schemas, bus: true })
  await prepareCdc(shop.admin, { role: unique, schemas, publication: unique })
  const own = new URL(shop.urlOf('bus'))
  own.username = unique
  url = own.href
})
afterEach(async () => {
  await killChildren()
  await eventually(async () => {
    await dropCdcSlot(shop.admin, unique)
    expect((await slotState(shop.admin, unique)).state).toBe('missing')
  })
  await shop.admin.unsafe(`drop owned by ${unique}; drop role ${unique}`)
  await shop.close()
})

/** How the effects differ from "each committed event once, per sale in order". */
async function verdict() {
  const [row] = await shop.admin<{ lost: number; invented: number; doubled: number; outOfOrder: number }[]>`
    select (select count(*)::int from sales.effects s where not exists (select from stock.effects e where e.event_id = s.event_id)) as lost,
           (select count(*)::int from stock.effects e where not exists (select from sales.effects s where s.event_id = e.event_id)) as invented,
           (select (count(*) - count(distinct event_id))::int from stock.effects) as doubled,
           (select count(*)::int from (select sequence, lag(sequence) over (partition by sale order by position) as before from stock.effects) x
             where sequence <= before) as "outOfOrder"`
  return row
}

const count = async (table: string) => Number((await shop.admin.unsafe(`select count(*) as n from ${table}`))[0]!.n)

test.each(['relay', 'cdc'] as const)(
  'on Kafka by %s: publishers and consumers that are killed again and again lose no event and let none take effect twice',
  async (strategy) => {
    const { outbox, db } = shop.outbox('sales')
    const publisher = () =>
      startChild('./publisher-process.ts', { busUrl, url, schemas, strategy, slot: unique, publication: unique })
    const consumer = () =>
      startChild('./consumer-process.ts', { busUrl, dbUrl: shop.urlOf('stock'), group: 'stock', mode: 'safe' })
    const publishers: Child[] = [await publisher(), await publisher()]
    const consumers: Child[] = [await consumer(), await consumer()]
    let writing = true
    const writers = writeSales(db, outbox, { writers: 10, sales: 20, transactions: 3000, rollbackShare: 0.05 }).finally(() => {
      writing = false
    })
    for (let kills = 0; writing && kills < 20; kills += 1) {
      const before = await count('stock.effects')
      await eventually(async () => expect(!writing || (await count('stock.effects')) > before + 100).toBe(true), {
        timeoutMs: 30_000,
      })
      const [family, start] = kills % 2 === 0 ? [publishers, publisher] : [consumers, consumer]
      await family.shift()!.kill()
      family.push(await start())
    }
    await writers
    await eventually(async () => expect(await count('stock.effects')).toBeGreaterThanOrEqual(await count('sales.effects')), {
      timeoutMs: 60_000,
      everyMs: 100,
    })
    expect(await verdict()).toEqual({ lost: 0, invented: 0, doubled: 0, outOfOrder: 0 })
  },
  150_000,
)
