import { hash as argon2Hash, parseOptions, verify as argon2Verify } from '@node-rs/argon2'
import { parseOptions as parseBcrypt, verify as bcryptVerify } from '@node-rs/bcrypt'
import { errors } from './errors.ts'
import { normalisePassword } from './password-rules.ts'

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** An imported bcrypt hash of a higher cost would occupy a thread for seconds. */
const MAX_BCRYPT_COST = 14

/** Hash of nothing anybody knows, of the same cost as a real one: verified for unknown accounts. */
export const NOBODYS_HASH = '$argon2id$v=19$m=19456,t=2,p=1$c291ay1ub2JvZHktc2FsdA$DumwrmwcxfnGZmOO0kEQ6tJ9Cmbg5XtD1kaSIMeoFmU'

/** Only this many hashes at a time, and a bounded queue: a storm of logins must not take the processor from checkout. */
export class Bulkhead {
  readonly #limit: number
  readonly #maxQueue: number
  readonly #waiting: (() => void)[] = []
  #running = 0
  constructor(limit: number, maxQueue: number) {
    this.#limit = limit
    this.#maxQueue = maxQueue
  }

  get queued(): number {
    return this.#waiting.length
  }

  /** Runs `work` in a slot. Throws `auth/busy` (Retry-After 1 s) when the queue is full. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limit) this.#running += 1
    else {
      if (this.#waiting.length >= this.#maxQueue) throw errors.busy({}, { retryAfterSeconds: 1 })
      // the slot is handed over by whoever leaves, so nobody can slip in between
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}

export interface Lane {
  /** how many wait */
  readonly queued: number
  /** Runs `work` in a slot. Throws `auth/busy` (Retry-After 1 s) when the queue is full. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** A part of a bulkhead: its work runs inside of it, at most `limit` pieces at a time and with a queue of its own. */
export function laneOf(whole: Bulkhead, limit: number, maxQueue: number): Lane {
  const part = new Bulkhead(limit, maxQueue)
  return {
    get queued() {
      return part.queued
    },
    run: (work) => part.run(() => whole.run(work)),
  }
}

/** argon2id hash of a password, in PHC form. */
export function hashPassword(password: string): Promise<string> {
  return argon2Hash(normalisePassword(password), ARGON2)
}

/** True when the password fits the hash (argon2id, or bcrypt of an imported account). A hash of another form fits nothing. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  try {
    if (hash.startsWith('$argon2')) return await argon2Verify(hash, normalisePassword(password))
    if (parseBcrypt(hash).cost > MAX_BCRYPT_COST) return false
    return await bcryptVerify(password, hash)
  } catch {
    return false
  }
}

/** True for a hash that is not what `hashPassword` makes today: it is replaced at the next login. */
export function isOutdated(hash: string): boolean {
  if (!hash.startsWith('$argon2id$')) return true
  const { memoryCost, timeCost, parallelism } = parseOptions(hash)
  return memoryCost !== ARGON2.memoryCost || timeCost !== ARGON2.timeCost || parallelism !== ARGON2.parallelism
}

/** True for a hash that can be checked at all. */
export function isKnownHash(hash: string): boolean {
  try {
    if (hash.startsWith('$argon2id$')) parseOptions(hash)
    else return parseBcrypt(hash).cost <= MAX_BCRYPT_COST
    return true
  } catch {
    return false
  }
}
