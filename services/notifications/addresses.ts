import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Query } from '#kit/db/db.ts'

/** What identifies an address in the list of suppressions. */
export function addressHash(key: Buffer, address: string): Buffer {
  return createHmac('sha256', key).update(`address:${address.trim().toLowerCase()}`).digest()
}

/** Proof that a link came in a mail to that address: hash and signature of it. Names nobody. */
export function unsubscribeToken(key: Buffer, address: string): string {
  const hash = addressHash(key, address)
  return Buffer.concat([hash, proof(key, hash)]).toString('base64url')
}

/** The address hash inside a token that is ours. */
export function readUnsubscribeToken(key: Buffer, token: string): Buffer | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 64) return undefined
  const hash = bytes.subarray(0, 32)
  return timingSafeEqual(bytes.subarray(32), proof(key, hash)) ? hash : undefined
}

const proof = (key: Buffer, hash: Buffer): Buffer => createHmac('sha256', key).update('unsubscribe:').update(hash).digest()

export type SuppressionScope = 'all' | 'marketing'

/** A message that is about to be sent. */
export interface Asked {
  readonly hash: Buffer
  readonly marketing: boolean
  /** ISO time of the owner's consent */
  readonly consentAt?: string | undefined
}

/** Why these addresses get no such message; `undefined`: one may. Who wanted no advertising and consented later may get it again, but not who complained. */
export async function suppressionsOf(sql: Query, asked: readonly Asked[]): Promise<(string | undefined)[]> {
  const rows = await sql<{ hash: string; scope: SuppressionScope; reason: string; since: Date }[]>`
    select encode(s.address_hash, 'hex') as hash, s.scope, s.reason, s.created_at as since from suppressions s
     where s.address_hash in (select decode(a.hash, 'hex') from unnest(${asked.map(({ hash }) => hash.toString('hex'))}::text[]) a(hash))
     order by s.scope`
  return asked.map(({ hash, marketing, consentAt }) => {
    const hex = hash.toString('hex')
    const holds = ({ scope, reason, since }: (typeof rows)[number]) =>
      scope === 'all' ||
      (marketing && (reason === 'complained' || consentAt === undefined || since.getTime() >= Date.parse(consentAt)))
    return rows.find((row) => row.hash === hex && holds(row))?.reason
  })
}

/** From now on, also where it was so before and a consent came in between. */
export async function suppress(sql: Query, hash: Buffer, scope: SuppressionScope, reason: string): Promise<void> {
  await sql`
    insert into suppressions as s (address_hash, scope, reason) values (${hash}, ${scope}, ${reason})
    on conflict (address_hash, scope) do update
       set created_at = now(), reason = case when s.reason = 'complained' then s.reason else excluded.reason end where s.scope = 'marketing'`
}
