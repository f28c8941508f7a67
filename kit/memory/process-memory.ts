import { memoryRateStore } from '#kit/http/rate-limit.ts'
import type { LockStore } from './locks.ts'
import { type Memory, type Notices, PARTS, type Values } from './memory.ts'
import { locksOn } from './try-again.ts'

/** Values of one kind that are kept at most; the oldest go first. */
const MOST_VALUES = 10_000

/** The memory of this process alone: `memory:`. */
export function createProcessMemory(now: () => number = Date.now): Memory {
  const counts = { hits: 0, misses: 0 }
  const values = new Map<string, Values<unknown>>()
  const boards = new Map<string, Notices>()
  const once = <T>(map: Map<string, T>, key: string, make: () => T): T => {
    const found = map.get(key) ?? make()
    map.set(key, found)
    return found
  }
  return {
    driver: 'memory',
    values: <V>(part: keyof typeof PARTS, name: string, seconds: number = PARTS[part].seconds) =>
      once(values, `${part} ${name}`, () => valuesOf(seconds, now, counts)) as Values<V>,
    notices: (name, seconds) => once(boards, name, () => noticesOf(seconds, now)),
    locks: locksOn(lockStore(now)),
    rates: memoryRateStore(),
    secondLevel: () => undefined,
    describe: async () => ({ driver: 'memory' }),
    stats: () => ({ up: true, failures: 0, ...counts }),
    close: async () => undefined,
  }
}

function valuesOf(seconds: number, now: () => number, counts: { hits: number; misses: number }): Values<unknown> {
  // as text: what was put in cannot be changed from outside, as with any other store
  const kept = new Map<string, { text: string; version: number; until: number }>()
  const alive = (key: string) => {
    const found = kept.get(key)
    return found && found.until > now() ? found : undefined
  }
  return {
    async get(key) {
      const found = alive(key)
      counts[found ? 'hits' : 'misses'] += 1
      return found && JSON.parse(found.text)
    },
    async set(key, value, version = 0) {
      if ((alive(key)?.version ?? 0) > version) return
      kept.delete(key)
      kept.set(key, { text: JSON.stringify(value), version, until: now() + seconds * 1000 })
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_VALUES) break
        kept.delete(oldest)
      }
    },
    async delete(key) {
      kept.delete(key)
    },
  }
}

function noticesOf(seconds: number, now: () => number): Notices {
  const words = new Map<string, number>()
  const followers = new Set<(word: string) => void>()
  const forgetOld = (): void => {
    for (const [word, until] of words) if (until <= now()) words.delete(word)
  }
  return {
    async post(posted) {
      forgetOld()
      for (const word of posted) {
        words.set(word, now() + seconds * 1000)
        for (const tell of followers) tell(word)
      }
    },
    async follow(onWord) {
      forgetOld()
      for (const word of words.keys()) onWord(word)
      followers.add(onWord)
      return { stop: async () => void followers.delete(onWord) }
    },
  }
}

function lockStore(now: () => number): LockStore {
  const locks = new Map<string, { owner: string; until: number }>()
  let last = 0
  return {
    async tryTake(names, owner, holdMs) {
      const time = now()
      if (names.some((name) => (locks.get(name)?.until ?? 0) > time)) return undefined
      for (const name of names) locks.set(name, { owner, until: time + holdMs })
      last = Math.max(last + 1, time * 1000)
      return last
    },
    async release(names, owner) {
      for (const name of names) if (locks.get(name)?.owner === owner) locks.delete(name)
    },
  }
}
