import { createFollower, type FollowerOptions } from './follower.ts'
import type { Look, ReadChanges } from './change-list.ts'

/** A finished answer, kept as it is sent. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** what it was made from: it is forgotten as soon as one of them changes */
  readonly tags: readonly string[]
  /** it is forgotten after so long in any case, for what changes by the clock */
  readonly seconds: number
}

/** A kept answer as long as it is kept. `gone` from the moment it may not be served any more. */
export interface Entry<A extends KeptAnswer = KeptAnswer> {
  readonly key: string
  readonly answer: A
  readonly until: number
  readonly bytes: number
  used: boolean
  gone: boolean
  /** called when it is gone: by those who keep references of their own */
  readonly onGone: (() => void)[]
}

export interface CacheStats {
  readonly entries: number
  readonly bytes: number
  readonly hits: number
  readonly misses: number
  readonly dropped: number
  readonly evicted: number
}

export interface ResponseCacheOptions extends Pick<FollowerOptions, 'trustMs' | 'lookAfterMs' | 'now'> {
  readonly read: ReadChanges
  /** default 24 MiB */
  readonly maxBytes?: number
}

export interface Fill<A extends KeptAnswer> {
  /** the entry, where the answer could be kept */
  readonly entry: Entry<A> | undefined
  readonly answer: A
}

/**
 * Answers of public reads, ready to be sent, in the memory of this process. A change is known by its tags within
 * `trustMs` (at once in the process that made it); without news of changes nothing is served from here.
 */
export interface ResponseCache {
  /** The entry, if it may be served now. Counts neither hit nor miss. */
  peek<A extends KeptAnswer>(key: string): Entry<A> | undefined
  /** Whether this entry may be served at `time` (performance.now()). */
  serves(entry: Entry, time: number): boolean
  /** The kept answer, or the one `make` makes: one at a time for a key, however many ask. */
  through<A extends KeptAnswer>(key: string, make: () => Promise<{ answer: A; keep: boolean }>): Promise<Fill<A>>
  /** Counts an answer that somebody with an entry of their own served. */
  hit(): void
  /** After a commit of this process: what it changed is not served any more when this returns. */
  catchUp(): Promise<void>
  /** See Follower. */
  ring(): void
  stats(): CacheStats
}

/** Of an entry beside its body: key, tags, headers, references. */
const OVERHEAD_BYTES = 1024
/** An answer larger than this share of the memory would push out everything else. */
const LARGEST_SHARE = 1 / 16
/** Whoever finds an answer being made for longer than this makes one of its own: what is being made shows an older state. */
const JOIN_MS = 250

interface Flight {
  readonly begunAt: number
  readonly changed: Set<string>
  everything: boolean
  promise: Promise<Fill<never>>
}

export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { maxBytes = 24 * 1024 * 1024, now = () => performance.now() } = options
  const entries = new Map<string, Entry>()
  const byTag = new Map<string, Set<Entry>>()
  const flights = new Set<Flight>()
  const flightOf = new Map<string, Flight>()
  let bytes = 0
  const counts = { hits: 0, misses: 0, dropped: 0, evicted: 0 }

  const remove = (entry: Entry): void => {
    entry.gone = true
    bytes -= entry.bytes
    entries.delete(entry.key)
    for (const tag of entry.answer.tags) {
      const tagged = byTag.get(tag)
      tagged?.delete(entry)
      if (tagged?.size === 0) byTag.delete(tag)
    }
    for (const tell of entry.onGone) tell()
  }
  const drop = (list: Iterable<Entry>): void => {
    for (const entry of [...list]) {
      remove(entry)
      counts.dropped += 1
    }
  }
  const onLook = ({ tags, everything }: Look): void => {
    if (everything) drop(entries.values())
    else for (const tag of tags) drop(byTag.get(tag) ?? [])
    for (const flight of flights) {
      flight.everything ||= everything
      for (const tag of tags) flight.changed.add(tag)
    }
    // Who asks from now on must not be given an answer that was begun before.
    if (everything || tags.length > 0) flightOf.clear()
  }
  const follower = createFollower({ ...options, onLook })

  /** The one added longest ago goes, unless it was used since it was last looked at. */
  const makeRoom = (): void => {
    for (const entry of entries.values()) {
      if (bytes <= maxBytes) return
      if (entry.used && entry.until > now()) {
        entry.used = false
        entries.delete(entry.key)
        entries.set(entry.key, entry)
        continue
      }
      remove(entry)
      counts.evicted += 1
    }
  }
  const keep = <A extends KeptAnswer>(key: string, answer: A): Entry<A> | undefined => {
    // the body counts twice: those who serve it keep it as a text as well
    const size = answer.body.length * 2 + key.length * 2 + OVERHEAD_BYTES
    if (size > maxBytes * LARGEST_SHARE) return undefined
    const before = entries.get(key)
    if (before) remove(before)
    const entry: Entry<A> = {
      key,
      answer,
      until: now() + answer.seconds * 1000,
      bytes: size,
      used: false,
      gone: false,
      onGone: [],
    }
    entries.set(key, entry)
    for (const tag of answer.tags) {
      const tagged = byTag.get(tag) ?? new Set()
      byTag.set(tag, tagged.add(entry))
    }
    bytes += size
    makeRoom()
    return entry.gone ? undefined : entry
  }

  const serves = (entry: Entry, time: number): boolean => !entry.gone && entry.until > time && follower.fresh(time)
  const peek = <A extends KeptAnswer>(key: string): Entry<A> | undefined => {
    const entry = entries.get(key)
    return entry && serves(entry, now()) ? (entry as Entry<A>) : undefined
  }

  const fill = async <A extends KeptAnswer>(
    key: string,
    flight: Flight,
    make: () => Promise<{ answer: A; keep: boolean }>,
  ): Promise<Fill<A>> => {
    try {
      const made = await make()
      const { tags } = made.answer
      const changed = flight.everything || tags.some((tag) => flight.changed.has(tag))
      const entry = made.keep && !changed ? keep(key, made.answer) : undefined
      return { entry, answer: made.answer }
    } finally {
      flights.delete(flight)
      if (flightOf.get(key) === flight) flightOf.delete(key)
    }
  }

  return {
    peek,
    serves,
    hit: () => {
      counts.hits += 1
    },
    async through<A extends KeptAnswer>(key: string, make: () => Promise<{ answer: A; keep: boolean }>) {
      await follower.freshen()
      const entry = peek<A>(key)
      if (entry) {
        entry.used = true
        counts.hits += 1
        return { entry, answer: entry.answer }
      }
      counts.misses += 1
      const under = flightOf.get(key)
      if (under && now() - under.begunAt < JOIN_MS) return (await under.promise) as Fill<A>
      const flight: Flight = { begunAt: now(), changed: new Set(), everything: false, promise: undefined as never }
      flights.add(flight)
      flightOf.set(key, flight)
      flight.promise = fill(key, flight, make) as Promise<Fill<never>>
      return (await flight.promise) as Fill<A>
    },
    catchUp: follower.catchUp,
    ring: follower.ring,
    stats: () => ({ entries: entries.size, bytes, ...counts }),
  }
}
