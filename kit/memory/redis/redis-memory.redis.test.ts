import { randomBytes } from 'node:crypto'
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

describe('memory in Redis', () => {
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
