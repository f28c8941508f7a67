import { errors } from './errors.ts'
import type { KeyedRequest } from './idempotency.ts'

/** What a shared statement says of an Idempotency-Key. `free`: the work was done now and its outcome is kept. */
export type Claim = 'free' | 'stored' | 'busy' | 'reused'

/** An Idempotency-Key as `once_claim` and `once_keep` of the database take it. */
export interface OnceKey {
  readonly id: string
  /** 64 bits as text: JSON has no number for it */
  readonly lock: string
  readonly route: string
  /** bytea as PostgreSQL reads it */
  readonly fingerprint: string
  /** language of the first answer; a repetition is told in the same */
  readonly locale: string
}

/**
 * The Idempotency-Key of a request whose route does its work in a statement shared with other requests (`idempotency: 'shared'`).
 * The handler hands `key` to the statement; it takes the keys of the group (`once_claim`), does the work of those that are
 * free, and keeps what became of it (`once_keep`), all in one transaction. What is kept is the outcome, not the bytes: the same handler makes the
 * same answer of it again. Refusals are not kept, as everywhere.
 */
export class Once {
  readonly key: OnceKey
  /** the outcome is an earlier one */
  replayed = false
  /** language of the answer that is repeated */
  locale: string | undefined

  constructor(request: KeyedRequest, locale: string) {
    const { id, lock, route, fingerprint } = request
    this.key = { id, lock: lock.toString(), route, fingerprint: `\\x${fingerprint.toString('hex')}`, locale }
  }

  /**
   * Call it with what the statement said, before the outcome is looked at. Throws `http/idempotency-in-flight` (409) while somebody else
   * works under the key and `http/idempotency-key-reused` (422) when it was used for something else.
   */
  settle(claim: Claim, locale: string | null): void {
    if (claim === 'busy') throw errors.idempotencyInFlight({}, { retryAfterSeconds: 1 })
    if (claim === 'reused') throw errors.idempotencyKeyReused()
    if (claim === 'free') return
    this.replayed = true
    this.locale = locale ?? undefined
  }
}
