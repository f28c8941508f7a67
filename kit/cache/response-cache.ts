import { withoutDeadline } from '#kit/core/context.ts'
import { createFollower, type FollowerOptions } from './follower.ts'
import type { Look, ReadChanges } from './change-list.ts'
import type { SecondLevel } from './second-level.ts'

/** A finished answer, kept as it is sent. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** what it was made from: it is forgotten as soon as one of them changes */
  readonly tags: readonly string[]
  /** it is forgotten after so long in any case, for what changes by the clock */
  readonly seconds: number
  /** what `cached.served` is told; plain data */
  readonly note?: unknown
}

/** A kept answer as long as it is kept. `gone` from the moment it may not be served any more. */
export interface Entry<A extends KeptAnswer = KeptAnswer> {
  readonly key: string
  readonly answer: A
  readonly until: number
  readonly bytes: number
  used: boolean
  gone: boolean
  /** from then on the next one who asks makes it anew, while the others are still served this one */
  renewAt: number
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
  /** made anew as soon as they were given up, before anybody asked */
  readonly warmed: number
}

export interface ResponseCacheOptions extends Pick<FollowerOptions, 'trustMs' | 'lookAfterMs' | 'now'> {
  readonly read: ReadChanges
  /** default 24 MiB */
  readonly maxBytes?: number
  /** answers of all processes; default none */
  readonly second?: SecondLevel | undefined
}

/** An answer as `make` makes it, from what the second level keeps of it. */
export type Revive<A extends KeptAnswer> = (kept: KeptAnswer) => A

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
  through<A extends KeptAnswer>(
    key: string,
    make: () => Promise<{ answer: A; keep: boolean }>,
    revive?: Revive<A>,
  ): Promise<Fill<A>>
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
/** An answer that is still asked for is made anew in the last part of its life: nobody waits when it ends. */
const RENEW_IN_LAST = 1 / 10
/** Answers whose making is remembered, the latest of them: one that was in use when a change ended it is made anew at once. */
const MOST_REMEMBERED = 64
/** A change of everything must not set off more work than this. */
const MOST_WARMED = 16
/** Another process's answer that ends so much later than ours is a newer one. */
const RENEWED_BY_MS = 1_000

interface Flight {
  readonly begunAt: number
  readonly changed: Set<string>
  everything: boolean
  promise: Promise<Fill<never>>
}

