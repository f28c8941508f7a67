import { execFile } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SignJWT } from 'jose'
import { createServiceTokens, SERVICE_ISSUER } from '#kit/rpc/service-tokens.ts'
import { openSecrets } from '../../apps/souk/secrets.ts'
import { SERVICE_KEY } from '../../apps/souk/platform/service-key.ts'
import { freePort } from '../chaos/chaos-shop.ts'
import { client, expectStatus } from '../e2e/client.ts'
import { openShop, type Shop } from '../e2e/shop.ts'
import { sell } from '../e2e/stock-the-shop.ts'
import { claimsOf, lookInside } from '../security/inside.ts'

/** Folder of the published `.proto` files. */
export const protos = fileURLToPath(new URL('../../contracts/rpc/', import.meta.url))

/** A whole shop with its door for gRPC open, as a program of somebody else meets it. */
export interface ShopForStrangers {
  readonly shop: Shop
  /** host:port */
  readonly target: string
  /** access token of an administrator */
  readonly token: string
  /** Puts so many units on a shelf. */
  stock(sku: string, units: number): Promise<void>
  /** A token of one of our services as a thief or a forger would show it. */
  serviceToken(what: { key?: 'ours' | 'theirs'; audience?: string; ageSeconds?: number }): Promise<string>
  /** The administrator's token, signed by somebody else or issued so long ago. */
  userToken(what: { key?: 'ours' | 'theirs'; ageSeconds?: number }): Promise<string>
}

export async function openForStrangers(): Promise<ShopForStrangers> {
  const port = await freePort()
  const shop = await openShop({ GRPC_PORT: String(port) })
  const { email, password } = shop.administrator
  const token = expectStatus(await client(shop.url).post('/api/auth/login', { email, password }), 200).body.accessToken as string
  const staff = client(shop.url, { authorization: `Bearer ${token}` })
  const ours = createServiceTokens((await openSecrets({ dir: shop.folder })).secret(SERVICE_KEY))
  const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  return {
    shop,
    target: `127.0.0.1:${port}`,
    token,
    stock: async (sku, units) => void (await sell(staff, sku, { units })),
    serviceToken({ key = 'ours', audience = 'inventory', ageSeconds = 0 }) {
      const issued = Math.floor(Date.now() / 1000) - ageSeconds
      const secret: KeyObject =
        key === 'ours' ? ours.privateKey : createPrivateKey(theirs.export({ format: 'pem', type: 'pkcs8' }))
      return new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', typ: 'service+jwt', kid: ours.kid })
        .setIssuer(SERVICE_ISSUER)
        .setSubject('orders')
        .setAudience(audience)
        .setIssuedAt(issued)
        .setExpirationTime(issued + 60)
        .sign(secret)
    },
    async userToken({ key = 'ours', ageSeconds = 0 }) {
      const inside = await lookInside(shop)
      const own = await inside.signingKey().finally(() => inside.end())
      const { iat, exp, ...claims } = claimsOf(token) as { iat: number; exp: number }
      return await new SignJWT({ ...claims, iat: iat - ageSeconds, exp: exp - ageSeconds })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: own.kid })
        .sign(key === 'ours' ? own.key : theirs)
    },
  }
}

/** What a program printed, and its exit code; a program that ends badly is an answer, too. */
export async function ran(
  program: string,
  args: readonly string[],
  timeout = 60_000,
): Promise<{ code: number; out: string; errors: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], { timeout })
    return { code: 0, out: stdout, errors: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: code ?? 1, out: stdout ?? '', errors: stderr ?? String(error) }
  }
}

export const script = (name: string): string => join(fileURLToPath(new URL('.', import.meta.url)), name)
