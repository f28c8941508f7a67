import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { eventually } from '#kit/testing/eventually.ts'
import type { TestService } from '#kit/testing/service.ts'
import { reserveAll } from './holds.ts'
import { expectInvariants, levelOf, outcomes, reserve, startInventory, stockUp } from './testing.ts'

let service: TestService
beforeAll(async () => {
  service = await startInventory()
})
afterAll(async () => {
  await expectInvariants(service)
  await service.close()
})

describe('S13: a flash sale', () => {
  it('sells 50 units to exactly 50 of 200 buyers who come at once', async () => {
    const sku = await stockUp(service, 50)
    const answers = await Promise.all(Array.from({ length: 200 }, () => reserve(service, [{ sku, quantity: 1 }])))
    expect(outcomes(answers)).toEqual({ reserved: 50, 'out-of-stock': 150 })
    expect(await levelOf(service, sku)).toEqual({ onHand: 50, reserved: 50, owed: 0 })
  })

  it('would sell more than there is if stock were read first and written later', async () => {
    const sku = await stockUp(service, 50)
    const { sql } = service.db
    const readThenWrite = async () => {
      const [row] = await sql<
        { on_hand: number; reserved: number }[]
      >`select s.on_hand, s.reserved from stock s where s.sku = ${sku}`
      if (row!.on_hand - row!.reserved < 1) return 'out-of-stock'
      await sql`update stock s set reserved = ${row!.reserved + 1} where s.sku = ${sku}`
      return 'reserved'
    }
    const answers = await Promise.all(Array.from({ length: 200 }, readThenWrite))
    expect(answers.filter((answer) => answer === 'reserved').length).toBeGreaterThan(50)
    await sql`update stock s set reserved = 0 where s.sku = ${sku}`
  })

  it('grants a group in the order of arrival and lets one shortage hurt nobody else', async () => {
    const sku = await stockUp(service, 5)
    const other = await stockUp(service, 10)
    const request = (quantity: number, more: { sku: string; quantity: number }[] = []) => ({
      order: randomUUID(),
      ttl: 60,
      warehouses: null,
      lines: [{ sku, quantity }, ...more],
    })
    const answers = await reserveAll(service.db.sql, [
      request(3),
      request(3),
      request(2, [{ sku: other, quantity: 1 }]),
      request(1),
      request(1, [{ sku: 'no-such', quantity: 1 }]),
    ])
    expect(answers.map((answer) => answer.outcome)).toEqual([
      'reserved',
      'out-of-stock',
      'reserved',
      'out-of-stock',
      'out-of-stock',
    ])
    expect(answers[1]!.short).toEqual([{ sku, available: 2 }])
    expect(answers[4]!.short.map((one) => one.sku)).toEqual(expect.arrayContaining(['no-such']))
    expect(await levelOf(service, sku)).toMatchObject({ reserved: 5 })
    expect(await levelOf(service, other)).toMatchObject({ reserved: 1 })
  })
})

describe('the last units', () => {
  const ask = (sku: string, quantity: number) => ({
    order: uuidv7(),
    ttl: 900,
    warehouses: null,
    lines: [{ sku, quantity }],
  })

  it('go to the first of two orders that are answered together, if there is enough for each but not for both', async () => {
    const sku = await stockUp(service, 3)
    const answers = await reserveAll(service.db.sql, [ask(sku, 2), ask(sku, 2)])
    expect(answers.map((answer) => answer.outcome)).toEqual(['reserved', 'out-of-stock'])
    expect(await levelOf(service, sku)).toMatchObject({ reserved: 2 })
  })

  it('are looked at only when whoever asked before has his answer: the second hears “out of stock”, no error', async () => {
    const sku = await stockUp(service, 1)
    let second: ReturnType<typeof reserveAll> | undefined
    await service.db.tx(async (tx) => {
      await reserveAll(tx, [ask(sku, 1)])
      second = reserveAll(service.db.sql, [ask(sku, 1)])
      second.catch(() => undefined)
      await eventually(async () => {
        const [row] = await service.database.admin`
          select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        expect(row).toBeDefined()
      })
    })
    expect((await second!).map((answer) => answer.outcome)).toEqual(['out-of-stock'])
  })
})
