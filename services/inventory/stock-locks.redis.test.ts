import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { createRedisMemory } from '#kit/memory/redis/redis-memory.ts'
import { startService, type TestService, testUser } from '#kit/testing/service.ts'
import { inventory } from './service.ts'
import { standBefore } from './stock-locks.ts'

const open = (url: string) =>
  createRedisMemory({ url, log: silentLogger, name: 'test', version: '1', answerSeconds: 60, deadlineMs: 1_000, restMs: 60_000 })
const prefix = `test-${randomBytes(6).toString('hex')}:`
const memory = open(`${process.env.REDIS_URL}?prefix=${prefix}`)
const deadMemory = open('redis://127.0.0.1:1')
const staff = testUser('0190a000-0000-7000-8000-000000000001', ['inventory:read', 'inventory:write'], ['ADMIN'])
const products = { warehouses: async () => ({ warehouses: null }) }
const shops: TestService[] = []
let shop: TestService
beforeAll(async () => {
  for (const one of [memory, deadMemory]) shops.push(await startService(inventory, { memory: one, rpc: { products } }))
  shop = shops[0]!
})
afterAll(async () => {
  for (const one of shops) await one.close()
  await memory.close()
  await deadMemory.close()
})

const correct = (sku: string, delta: number, at = shop) =>
  at.request('POST', '/api/inventory/adjustments', { as: staff, body: { sku, delta, reason: 'found' } })
const onHand = async (sku: string, at = shop) =>
  (await at.db.sql<{ n: number }[]>`select coalesce(sum(on_hand), 0)::integer as n from stock where sku = ${sku}`)[0]!.n

test('forty corrections of one SKU at the same moment are all made', async () => {
  await shop.request('PUT', '/api/inventory/MUG', { as: staff, body: { levels: [{ warehouse: 'main', onHand: 10 }] } })
  const answers = await Promise.all(Array.from({ length: 40 }, () => correct('MUG', 1)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(await onHand('MUG')).toBe(50)
})

test('whoever was overtaken while holding a lock that had run out is refused by the fence', async () => {
  await shop.request('PUT', '/api/inventory/CUP', { as: staff, body: { levels: [{ warehouse: 'main', onHand: 3 }] } })
  const frozen = await memory.locks.take(['inv:CUP'], { holdMs: 20 })
  expect((await correct('CUP', 2)).status).toBe(201)
  await expect(shop.db.tx((tx) => standBefore(tx, ['CUP'], frozen!.fence))).rejects.toMatchObject({ code: 'inventory/overtaken' })
  expect(await onHand('CUP')).toBe(5)
})

test('while somebody else holds the lock for long, a correction is made without it', async () => {
  await shop.request('PUT', '/api/inventory/POT', { as: staff, body: { levels: [{ warehouse: 'main', onHand: 3 }] } })
  const held = await memory.locks.take(['inv:POT'], { holdMs: 10_000 })
  expect((await correct('POT', 1)).status).toBe(201)
  expect(await onHand('POT')).toBe(4)
  await held!.release()
})

test('without Redis stock is corrected as ever', async () => {
  const alone = shops[1]!
  await alone.request('PUT', '/api/inventory/MUG', { as: staff, body: { levels: [{ warehouse: 'main', onHand: 10 }] } })
  const answers = await Promise.all(Array.from({ length: 20 }, () => correct('MUG', -1, alone)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10)
  expect(await onHand('MUG', alone)).toBe(0)
}, 30_000)
