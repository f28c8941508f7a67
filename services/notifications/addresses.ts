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

/** Why this address gets no such message; `undefined`: it may. */
export async function suppressionOf(sql: Query, hash: Buffer, marketing: boolean): Promise<string | undefined> {
  const [row] = await sql<{ reason: string }[]>`
    select s.reason from suppressions s where s.address_hash = ${hash} and (s.scope = 'all' or ${marketing}) order by s.scope limit 1`
  return row?.reason
}

export async function suppress(sql: Query, hash: Buffer, scope: SuppressionScope, reason: string): Promise<void> {
  await sql`insert into suppressions (address_hash, scope, reason) values (${hash}, ${scope}, ${reason}) on conflict (address_hash, scope) do nothing`
}
