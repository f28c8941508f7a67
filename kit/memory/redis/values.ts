import type { PartName, Values } from '../memory.ts'
import type { Redis } from './connection.ts'
import { script } from './script.ts'

/** Keeps a value unless a later version is there. */
const keep = script(`
local found = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if found > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'version', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1`)

export interface Counts {
  hits: number
  misses: number
}

/** Values under `<name>:<key>`: a hash of value and version that ends by itself. */
export function redisValues<V>(redis: Redis, part: PartName, name: string, seconds: number, counts: Counts): Values<V> {
  const keyOf = (key: string): string => `${name}:${key}`
  const quietly = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => undefined,
      () => undefined,
    )
  return {
    async get(key) {
      try {
        const text = await redis.run(part, (client) => client.hGet(keyOf(key), 'value'))
        counts[text === null ? 'misses' : 'hits'] += 1
        return text === null ? undefined : (JSON.parse(text) as V)
      } catch {
        counts.misses += 1
        return undefined
      }
    },
    set: (key, value, version = 0) =>
      quietly(redis.run(part, (client) => keep(client, [keyOf(key)], [JSON.stringify(value), String(version), String(seconds)]))),
    delete: (key) => quietly(redis.run(part, (client) => client.del(keyOf(key)))),
  }
}
