import { randomBytes } from 'node:crypto'

/**
 * Seconds to wait after each failed try; the first try is made at once. Ten tries in a little over 75 hours, as Standard
 * Webhooks proposes: an endpoint that is down for a weekend misses nothing.
 */
export const RETRY_SECONDS = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600] as const

/** How long the secret before keeps signing after a rotation. */
export const ROTATION_HOURS = 24

const SECRET_PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** A secret as merchants paste it into their code: `whsec_` and base64. */
export function newEndpointSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/** The bytes that sign. */
export function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
}

/** What is known of an event where patterns are matched: `order` and `OrderCreated.v1`. */
export interface EventName {
  readonly aggregate: string
  readonly type: string
}

/** `*` is everything, `order.*` all of a topic, `OrderCreated.v1` exactly that. */
export function matches(pattern: string, event: EventName): boolean {
  return pattern === '*' || pattern === event.type || pattern === `${event.aggregate}.*`
}

/** What came of a try to deliver. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'gone' }
  /** worth another try; `notBefore`: the endpoint asked for this many seconds */
  | { readonly kind: 'failed'; readonly notBefore: number }

/** The longest pause an endpoint may ask for. */
const LONGEST_PAUSE_SECONDS = 24 * 3600

/** How an answer is read. Any 2xx is thanks; a redirect is a failure like any other, because nobody follows it. */
export function outcomeOf(status: number | undefined, retryAfter?: string): Outcome {
  if (status !== undefined && status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 410) return { kind: 'gone' }
  const asked =
    (status === 429 || status === 503) && retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 0
  return { kind: 'failed', notBefore: Math.min(asked, LONGEST_PAUSE_SECONDS) }
}

/**
 * Seconds until the next try after failure number `step` (0 is the first), up to a tenth longer by `chance` (0–1) so that
 * what failed together does not come back together; `undefined`: that was the last one.
 */
export function pauseAfter(step: number, chance: number, notBefore = 0): number | undefined {
  const planned = RETRY_SECONDS[step]
  return planned === undefined ? undefined : Math.max(planned * (1 + chance / 10), notBefore)
}
