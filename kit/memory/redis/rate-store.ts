import { memoryRateStore, type RateState, type RateStore } from '#kit/http/rate-limit.ts'
import type { Redis } from './connection.ts'
import { script } from './script.ts'

/** Counts one more and says how many there were and how long the window still lasts, in milliseconds. */
const count = script(`
local used = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {used, left}`)

/** Clients over their limit that are remembered: whoever floods us must not flood Redis as well. */
const MOST_REFUSED = 10_000

/**
 * Counts in Redis, for all processes together. Where Redis does not answer, each process counts for itself: a client then
 * gets its budget once per process, never without limit.
 */
export function redisRateStore(redis: Redis, own: RateStore = memoryRateStore()): RateStore {
  const refused = new Map<string, number>()
  return {
    take(key, max, windowSeconds) {
      const until = refused.get(key)
      if (until !== undefined) {
        const left = until - Date.now()
        if (left > 0) return { allowed: false, limit: max, remaining: 0, resetSeconds: Math.ceil(left / 1000) }
        refused.delete(key)
      }
      return redis
        .run('sessions', (client) => count(client, [`rate:${key}`], [String(windowSeconds * 1000)]))
        .then((answer) => {
          const [used, left] = answer as [number, number]
          if (used > max) {
            if (refused.size >= MOST_REFUSED) refused.clear()
            refused.set(key, Date.now() + left)
          }
          return stateOf(used, left, max)
        })
        .catch(() => own.take(key, max, windowSeconds))
    },
  }
}

function stateOf(used: number, left: number, max: number): RateState {
  return { allowed: used <= max, limit: max, remaining: Math.max(0, max - used), resetSeconds: Math.ceil(left / 1000) }
}
