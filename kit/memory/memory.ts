import type { RateStore } from '#kit/http/rate-limit.ts'
import type { SecondLevel } from '#kit/cache/second-level.ts'
import type { Locks } from './locks.ts'

/** Parts of the memory, each a logical database of Redis, and how long things stay there where nothing else is said. */
export const PARTS = {
  /** sessions, ended sessions, budgets of clients */
  sessions: { database: 0, seconds: 1800 },
  /** items, stock, locks on them */
  inventory: { database: 1, seconds: 3600 },
  /** orders, their status and history */
  orders: { database: 2, seconds: 3600 },
  /** finished answers, carts, everything else */
  system: { database: 3, seconds: 86_400 },
} as const

export type PartName = keyof typeof PARTS

/**
 * Values that are known elsewhere too: whoever asks must be able to go on without. Nothing here throws; a store that does
 * not answer remembers nothing.
 */
export interface Values<V> {
  get(key: string): Promise<V | undefined>
  /** Keeps a value; what is kept with a higher version stays. */
  set(key: string, value: V, version?: number): Promise<void>
  delete(key: string): Promise<void>
}

/** Words that all processes have to hear soon, and those that start later as long as they count. */
export interface Notices {
  /** Tells everybody who follows. Never throws: whoever must not miss it has another way to know. */
  post(words: readonly string[]): Promise<void>
  /** Calls `onWord` with every word that still counts, then with each new one; a word may come twice. */
  follow(onWord: (word: string) => void): Promise<{ stop(): Promise<void> }>
}

/**
 * What processes remember together and may lose: nothing is kept here alone. Drivers: `memory:` (this process) and
 * `redis://`.
 */
export interface Memory {
  readonly driver: 'memory' | 'redis'
  values<V>(part: PartName, name: string, seconds?: number): Values<V>
  notices(name: string, seconds: number): Notices
  readonly locks: Locks
  /** budgets of clients */
  readonly rates: RateStore
  /** finished answers that the processes share; undefined where each has only its own */
  secondLevel(name: string): SecondLevel | undefined
  /** for health: keys, memory, hit rate. Never throws. */
  describe(): Promise<Record<string, unknown>>
  stats(): MemoryStats
  close(): Promise<void>
}

export interface MemoryStats {
  /** false: it does not answer, everybody gets on without */
  readonly up: boolean
  readonly hits: number
  readonly misses: number
  /** questions that were not answered, or not in time */
  readonly failures: number
}
