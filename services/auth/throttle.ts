import { errors } from './errors.ts'
import { mac } from './keyed-hash.ts'
import type { Query } from '#kit/db/db.ts'

/**
 * Counts attempts in PostgreSQL, by the database's clock. An attempt is counted BEFORE the password is looked at, so a
 * burst cannot slip through between check and count; a success takes it back.
 */
export interface Rule {
  /** attempts in a window before the source has to wait */
  readonly allowed: number
  readonly windowSeconds: number
  /** first wait; doubles with every further one, up to 32 times as long */
  readonly blockSeconds: number
  /** attempts without a single success after which only a reset link helps (NIST SP 800-63B: at most 100) */
  readonly hardLimit?: number
}

export const RULES = {
  /** one account from anywhere; a place the owner logged in from before does not count here */
  account: { allowed: 20, windowSeconds: 900, blockSeconds: 300, hardLimit: 100 },
  /** one account from one place */
  'account-place': { allowed: 8, windowSeconds: 900, blockSeconds: 60, hardLimit: 100 },
  /** one place, whatever accounts: spraying */
  place: { allowed: 60, windowSeconds: 900, blockSeconds: 300 },
  /**
   * All wrong passwords of the whole shop from places their accounts do not know: a list of stolen passwords tried once
   * each, from a thousand addresses. Who comes from a known place is neither counted nor stopped. Waits stay short (half a
   * minute at most): this slows a flood down, it must not shut out everybody with a new phone.
   */
  everywhere: { allowed: 600, windowSeconds: 60, blockSeconds: 1 },
  /** second step of one account */
  mfa: { allowed: 5, windowSeconds: 300, blockSeconds: 300, hardLimit: 100 },
  /** passkeys shown from one place that were not accepted */
  'passkey-place': { allowed: 30, windowSeconds: 900, blockSeconds: 300 },
  /** mails one address gets when somebody asks for links */
  mail: { allowed: 4, windowSeconds: 3600, blockSeconds: 3600 },
  /** link requests from one place */
  'mail-place': { allowed: 30, windowSeconds: 3600, blockSeconds: 600 },
} as const satisfies Record<string, Rule>

export type Scope = keyof typeof RULES

/** What is counted: a scope and the keyed hash of whom. */
export interface Counter {
  readonly scope: Scope
  /** hex; postgres.js cannot send an array of Buffers */
  readonly key: string
}

export function counter(secret: Buffer, scope: Scope, ...whom: readonly string[]): Counter {
  return { scope, key: mac(secret, scope, ...whom).toString('hex') }
}

const inOrder = (counters: readonly Counter[]): Counter[] => counters.toSorted((a, b) => (a.scope < b.scope ? -1 : 1))

/** Seconds until the longest of the blocks ends; 0 when none is in force. */
export async function blockedFor(sql: Query, counters: readonly Counter[]): Promise<number> {
  const [row] = await sql<{ wait: number | null }[]>`
    select ceil(max(extract(epoch from least(a.blocked_until, now() + interval '1 day') - now())))::integer as wait
      from attempts a join unnest(${counters.map((c) => c.scope)}::text[], ${counters.map((c) => c.key)}::text[]) as w(scope, key)
        on a.scope = w.scope and a.key = decode(w.key, 'hex')
     where a.blocked_until > now()`
  return Math.max(0, row?.wait ?? 0)
}

/** `last`: this attempt may be made, and unless it succeeds the source has to wait. */
export type Attempt = 'taken' | 'last' | 'refused'

/**
 * Counts one attempt on every counter; `refused` when one of them is blocked (then the attempt must not be made).
 * The rows are locked in the order of their scopes, so two attempts cannot deadlock.
 */
export async function takeAttempt(sql: Query, counters: readonly Counter[]): Promise<Attempt> {
  const rows = inOrder(counters).map(({ scope, key }) => {
    const { allowed, windowSeconds, blockSeconds, hardLimit }: Rule = RULES[scope]
    return { scope, key, allowed, windowSeconds, blockSeconds, hardLimit: hardLimit ?? null }
  })
  const taken = await sql<{ blocked: boolean }[]>`
    insert into attempts as a (scope, key, failures, consecutive, allowed, window_seconds, block_seconds, hard_limit)
    select r.scope, decode(r.key, 'hex'), 1, 1, r.allowed, r."windowSeconds", r."blockSeconds", r."hardLimit"
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as r(scope text, key text, allowed integer, "windowSeconds" integer, "blockSeconds" integer, "hardLimit" integer)
     order by r.scope
        on conflict (scope, key) do update set
           failures = case when a.failures >= a.allowed or a.window_started_at < now() - make_interval(secs => a.window_seconds) then 1 else a.failures + 1 end,
           window_started_at = case when a.failures >= a.allowed or a.window_started_at < now() - make_interval(secs => a.window_seconds) then now() else a.window_started_at end,
           consecutive = a.consecutive + 1,
           allowed = excluded.allowed, window_seconds = excluded.window_seconds, block_seconds = excluded.block_seconds, hard_limit = excluded.hard_limit,
           blocked_until = case
             when a.consecutive + 1 >= excluded.hard_limit then 'infinity'::timestamptz
             when a.failures < a.allowed and a.failures + 1 >= excluded.allowed and a.window_started_at >= now() - make_interval(secs => a.window_seconds)
               then now() + make_interval(secs => excluded.block_seconds * (2 ^ least(a.blocks, 5))::integer)
             end,
           blocks = a.blocks + case
             when a.failures < a.allowed and a.failures + 1 >= excluded.allowed and a.window_started_at >= now() - make_interval(secs => a.window_seconds) then 1 else 0 end
         where a.blocked_until is null or a.blocked_until <= now()
    returning coalesce(blocked_until > now(), false) as blocked`
  if (taken.length < counters.length) return 'refused'
  return taken.some((row) => row.blocked) ? 'last' : 'taken'
}

const WIDER: ReadonlySet<Scope> = new Set(['place', 'everywhere', 'passkey-place'])

/** A success: the account's own counters start anew; a place (and the whole shop) only gets this one attempt back, or one good account would wash a thousand guesses. */
export async function forgiveAttempts(sql: Query, counters: readonly Counter[]): Promise<void> {
  const own = inOrder(counters).filter((one) => !WIDER.has(one.scope))
  const places = counters.filter((one) => WIDER.has(one.scope))
  if (own.length > 0) {
    await sql`
      delete from attempts a using unnest(${own.map((c) => c.scope)}::text[], ${own.map((c) => c.key)}::text[]) as w(scope, key)
       where a.scope = w.scope and a.key = decode(w.key, 'hex')`
  }
  for (const place of places) {
    await sql`
      update attempts set failures = greatest(failures - 1, 0), blocked_until = case when failures - 1 < allowed then null else blocked_until end
       where scope = ${place.scope} and key = decode(${place.key}, 'hex')`
  }
}

export function tooManyAttempts(waitSeconds: number) {
  return errors.tooManyAttempts({}, { retryAfterSeconds: Math.max(1, waitSeconds) })
}
