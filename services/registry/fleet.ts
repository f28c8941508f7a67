import { setTimeout as delay } from 'node:timers/promises'
import type { Settings } from './settings.ts'
import type { Census, Store, Write } from './store.ts'
import { cancelled, type Entry, keyOf, overriddenWith, registered, released, renews, withMetadata } from './entry.ts'
import { errors } from './errors.ts'
import type { readRegistration, Status } from './instance.ts'
import type { Logger } from '#kit/service/logger.ts'

/** How long changes stay in a delta: clients that ask more rarely read everything. */
const DELTA_MS = 3 * 60_000
/** A change is answered once it is stored, or after this long: while the database is away the fleet goes on in memory. */
const STORE_PATIENCE_MS = 1_000
const RENEWALS_MS = 1_000

/**
 * Who runs where. Asked and changed in memory; every change is stored, and what other registry processes store is taken over. Without the
 * database it goes on with what it knows, removes nobody, and stores what it was told once the database is back.
 */
export class Fleet {
  readonly #store: Store
  readonly #settings: Settings
  readonly #log: Logger
  readonly #entries = new Map<string, Entry>()
  readonly #unsaved = new Map<string, Write>()
  #renewed = new Map<string, Entry>()
  #renewals: number[] = []
  #snapshot: string | undefined
  #saving: Promise<void> | undefined
  #lookedOnce = false
  #timers: NodeJS.Timeout[] = []
  #version = 0
  /** tell those who wait for a change */
  readonly #waiting = new Set<() => void>()
  #leaving = false
  census: Census = { total: 0, silent: 0, preserving: false }
  /** false while the database does not answer */
  stored = true

  constructor(store: Store, settings: Settings, log: Logger) {
    this.#store = store
    this.#settings = settings
    this.#log = log
  }

