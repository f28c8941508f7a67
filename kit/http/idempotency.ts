import { killpoint } from '#kit/core/killpoint.ts'
import { createHash, hash } from 'node:crypto'
import { errors } from './errors.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { Db, Sql, Tx } from '#kit/db/db.ts'
import type { Job } from '#kit/service/service.ts'

/** A finished answer: what the caller gets, now and at every repetition. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** bytes of the body, empty for none */
  readonly body: Buffer
}

/** One request under an Idempotency-Key, as the database knows it. */
export interface KeyedRequest {
  /** 128 bits over scope, route and key, as uuid */
  readonly id: string
  /** 64 bits for the advisory lock; differs by schema, since locks are database-wide */
  readonly lock: bigint
  readonly route: string
  /** sha256 over method, address and body */
  readonly fingerprint: Buffer
}

/** Header in which a guest shows the secret of a cart or order. */
export const GUEST_TOKEN_HEADER = 'x-guest-token'

/** What an Idempotency-Key looks like. */
export const KEY = /^[\x21-\x7e]{8,255}$/

/**
 * The Idempotency-Key of a request, with or without the quotes of the IETF draft; `undefined` when absent. Throws
 * `http/invalid-idempotency-key` for one that is too short, too long, repeated or not printable.
 */
export function readKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = header.length > 2 && header.startsWith('"') && header.endsWith('"') ? header.slice(1, -1) : header
  if (!KEY.test(key)) throw errors.invalidIdempotencyKey()
  return key
}

/**
 * Whose key it is. Guests are told apart by the secret they show, else by their address: two strangers who both send
 * "checkout-1" must never see each other's answers.
 */
export function scopeOf(principal: Principal, guestToken: string | undefined, ip: string): string {
  if (principal.kind === 'user') return `user ${principal.id}`
  if (principal.kind === 'key') return `key ${principal.id}`
  if (principal.kind === 'service') {
    return principal.onBehalfOf
      ? `service ${principal.id} for ${scopeOf(principal.onBehalfOf, undefined, '')}`
      : `service ${principal.id}`
  }
  return guestToken ? `guest ${hash('sha256', guestToken, 'base64url')}` : `address ${ip}`
}

export function keyedRequest(input: {
  schema: string
  scope: string
  /** `POST /api/orders/:id` */
  route: string
  /** the address as it was called, with query */
  url: string
  key: string
  body: Buffer | undefined
}): KeyedRequest {
  const digest = hash('sha256', JSON.stringify([input.scope, input.route, input.key]), 'buffer')
  const hex = digest.toString('hex', 0, 16)
  const lock = hash('sha256', JSON.stringify([input.schema, hex]), 'buffer')
  const fingerprint = createHash('sha256').update(input.route).update('\0').update(input.url).update('\0')
  if (input.body) fingerprint.update(input.body)
  return {
    id: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
    lock: lock.readBigInt64BE(0),
    route: input.route,
    fingerprint: fingerprint.digest(),
  }
}

interface ClaimRow {
  claim: 'busy' | 'free' | 'stored'
  fingerprint: Buffer
  status: number
  headers: string
  body: Buffer
}

/**
 * Takes the key for this transaction: `undefined` means the work is ours to do, an answer means it was done before.
 * Throws `http/idempotency-in-flight` (409) while another transaction holds it and `http/idempotency-key-reused` (422)
 * when it was used for something else.
 */
export async function claimKey(tx: Tx, request: KeyedRequest): Promise<Answer | undefined> {
  const [row] = await tx<ClaimRow[]>`select * from idempotency_claim(${request.id}::uuid, ${request.lock}::bigint)`
  if (!row || row.claim === 'busy') throw errors.idempotencyInFlight({}, { retryAfterSeconds: 1 })
  killpoint('idempotency.after-claim', row.claim)
  if (row.claim === 'free') return undefined
  if (!request.fingerprint.equals(row.fingerprint)) throw errors.idempotencyKeyReused()
  return {
    status: row.status,
    headers: { ...(JSON.parse(row.headers) as Record<string, string>), 'idempotency-replayed': 'true' },
    body: row.body,
  }
}

/** Headers that belong to one sending, or carry secrets that must not lie in a table. */
const NOT_KEPT = new Set(['set-cookie', 'date', 'connection', 'content-length'])

/** Stores the answer beside the effect. */
export async function saveAnswer(tx: Tx, request: KeyedRequest, answer: Answer): Promise<void> {
  const headers = JSON.stringify(Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !NOT_KEPT.has(name))))
  await tx`
    insert into idempotency_keys (id, route, fingerprint, status, headers, body)
    values (${request.id}::uuid, ${request.route}, ${request.fingerprint}, ${answer.status}, ${headers}, ${answer.body})`
  killpoint('idempotency.after-save')
}

/**
 * Forgets answers older than `hours` (at least 24), a few thousand at a time so that no long transaction holds back
 * vacuum. Returns how many. For a job.
 */
export async function purgeIdempotencyKeys(sql: Sql, hours = 48, signal?: AbortSignal): Promise<number> {
  const keep = Math.max(24, hours)
  let purged = 0
  for (let round = 0; round < 1000 && !signal?.aborted; round += 1) {
    const { count } = await sql`
      delete from idempotency_keys where id in (
        select id from idempotency_keys where created_at < now() - make_interval(hours => ${keep}) limit 5000)`
    purged += count
    if (count < 5000) break
  }
  return purged
}

/** The job that does so, for every service with a schema. */
export function idempotencyPurgeJob(db: Db): Job {
  return {
    name: 'purge-idempotency-keys',
    everySeconds: 3600,
    run: async (signal) => {
      await purgeIdempotencyKeys(db.sql, 48, signal)
    },
  }
}
