import { randomBytes } from 'node:crypto'
import { createClient } from '@redis/client'
import { afterAll, describe, expect, it } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { memoryContract } from '../memory.contract.ts'
import type { Memory } from '../memory.ts'
import { createRedisMemory } from './redis-memory.ts'

const opened: Memory[] = []
afterAll(() => Promise.all(opened.map((memory) => memory.close())))

/** Each test has keys of its own on the server. */
const newPrefix = () => `test-${randomBytes(6).toString('hex')}:`
function open(prefix: string, version = '1'): Memory {
  const memory = createRedisMemory({
    url: `${process.env.REDIS_URL}?prefix=${prefix}`,
    log: silentLogger,
    name: 'test',
    deadlineMs: 2_000,
    version,
    answerSeconds: 600,
  })
  opened.push(memory)
  return memory
}

memoryContract('redis:', async () => {
  const prefix = newPrefix()
  return { open: async () => open(prefix) }
})

/** Where things lie and for how long, as whoever runs Redis is told (decision 17). */
const places = [
  ['sessions', 0, 30 * 60],
  ['inventory', 1, 60 * 60],
  ['orders', 2, 60 * 60],
  ['system', 3, 24 * 60 * 60],
] as const

describe('memory in Redis', () => {
  it.each(places)('keeps %s in logical database %i for %i seconds, and nowhere else', async (part, database, seconds) => {
    const prefix = newPrefix()
    await open(prefix).values<string>(part, 'thing').set('a', 'x')
    const found = await Promise.all(
      places.map(async ([, number]) => {
        const client = createClient({ url: process.env.REDIS_URL as string, database: number })
        await client.connect()
        try {
          const keys: string[] = []
          for await (const some of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) keys.push(...[some].flat())
          return await Promise.all(keys.map(async (key) => [number, await client.ttl(key)] as const))
        } finally {
          client.destroy()
        }
      }),
    )
    expect(found.flat().map(([number]) => number)).toEqual([database])
    const [[, left]] = found.flat() as [readonly [number, number]]
    expect(left).toBeGreaterThan(seconds - 60)
    expect(left).toBeLessThanOrEqual(seconds)
  })

  it('says how much it keeps and how often it helped', async () => {
    const memory = open(newPrefix())
    const orders = memory.values<string>('orders', 'order')
    await orders.set('a', 'x')
    await orders.get('a')
    await orders.get('b')
    expect(await memory.describe()).toMatchObject({ driver: 'redis', up: true, hits: 1, misses: 1, failures: 0 })
    expect((await memory.describe()) as { keys: { orders: number } }).toMatchObject({ keys: { orders: expect.any(Number) } })
    expect(memory.stats()).toEqual({ up: true, hits: 1, misses: 1, failures: 0 })
  })
})
