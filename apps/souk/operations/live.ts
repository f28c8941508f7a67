import type { Readable } from 'node:stream'
import type { Principal } from '#kit/core/principal.ts'
import { errors as httpErrors } from '#kit/http/errors.ts'
import type { BusRecord, Subscription } from '#kit/messaging/bus.ts'
import type { LogBus } from '#kit/messaging/log-bus.ts'
import type { Logger } from '#kit/service/logger.ts'
import { errors } from './errors.ts'
import { areaOf, areasOf, LIVE_TOPICS } from './live-areas.ts'
import { BEAT, type LiveStream, messageOf, type News, openStream, RETRY, resync, say } from './live-stream.ts'

export interface LiveOptions {
  readonly bus: Pick<LogBus, 'broadcast'>
  /** Who shows this header; throws, or rejects, when it is nobody any more: signed out, or other rights since. */
  readonly authenticate: (authorization: string | undefined) => Principal | Promise<Principal>
  readonly log: Logger
  readonly limits?: Partial<LiveLimits>
}

export interface LiveLimits {
  /** pages that follow in this process, and of them those of one person */
  readonly streams: number
  readonly ofOnePerson: number
  /** events of so many milliseconds are told in one message */
  readonly gatherMs: number
  /** silence is broken this often, so that nobody between takes the line for dead */
  readonly beatMs: number
  /** how often it is asked whether whoever follows still may */
  readonly lookMs: number
  /** so long after the last page left, news are still kept for one that comes back */
  readonly keepMs: number
  /** news kept for those who come back */
  readonly kept: number
}

const LIMITS: LiveLimits = {
  streams: 200,
  ofOnePerson: 8,
  gatherMs: 250,
  beatMs: 15_000,
  lookMs: 1_000,
  keepMs: 60_000,
  kept: 2_000,
}

/** Each process reads the partitions of the log in an order of its own: who comes from another one is told so much twice. */
const OVERLAP_MS = 5_000

export interface Live {
  /**
   * Begins to tell a page what happens from now on, or since the event `lastEventId`, in whatever process it was told of that.
   * Throws `operations/nothing-to-follow`, `operations/too-many-followers`.
   */
  follow(who: Follower): Promise<Readable>
  /** What a page would be told first. */
  opening(who: Follower): string
  /** pages that follow */
  count(): number
  /** Ends all streams: the shop stops. */
  close(): Promise<void>
}

export interface Follower {
  readonly principal: Principal
  readonly authorization: string | undefined
  readonly lastEventId: string | undefined
}

/**
 * Tells pages of staff that something has changed, so that they need not ask. The log is followed only while somebody looks, by each
 * process for the pages it serves: which of the workers a page comes to makes no difference.
 */
export function createLive({ bus, authenticate, log, limits: given }: LiveOptions): Live {
  const limits = { ...LIMITS, ...given }
  const streams = new Set<LiveStream>()
  const recent: News[] = []
  /** place of the first of `recent` */
  let first = 0
  let source: Promise<Subscription> | undefined
  let gathering: NodeJS.Timeout | undefined
  let leaving: NodeJS.Timeout | undefined
  let closed = false

  const tell = (): void => {
    gathering = undefined
    const end = first + recent.length
    for (const stream of streams) {
      const message = messageOf(recent.slice(Math.max(0, stream.next - first)), stream.areas)
      stream.next = end
      if (message) say(stream, message)
    }
    const over = recent.length - limits.kept
    if (over > 0) {
      recent.splice(0, over)
      first += over
    }
  }
  const take = (records: readonly BusRecord[]): void => {
    const at = Date.now()
    for (const { type, key, eventId } of records) {
      const area = areaOf(type)
      if (area) recent.push({ id: eventId, area, key, at })
    }
    gathering ??= setTimeout(tell, limits.gatherMs).unref()
  }
  const listen = async (): Promise<void> => {
    clearTimeout(leaving)
    source ??= bus.broadcast(LIVE_TOPICS, take)
    try {
      await source
    } catch (error) {
      source = undefined
      log.warn({ err: error }, 'the log cannot be followed; pages of staff ask by themselves')
      throw httpErrors.unavailable({}, { cause: error })
    }
  }
  const stopListening = async (): Promise<void> => {
    const subscription = source
    source = undefined
    first += recent.length
    recent.length = 0
    await subscription?.then((one) => one.stop()).catch(() => undefined)
  }

  const end = (stream: LiveStream): void => {
    if (!streams.delete(stream)) return
    stream.out.push(null)
    if (streams.size > 0 || closed) return
    leaving = setTimeout(() => void stopListening(), limits.keepMs).unref()
  }
  /** Ends the streams of those who have signed out, whose token ran out, or who may no longer see anything. */
  const look = async (): Promise<void> => {
    for (const stream of streams) {
      try {
        const found = authenticate(stream.authorization)
        const principal = found instanceof Promise ? await found : found
        const areas = areasOf(principal)
        if (principal.id !== stream.userId || areas.length === 0) end(stream)
        else stream.areas = new Set(areas)
      } catch {
        end(stream)
      }
    }
  }
  const looking = setInterval(() => void look(), limits.lookMs).unref()
  const beating = setInterval(() => {
    for (const stream of streams) say(stream, BEAT)
  }, limits.beatMs).unref()

  /** Where a page goes on; undefined: what it missed is not known here. */
  const placeAfter = (lastEventId: string | undefined): number | undefined => {
    const known = lastEventId === undefined ? undefined : recent.find(({ id }) => id === lastEventId)
    return known && first + recent.findIndex(({ at }) => at >= known.at - OVERLAP_MS)
  }
  const begin = ({ principal, authorization, lastEventId }: Follower): { stream: LiveStream; text: string } => {
    const areas = areasOf(principal)
    if (areas.length === 0) throw errors.nothingToFollow()
    const place = placeAfter(lastEventId)
    const next = place ?? first + recent.length
    const stream = openStream({ userId: principal.id, authorization, areas: new Set(areas), next })
    return { stream, text: RETRY + (place === undefined ? resync(recent.at(-1)?.id) : '') }
  }

  return {
    async follow(who) {
      if (closed) throw httpErrors.unavailable()
      const own = [...streams].filter(({ userId }) => userId === who.principal.id)
      if (streams.size >= limits.streams || own.length >= limits.ofOnePerson)
        throw errors.tooManyFollowers({}, { retryAfterSeconds: 30 })
      const { stream, text } = begin(who)
      // counted before the log is followed: so many who come at once are no way around the limit
      streams.add(stream)
      stream.out.once('close', () => end(stream))
      try {
        await listen()
      } catch (error) {
        stream.out.destroy()
        throw error
      }
      say(stream, text)
      gathering ??= setTimeout(tell, 0).unref()
      return stream.out
    },
    opening: (who) => begin(who).text,
    count: () => streams.size,
    async close() {
      closed = true
      for (const timer of [gathering, leaving]) clearTimeout(timer)
      for (const timer of [looking, beating]) clearInterval(timer)
      for (const stream of streams) end(stream)
      await stopListening()
    },
  }
}