  /** Reads the fleet that was stored, gives everybody a whole lease and begins to look for changes and silent ones. */
  async open(): Promise<void> {
    await this.#attempt(async () => {
      await this.#store.warmUp()
      await this.#look()
    })
    const every = (milliseconds: number, work: () => Promise<void>) => {
      let running = false
      const timer = setInterval(() => {
        if (running) return
        running = true
        void this.#attempt(work).finally(() => {
          running = false
        })
      }, milliseconds)
      this.#timers.push(timer.unref())
    }
    every(this.#settings.refreshMs, async () => {
      await this.#save()
      await this.#look()
    })
    every(RENEWALS_MS, () => this.#storeRenewals())
    every(this.#settings.evictMs, () => this.#evict())
    every(60_000, () => this.#store.prune())
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#attempt(async () => {
      await this.#save()
      await this.#storeRenewals()
    })
  }

  /** grows with every change */
  get version(): number {
    return this.#version
  }

  /** Resolves when the version is another one, after so many milliseconds, or when this process is about to stop. */
  async changed(since: number, withinMs: number): Promise<void> {
    if (this.#version !== since || this.#leaving) return
    await new Promise<void>((resolve) => {
      const tell = () => {
        clearTimeout(timer)
        this.#waiting.delete(tell)
        resolve()
      }
      const timer = setTimeout(tell, withinMs).unref()
      this.#waiting.add(tell)
    })
  }

  /** From now on nobody waits. */
  letGo(): void {
    this.#leaving = true
    for (const tell of this.#waiting) tell()
  }

  #isAnother(): void {
    this.#version += 1
    for (const tell of this.#waiting) tell()
  }

  /** Everybody who is registered, by application and id. */
  entries(): Entry[] {
    return [...this.#entries.values()].filter(({ action }) => action !== 'DELETED').sort(byName)
  }

  /** What changed in the last three minutes, those who left included. */
  changes(): Entry[] {
    const since = Date.now() - DELTA_MS
    return [...this.#entries.values()].filter(({ changedAt }) => changedAt >= since).sort(byName)
  }

  find(app: string, instanceId: string): Entry | undefined {
    const entry = this.#entries.get(keyOf({ app, instanceId }))
    return entry?.action === 'DELETED' ? undefined : entry
  }

  /** Asks the database before it says that nobody is there: another registry process may have been told. */
  async expect(app: string, instanceId: string): Promise<Entry> {
    const known = this.find(app, instanceId)
    if (known) return known
    await this.#attempt(() => this.#look())
    const found = this.find(app, instanceId)
    if (!found) throw errors.notFound()
    return found
  }

  async register(given: ReturnType<typeof readRegistration>): Promise<void> {
    const { app, instanceId } = given.registration
    const before = this.#entries.get(keyOf(given.registration)) ?? (await this.expect(app, instanceId).catch(() => undefined))
    if ((!before || before.action === 'DELETED') && this.entries().length >= this.#settings.maxInstances) throw errors.full()
    this.#renewals.push(Date.now())
    await this.#change(registered(before, given, Date.now()), true)
  }

  /** True when the lease goes on; false when the client has to register again. */
  async renew(app: string, instanceId: string, dirty: number | undefined): Promise<boolean> {
    const entry = await this.expect(app, instanceId)
    if (!renews(entry, dirty)) return false
    const now = Date.now()
    this.#entries.set(keyOf(entry.registration), { ...entry, renewedAt: now })
    this.#renewed.set(keyOf(entry.registration), entry)
    this.#renewals.push(now)
    return true
  }

  async cancel(app: string, instanceId: string): Promise<void> {
    await this.#change(cancelled(await this.expect(app, instanceId), Date.now()), false)
  }

  async override(app: string, instanceId: string, status: Status): Promise<void> {
    await this.#change(overriddenWith(await this.expect(app, instanceId), status, Date.now()), false)
  }

  async release(app: string, instanceId: string, status: Status): Promise<void> {
    await this.#change(released(await this.expect(app, instanceId), status, Date.now()), false)
  }

  async addMetadata(app: string, instanceId: string, metadata: Readonly<Record<string, string>>): Promise<void> {
    await this.#change(withMetadata(await this.expect(app, instanceId), metadata, Date.now()), false)
  }

  /** Renewals this process took in the last minute, and how many all instances would make. */
  renewals(): { lastMinute: number; expected: number } {
    const since = Date.now() - 60_000
    this.#renewals = this.#renewals.filter((at) => at >= since)
    const expected = this.entries().reduce((sum, { registration }) => sum + 60 / registration.renewalSeconds, 0)
    return { lastMinute: this.#renewals.length, expected: Math.round(expected) }
  }

  async #change(entry: Entry, renew: boolean): Promise<void> {
    const key = keyOf(entry.registration)
    this.#entries.set(key, entry)
    this.#isAnother()
    this.#unsaved.set(key, { entry, renew: renew || (this.#unsaved.get(key)?.renew ?? false) })
    const enough = new AbortController()
    const patience = delay(STORE_PATIENCE_MS, undefined, { signal: enough.signal }).catch(() => undefined)
    await Promise.race([this.#attempt(() => this.#save()), patience])
    enough.abort()
  }

  /** Stores what was not stored yet; concurrent callers share a statement, or wait for the next. */
  async #save(): Promise<void> {
    while (this.#saving) await this.#saving.catch(() => undefined)
    if (this.#unsaved.size === 0) return
    const batch = [...this.#unsaved]
    this.#saving = this.#store.write(batch.map(([, write]) => write))
    try {
      await this.#saving
      for (const [key, write] of batch) if (this.#unsaved.get(key) === write) this.#unsaved.delete(key)
    } finally {
      this.#saving = undefined
    }
  }

  async #storeRenewals(): Promise<void> {
    if (this.#renewed.size === 0) return
    const renewed = this.#renewed
    this.#renewed = new Map()
    try {
      await this.#store.renew([...renewed.values()])
    } catch (error) {
      for (const [key, entry] of renewed) if (!this.#renewed.has(key)) this.#renewed.set(key, entry)
      throw error
    }
  }

  async #evict(): Promise<void> {
    // What was renewed but not stored yet must not look silent.
    await this.#storeRenewals()
    const before = this.census.preserving
    const { preservePercent: percent, preserveCount: count, selfPreservation: preserve } = this.#settings
    this.census = await this.#store.evict({ preserve, percent, count })
    if (this.census.preserving === before) return
    if (this.census.preserving)
      this.#log.warn({ ...this.census }, 'so many instances are silent that the network is suspected; nobody is removed')
    else this.#log.info({ ...this.census }, 'the instances renew again; those who do not are removed')
  }

  async #look(): Promise<void> {
    const { snapshot, everything, entries } = await this.#store.look(this.#snapshot)
    this.#snapshot = snapshot
    if (everything) {
      const stored = new Set(entries.map(({ registration }) => keyOf(registration)))
      for (const key of this.#entries.keys())
        if (!stored.has(key) && !this.#unsaved.has(key) && this.#lookedOnce && this.#entries.delete(key)) this.#isAnother()
      this.#lookedOnce = true
    }
    for (const entry of entries) {
      const key = keyOf(entry.registration)
      const known = this.#entries.get(key)
      if (known && known.changedAt >= entry.changedAt) continue
      this.#entries.set(key, entry)
      this.#isAnother()
    }
    this.#forget()
  }

  /** Those who left long ago are in no delta any more. */
  #forget(): void {
    const since = Date.now() - 2 * DELTA_MS
    for (const [key, { action, changedAt }] of this.#entries)
      if (action === 'DELETED' && changedAt < since && !this.#unsaved.has(key)) this.#entries.delete(key)
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      if (!this.stored) this.#log.info({}, 'the fleet is stored again')
      this.stored = true
    } catch (error) {
      if (this.stored) this.#log.warn({ err: error }, 'the fleet cannot be stored; it goes on in memory, and nobody is removed')
      this.stored = false
    }
  }
}

const byName = (a: Entry, b: Entry): number => {
  const [left, right] = [keyOf(a.registration), keyOf(b.registration)]
  return left < right ? -1 : left > right ? 1 : 0
}
