import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import postgres from 'postgres'
import { openSecrets } from '../../apps/souk/secrets.ts'
import { unseal } from '#kit/core/sealed.ts'
import type { Shop } from '../e2e/shop.ts'

/** What only the operator of a shop can see: its database as administrator, its secrets, the key that signs tokens. */
export interface Inside {
  /** superuser of the embedded database */
  readonly sql: postgres.Sql
  /** URL of the database for another role */
  urlFor(role: string, password: string): string
  /** password of a database role, derived from the installation's secret */
  password(purpose: string): string
  /** the key that signs access tokens now */
  signingKey(): Promise<{ kid: string; key: KeyObject }>
  /** A token with the shop's own signature and whatever claims and header the test wants. */
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  end(): Promise<void>
}

export const now = (): number => Math.floor(Date.now() / 1000)

export async function lookInside(shop: Shop): Promise<Inside> {
  const folder = join(shop.folder, 'postgres')
  const port = (await readFile(join(folder, 'port'), 'utf8')).trim()
  const urlFor = (role: string, password: string) => `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/souk`
  const secrets = await openSecrets({ dir: shop.folder })
  const sql = postgres(urlFor('souk_admin', (await readFile(join(folder, 'data', 'souk.password'), 'utf8')).trim()), {
    max: 2,
    onnotice() {},
  })
  async function signingKey() {
    const [row] = await sql<{ kid: string; private_key: Buffer }[]>`
      select kid, private_key from auth.signing_keys where retired_at is null`
    if (!row) throw new Error('the shop has no signing key')
    const der = unseal(secrets.secret('auth signing keys'), `signing_keys:${row.kid}`, row.private_key)
    return { kid: row.kid, key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) }
  }
  return {
    sql,
    urlFor,
    password: (purpose) => secrets.password(purpose),
    signingKey,
    async sign(claims, header = {}) {
      const { kid, key } = await signingKey()
      return await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header }).sign(key)
    },
    end: () => sql.end({ timeout: 1 }),
  }
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString('utf8'))
}
