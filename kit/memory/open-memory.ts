import type { Memory } from './memory.ts'
import { createProcessMemory } from './process-memory.ts'
import type { RedisMemoryOptions } from './redis/redis-memory.ts'

/** The memory of a URL; only its driver is loaded. Does not wait for Redis: a shop starts without it. */
export async function openMemory(options: RedisMemoryOptions): Promise<Memory> {
  if (!/^rediss?:/.test(options.url)) return createProcessMemory()
  const { createRedisMemory } = await import('./redis/redis-memory.ts')
  return createRedisMemory(options)
}
