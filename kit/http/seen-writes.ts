import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { GUEST_TOKEN_HEADER, scopeOf } from './idempotency.ts'
import type { WorkContext } from '#kit/core/context.ts'
import type { Db } from '#kit/db/db.ts'

/** On answers to what changed something, and on requests that have to see it: `server=place`, several by commas. */
export const SEEN_HEADER = 'x-souk-seen'

/** By then a copy has everything, or is too far behind to be asked at all. */
const KEPT_MS = 60_000
/** What is committed is told also while the database does not say where it is. */
const PATIENCE_MS = 250
const MOST_PEOPLE = 20_000
const MOST_SERVERS = 16

interface Person {
  until: number
  seen: ReadonlyMap<string, bigint> | 'everything'
}

/**
 * Where copies of the database are read: who changed something reads it from then on. Remembered here for everybody who comes back to this
 * process; the header does it for those who reach another one.
 */
export interface SeenWrites {
  /** how far the copies have to be for this request */
  of(request: FastifyRequest): WorkContext['seen']
  /** Its command is done: whoever sent it sees what is committed now. Never fails. */
  note(request: FastifyRequest, reply: FastifyReply, db: Db): Promise<void>
}

export function createSeenWrites(): SeenWrites {
  const people = new Map<string, Person>()
  const scope = (request: FastifyRequest) =>
    scopeOf(request.principal, request.headers[GUEST_TOKEN_HEADER] as string | undefined, request.ip)
  const known = (request: FastifyRequest): Person['seen'] | undefined => {
    const person = people.get(scope(request))
    return person && person.until > performance.now() ? person.seen : undefined
  }
  const of = (request: FastifyRequest): WorkContext['seen'] => {
    const told = toldBy(request)
    const remembered = known(request)
    if (!told || remembered === 'everything') return remembered
    return furthest(remembered, told)
  }
  return {
    of,
    async note(request, reply, db) {
      // Without an answer nobody knows how far: then the primary is asked. The answer to the command does not wait for it.
      const asked = db.position?.().catch(() => undefined)
      const place = asked && (await Promise.race([asked, delay(PATIENCE_MS, undefined, { ref: false })]))
      const before = known(request)
      // Kept is only what a database has said, not what a caller says, who might name ever more servers.
      const seen = place && before !== 'everything' ? furthest(before, new Map([place])) : 'everything'
      const key = scope(request)
      people.delete(key)
      people.set(key, { until: performance.now() + KEPT_MS, seen })
      if (people.size > MOST_PEOPLE) people.delete(people.keys().next().value as string)
      if (seen !== 'everything') reply.header(SEEN_HEADER, seenText(furthest(toldBy(request), seen)))
    },
  }
}

const toldBy = ({ headers: { [SEEN_HEADER]: told } }: FastifyRequest) => (typeof told === 'string' ? readSeen(told) : undefined)

function furthest(one: ReadonlyMap<string, bigint> | undefined, other: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const all = new Map(one)
  for (const [server, position] of other) if (position > (all.get(server) ?? -1n)) all.set(server, position)
  return all
}

const seenText = (seen: ReadonlyMap<string, bigint>): string => [...seen].map(([server, at]) => `${server}=${at}`).join()

/** What of a caller's header may go on to another process: the places that read like some. */
export function seenToForward(text: string): string | undefined {
  return seenText(readSeen(text)) || undefined
}

/** What does not read like a place counts as none. */
function readSeen(text: string): Map<string, bigint> {
  const seen = new Map<string, bigint>()
  for (const part of text.split(',', MOST_SERVERS)) {
    const [, server, position] = /^\s*([a-z0-9]{1,8})=(\d{1,19})\s*$/.exec(part) ?? []
    if (server && position) seen.set(server, BigInt(position))
  }
  return seen
}
