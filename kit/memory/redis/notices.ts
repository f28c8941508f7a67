import type { Notices } from '../memory.ts'
import type { Redis } from './connection.ts'

/** A sorted set of words by the time until which they count, and a channel for those who listen. */
export function redisNotices(redis: Redis, name: string, seconds: number): Notices {
  const key = `notices:${name}`
  return {
    async post(words) {
      if (words.length === 0) return
      const now = Date.now()
      const entries = words.map((value) => ({ value, score: now + seconds * 1000 }))
      await redis
        .run('sessions', (client) =>
          client
            .multi()
            .zAdd(key, entries)
            .zRemRangeByScore(key, 0, now)
            .expire(key, Math.ceil(seconds))
            .publish(`${redis.prefix}${key}`, JSON.stringify(words))
            .exec(),
        )
        .catch(() => undefined)
    },
    follow(onWord) {
      const readAll = async (): Promise<void> => {
        const words = await redis.run('sessions', (client) => client.zRangeByScore(key, Date.now(), '+inf'))
        for (const word of words) onWord(word)
      }
      return redis.hear(key, (message) => {
        if (message === undefined) readAll().catch(() => undefined)
        else for (const word of JSON.parse(message) as string[]) onWord(word)
      })
    },
  }
}
