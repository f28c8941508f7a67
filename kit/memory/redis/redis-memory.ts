import type { Logger } from '#kit/service/logger.ts'
import { type Memory, type PartName, PARTS } from '../memory.ts'
import { locksOn } from '../try-again.ts'
import { openRedis, type RedisOptions } from './connection.ts'
import { redisLockStore } from './lock-store.ts'
import { redisNotices } from './notices.ts'
import { redisRateStore } from './rate-store.ts'
import { redisSecondLevel } from './second-level.ts'
import { redisValues } from './values.ts'

export interface RedisMemoryOptions extends RedisOptions {
  readonly log: Logger
  /** of the program: answers written by another one are not used */
  readonly version: string
  /** finished answers are kept for so long at most */
  readonly answerSeconds: number
}

/** Where the finished answers of a service lie. */
const partOf = (service: string): PartName => (service in PARTS ? (service as PartName) : 'system')

/** The memory in Redis. Everything in it can be lost at any time: a shop without it is slower and as right as before. */
export function createRedisMemory(options: RedisMemoryOptions): Memory {
  const redis = openRedis(options)
  const counts = { hits: 0, misses: 0 }
  return {
    driver: 'redis',
    values: (part, name, seconds = PARTS[part].seconds) => redisValues(redis, part, name, seconds, counts),
    notices: (name, seconds) => redisNotices(redis, name, seconds),
    locks: locksOn(redisLockStore(redis)),
    rates: redisRateStore(redis),
    secondLevel: (service) =>
      redisSecondLevel({
        redis,
        part: partOf(service),
        name: `${service}:${options.version}`,
        longestSeconds: options.answerSeconds,
      }),
    async describe() {
      const { host } = new URL(options.url)
      const own = { driver: 'redis', host, up: redis.up(), failures: redis.failures(), ...counts }
      try {
        const info = parseInfo(await redis.run('system', (client) => client.info()))
        return { ...own, ...described(info) }
      } catch (error) {
        return { ...own, up: false, error: error instanceof Error ? error.message : String(error) }
      }
    },
    stats: () => ({ up: redis.up(), failures: redis.failures(), ...counts }),
    close: () => redis.close(),
  }
}

function parseInfo(text: string): Map<string, string> {
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
}

function described(info: Map<string, string>): Record<string, unknown> {
  const number = (key: string): number => Number(info.get(key) ?? 0)
  const [hits, misses] = [number('keyspace_hits'), number('keyspace_misses')]
  const keys = Object.entries(PARTS).map(([part, { database }]) => {
    const found = /keys=(\d+)/.exec(info.get(`db${database}`) ?? '')?.[1]
    return [part, Number(found ?? 0)] as const
  })
  return {
    version: info.get('redis_version'),
    memoryBytes: number('used_memory'),
    maxMemoryBytes: number('maxmemory'),
    evictedKeys: number('evicted_keys'),
    clients: number('connected_clients'),
    keys: Object.fromEntries(keys),
    serverHitRate: hits + misses === 0 ? null : Math.round((hits / (hits + misses)) * 1000) / 1000,
  }
}
