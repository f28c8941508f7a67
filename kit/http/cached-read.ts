import { Readable } from 'node:stream'
import type { Rendered } from './answer.ts'
import type { CompiledRoute } from './compiled-route.ts'
import type { HttpRequest } from './request.ts'
import type { Asker, Cached } from './route.ts'
import type { Entry, KeptAnswer, ResponseCache } from '#kit/cache/response-cache.ts'

/** An answer of a cached route, as it is kept. */
export interface CachedAnswer extends KeptAnswer {
  readonly note: unknown
  /** the bytes of the body, one a character: written together with the head it is one write without a copy of ours */
  readonly text: string
}

export type CachedEntry = Entry<CachedAnswer>

/** The answer of a cached route with what the fast way needs to give it again. */
export interface FromCache extends Rendered {
  readonly origin?: { readonly entry: CachedEntry; readonly variant: string; readonly channel: string }
}

/** Runs a GET whose answers may be kept. */
export function cachedRead(
  compiled: CompiledRoute,
  cached: Cached,
  cache: ResponseCache,
): (http: HttpRequest) => Promise<FromCache> {
  const { route, render, facts } = compiled
  return async (http) => {
    const asker = askerOf(http)
    const variant = (await cached.variant?.(asker)) ?? ''
    http.variant = variant
    const key = keyOf(facts.label, http, variant)
    const make = async () => keepable(render(await route.handle(http), http), cached)
    const { entry, answer } = await cache.through(key, make, revive)
    cached.served?.(asker, answer.note)
    const { status, headers, body } = answer
    return { status, headers, body, ...(entry ? { origin: { entry, variant, channel: asker.channel } } : {}) }
  }
}

/** Reads who asks without making the answer private: that is for the handler to decide. */
function askerOf(http: HttpRequest): Asker {
  return { principal: http.asker, headers: http.headers, channel: http.audience.channel }
}

/** The same question is asked in many ways: defaults are filled in, order of parameters does not count. */
function keyOf(label: string, http: HttpRequest, variant: string): string {
  const { channel, locale } = http.audience
  const query = Object.entries((http.query ?? {}) as Record<string, unknown>)
    .filter(([name]) => name !== 'locale')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([label, http.params, query, channel, locale, variant])
}

/** The answer that another process made. */
function revive(kept: KeptAnswer): CachedAnswer {
  return { ...kept, note: kept.note, text: kept.body.toString('latin1') }
}

function keepable(rendered: Rendered, cached: Cached): { answer: CachedAnswer; keep: boolean } {
  const { status, headers, body, cache } = rendered
  if (body instanceof Readable) throw new TypeError('a cached route cannot answer with a stream')
  const said = cache === false ? undefined : cache
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(body) ? body : Buffer.from(body)
  return {
    keep: status === 200 && cache !== false,
    answer: {
      status,
      headers,
      body: bytes,
      text: bytes.toString('latin1'),
      tags: [...cached.tags, ...(said?.tags ?? [])],
      seconds: Math.min(cached.seconds, said?.seconds ?? cached.seconds),
      note: said?.note,
    },
  }
}
