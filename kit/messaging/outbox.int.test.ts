import { afterEach, beforeEach, expect, test } from 'vitest'
import { withContext } from '#kit/core/context.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { createOutbox } from './outbox.ts'
import { Returned, Sold, type TestShop, testShop } from './testing/shop.ts'
import { createWakeUp, OUTBOX_CHANNEL } from './wake-up.ts'
import { silentLogger } from '#kit/service/logger.ts'

let shop: TestShop
beforeEach(async () => {
  shop = await testShop(['sales'])
})
afterEach(() => shop.close())

const stored = () =>
  shop.admin<
    { aggregateid: string; type: string; seq: bigint; payload: string }[]
  >`select aggregateid, type, seq, payload from sales.outbox order by position`

test('an event is stored as the CloudEvent it will be for its readers, with the ids of the request that caused it', async () => {
  const { outbox, db } = shop.outbox('sales')
  const event = Sold({ saleId: 'a', n: 1 }, { at: new Date('2024-02-29T12:00:00Z') })
  await withContext({ traceId: 't', correlationId: 'c', causationId: 'r' }, () => outbox.append(db.sql, [event]))
  const [row] = await stored()
  expect(JSON.parse(row!.payload)).toEqual({
    specversion: '1.0',
    id: event.id,
    source: 'sales',
    type: 'Sold.v1',
    subject: 'a',
    time: '2024-02-29T12:00:00.000Z',
    datacontenttype: 'application/json',
    traceid: 't',
    correlationid: 'c',
    causationid: 'r',
    data: { saleId: 'a', n: 1 },
    sequence: '1',
  })
})

test('events of one statement and of many are numbered per sale without a gap, and a rollback leaves none', async () => {
  const { outbox, db } = shop.outbox('sales')
  await outbox.append(db.sql, [
    Sold({ saleId: 'a', n: 1 }),
    Sold({ saleId: 'b', n: 1 }),
    Returned({ saleId: 'a' }),
    Sold({ saleId: 'a', n: 2 }),
  ])
  await expect(
    db.tx(async (tx) => {
      await outbox.append(tx, [Sold({ saleId: 'a', n: 99 })])
      throw new Error('changed my mind')
    }),
  ).rejects.toThrow('changed my mind')
  await outbox.append(db.sql, [])
  await outbox.append(db.sql, [Sold({ saleId: 'a', n: 3 })])
  await db.sql`select outbox_append(${outbox.encode([Sold({ saleId: 'b', n: 2 }), Sold({ saleId: 'a', n: 4 })])}::text::jsonb) where true`
  const rows = await stored()
  expect(rows.map((row) => [row.aggregateid, row.type, Number(row.seq)])).toEqual([
    ['a', 'Sold.v1', 1],
    ['b', 'Sold.v1', 1],
    ['a', 'Returned.v1', 2],
    ['a', 'Sold.v1', 3],
    ['a', 'Sold.v1', 4],
    ['b', 'Sold.v1', 2],
    ['a', 'Sold.v1', 5],
  ])
  for (const row of rows) expect(JSON.parse(row.payload).sequence).toBe(String(row.seq))
})

test('transactions that touch the same sales in different order do not block each other for ever, and number on without a gap', async () => {
  const { outbox, db } = shop.outbox('sales')
  const sales = ['a', 'b', 'c', 'd']
  await Promise.all(
    Array.from({ length: 100 }, (_, n) => {
      const order = n % 2 === 0 ? sales : [...sales].reverse()
      return outbox.append(
        db.sql,
        order.map((saleId) => Sold({ saleId, n })),
      )
    }),
  )
  const rows = await stored()
  for (const sale of sales) {
    // in the order of positions
    expect(rows.filter((row) => row.aggregateid === sale).map((row) => Number(row.seq))).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    )
  }
})

test('S32: a service can add events and read its own, but neither change nor remove them', async () => {
  const { outbox, db } = shop.outbox('sales')
  await outbox.append(db.sql, [Sold({ saleId: 'a', n: 1 })])
  await expect(db.sql`delete from outbox`).rejects.toMatchObject({ code: '42501' })
  await expect(db.sql`update outbox set payload = '{}'`).rejects.toMatchObject({ code: '42501' })
  await expect(db.sql`insert into bus.log select from bus.log`).rejects.toMatchObject({ code: '42501' })
  expect(await stored()).toHaveLength(1)
})

test('a thousand commits ring the relay a few times, and the last one is not forgotten', async () => {
  let heard = 0
  let direct = 0
  const listening = await shop.admin.listen(OUTBOX_CHANNEL, () => {
    heard += 1
  })
  const wakeUp = createWakeUp({ sql: shop.admin, log: silentLogger, intervalMs: 20 })
  const forget = wakeUp.onRing(() => {
    direct += 1
    return false
  })
  for (let n = 0; n < 1000; n += 1) wakeUp.ring()
  await eventually(() => expect(heard).toBeGreaterThan(1))
  expect(heard).toBeLessThan(10)
  expect(direct).toBe(1000)
  const before = heard
  wakeUp.ring()
  await eventually(() => expect(heard).toBeGreaterThan(before))
  forget()
  await wakeUp.stop()
  await listening.unlisten()
})

test('a relay of the same process that leads is told directly, and the database hears nothing', async () => {
  let heard = 0
  let leads = true
  const listening = await shop.admin.listen(OUTBOX_CHANNEL, () => {
    heard += 1
  })
  const wakeUp = createWakeUp({ sql: shop.admin, log: silentLogger })
  wakeUp.onRing(() => leads)
  wakeUp.ring()
  leads = false
  wakeUp.ring()
  await eventually(() => expect(heard).toBe(1))
  await wakeUp.stop()
  await listening.unlisten()
  expect(heard).toBe(1)
})

test('an outbox rings after every unit of work that may have committed events, also if another one rang in between', () => {
  let rings = 0
  let now = 0
  const ring = () => {
    rings += 1
  }
  const outbox = createOutbox({ source: 'sales', wakeUp: { ring }, now: () => now })
  outbox.wake()
  expect(rings).toBe(0)
  outbox.encode([Sold({ saleId: 'a', n: 1 })])
  outbox.encode([Sold({ saleId: 'b', n: 1 })])
  outbox.wake()
  outbox.wake()
  expect(rings).toBe(2)
  now = 60_000
  outbox.wake()
  expect(rings).toBe(2)
})
