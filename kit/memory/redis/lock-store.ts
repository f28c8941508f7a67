import type { LockStore } from '../locks.ts'
import type { Redis } from './connection.ts'
import { script } from './script.ts'

/**
 * SET NX for all names or for none. The fence is the clock of Redis in microseconds, and more than the last one: it goes on
 * growing when Redis has forgotten everything.
 */
const take = script(`
for _, key in ipairs(KEYS) do
  if key ~= KEYS[1] and redis.call('EXISTS', key) == 1 then return false end
end
for index = 2, #KEYS do redis.call('SET', KEYS[index], ARGV[1], 'NX', 'PX', ARGV[2]) end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
if now <= last then now = last + 1 end
local text = string.format('%.0f', now)
redis.call('SET', KEYS[1], text, 'EX', 86400)
return text`)

const release = script(`
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 1`)

const keyOf = (name: string): string => `lock:${name}`

/** `lock:<name>` in the database of inventory: `lock:inv:MUG-1`. */
export function redisLockStore(redis: Redis): LockStore {
  return {
    async tryTake(names, owner, holdMs) {
      const keys = ['lock-fence', ...names.map(keyOf)]
      const fence = await redis.run('inventory', (client) => take(client, keys, [owner, String(holdMs)]))
      return fence === null || fence === undefined ? undefined : Number(fence)
    },
    async release(names, owner) {
      await redis.run('inventory', (client) => release(client, names.map(keyOf), [owner]))
    },
  }
}