export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { maxBytes = 24 * 1024 * 1024, now = () => performance.now(), second } = options
  const entries = new Map<string, Entry>()
  const byTag = new Map<string, Set<Entry>>()
  const flights = new Set<Flight>()
  const flightOf = new Map<string, Flight>()
  let bytes = 0
  const counts = { hits: 0, misses: 0, dropped: 0, evicted: 0, warmed: 0 }
  const makers = new Map<string, () => Promise<unknown>>()

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
  const drop = (list: Iterable<Entry>): Entry[] => {
    const dropped = [...list]
    for (const entry of dropped) remove(entry)
    counts.dropped += dropped.length
    return dropped
  }
  const onLook = (look: Look): void => {
    const { tags, everything } = look
    const dropped = everything ? drop(entries.values()) : tags.flatMap((tag) => drop(byTag.get(tag) ?? []))
    for (const flight of flights) {
      flight.everything ||= everything
      for (const tag of tags) flight.changed.add(tag)
    }
    // Who asks from now on must not be given an answer that was begun before.
    if (everything || tags.length > 0) flightOf.clear()
    warm(dropped)
  }
  /** What was in use is made anew before the next one asks. */
  const warm = (dropped: readonly Entry[]): void => {
    for (const { key } of dropped.filter((entry) => entry.used && makers.has(entry.key)).slice(0, MOST_WARMED)) {
      counts.warmed += 1
      makers.get(key)!().catch(() => undefined)
    }
  }
  const remember = (key: string, maker: () => Promise<unknown>): void => {
    makers.delete(key)
    makers.set(key, maker)
    if (makers.size > MOST_REMEMBERED) makers.delete(makers.keys().next().value!)
  }
  const follower = createFollower({ ...options, read: second ? readFor(options.read, second) : options.read, onLook })

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
    if (size > maxBytes * LARGEST_SHARE || answer.seconds <= 0) return undefined
    const before = entries.get(key)
    if (before) remove(before)
    const entry: Entry<A> = {
      key,
      answer,
      until: now() + answer.seconds * 1000,
      bytes: size,
      used: false,
      gone: false,
      renewAt: now() + answer.seconds * 1000 * (1 - RENEW_IN_LAST),
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

  const serves = (entry: Entry, time: number): boolean => !entry.gone && entry.renewAt > time && follower.fresh(time)
  const peek = <A extends KeptAnswer>(key: string): Entry<A> | undefined => {
    const entry = entries.get(key)
    return entry && entry.until > now() && follower.fresh(now()) ? (entry as Entry<A>) : undefined
  }

  const fill = async <A extends KeptAnswer>(
    key: string,
    flight: Flight,
    make: () => Promise<{ answer: A; keep: boolean }>,
    revive: Revive<A> | undefined,
    outlive: number,
  ): Promise<Fill<A>> => {
    try {
      const found = second && revive ? await second.ask(key) : undefined
      const kept = found?.answer && now() + found.answer.seconds * 1000 > outlive ? revive!(found.answer) : undefined
      const made = kept ? { answer: kept, keep: true } : await make()
      const { tags } = made.answer
      const changed = flight.everything || tags.some((tag) => flight.changed.has(tag))
      const entry = made.keep && !changed ? keep(key, made.answer) : undefined
      if (entry && !kept && found?.since) void second!.keep(key, found.since, made.answer)
      return { entry, answer: made.answer }
    } finally {
      flights.delete(flight)
      if (flightOf.get(key) === flight) flightOf.delete(key)
    }
  }

  const takeOff = <A extends KeptAnswer>(
    key: string,
    make: () => Promise<{ answer: A; keep: boolean }>,
    revive: Revive<A> | undefined,
    /** what another process made has to last longer than this, or it is made here */
    outlive: number,
  ): Flight => {
    const flight: Flight = { begunAt: now(), changed: new Set(), everything: false, promise: undefined as never }
    flights.add(flight)
    flightOf.set(key, flight)
    flight.promise = withoutDeadline(() => fill(key, flight, make, revive, outlive)) as Promise<Fill<never>>
    return flight
  }

  return {
    peek,
    serves,
    hit: () => {
      counts.hits += 1
    },
    async through<A extends KeptAnswer>(
      key: string,
      make: () => Promise<{ answer: A; keep: boolean }>,
      revive?: Revive<A>,
    ): Promise<Fill<A>> {
      await follower.freshen()
      const entry = peek<A>(key)
      if (entry) {
        entry.used = true
        counts.hits += 1
        if (entry.renewAt <= now()) {
          entry.renewAt = entry.until
          takeOff(key, make, revive, entry.until + RENEWED_BY_MS).promise.catch(() => undefined)
        }
        return { entry, answer: entry.answer }
      }
      counts.misses += 1
      const under = flightOf.get(key)
      if (under && now() - under.begunAt < JOIN_MS) return (await under.promise) as Fill<A>
      const maker = async () => await takeOff(key, make, revive, 0).promise
      remember(key, maker)
      return (await maker()) as Fill<A>
    },
    catchUp: follower.catchUp,
    ring: follower.ring,
    stats: () => ({ entries: entries.size, bytes, ...counts }),
  }
}

/**
 * A process that begins does not know what changed before it, but the second level may: its last snapshot is where to look
 * from. What is found is told there before anything is taken from it.
 */
function readFor(read: ReadChanges, second: SecondLevel): ReadChanges {
  return async (since) => {
    const known = since ?? (await second.snapshot())
    const look = await read(known)
    second.tell(look)
    return { ...look, everything: look.everything || since === undefined }
  }
}
