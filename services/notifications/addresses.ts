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

/** Why these addresses get no such message; `undefined`: one may. */
export async function suppressionsOf(
  sql: Query,
  asked: readonly { readonly hash: Buffer; readonly marketing: boolean }[],
): Promise<(string | undefined)[]> {
  const rows = await sql<{ hash: string; scope: SuppressionScope; reason: string }[]>`
    select encode(s.address_hash, 'hex') as hash, s.scope, s.reason from suppressions s
     where s.address_hash in (select decode(a.hash, 'hex') from unnest(${asked.map(({ hash }) => hash.toString('hex'))}::text[]) a(hash))
     order by s.scope`
  return asked.map(({ hash, marketing }) => {
    const hex = hash.toString('hex')
    return rows.find((row) => row.hash === hex && (row.scope === 'all' || marketing))?.reason
  })
}

export async function suppress(sql: Query, hash: Buffer, scope: SuppressionScope, reason: string): Promise<void> {
  await sql`insert into suppressions (address_hash, scope, reason) values (${hash}, ${scope}, ${reason}) on conflict (address_hash, scope) do nothing`
}
