import { type Client, client, expectStatus } from '../e2e/client.ts'
import { confirmAddress } from '../e2e/mailbox.ts'
import type { Shop } from '../e2e/shop.ts'
import { claimsOf, type Inside, now } from './inside.ts'

/** Somebody who calls the shop. `standing`: with no token, with a good one, with an API key, or with one that must be refused everywhere. */
export interface Person {
  readonly name: string
  readonly standing: 'anonymous' | 'signed-in' | 'key' | 'refused'
  /** user id; empty for nobody */
  readonly id: string
  readonly email: string
  readonly permissions: ReadonlySet<string>
  readonly client: Client
  /** value of the Authorization header; empty for nobody */
  readonly authorization: string
}

export const password = 'teal-otter-hums-41'
let people = 0

/** Signs in and keeps the header for requests that are no JSON. */
async function session(shop: Shop, email: string, secret: string): Promise<Pick<Person, 'client' | 'authorization'>> {
  const answer = expectStatus(await client(shop.url).post('/api/auth/login', { email, password: secret }), 200)
  return withToken(shop, answer.body.accessToken)
}

/** A caller who shows this as an access token. */
export function withToken(shop: Shop, token: string): Pick<Person, 'client' | 'authorization'> {
  const authorization = `Bearer ${token}`
  return { client: client(shop.url, { authorization }), authorization }
}

/** A new customer who is signed in. */
export async function newCustomer(shop: Shop, name = 'customer'): Promise<Person> {
  people += 1
  const email = `person-${people}@example.com`
  const registered = expectStatus(
    await client(shop.url).post('/api/users/register', { email, password, fullName: `Person ${people}` }),
    200,
    201,
  )
  return {
    name,
    standing: 'signed-in',
    id: registered.body.id,
    email,
    permissions: new Set(),
    ...(await session(shop, email, password)),
  }
}

export async function administrator(shop: Shop): Promise<Person> {
  const { email } = shop.administrator
  const signedIn = await session(shop, email, shop.administrator.password)
  const id = claimsOf(signedIn.authorization.slice(7))['sub'] as string
  return { name: 'admin', standing: 'signed-in', id, email, permissions: new Set(['*']), ...signedIn }
}

/** A new member of staff with one role; the rights are those the shop says the role has. */
export async function newStaff(shop: Shop, admin: Person, role: string): Promise<Person> {
  const customer = await newCustomer(shop, role.toLowerCase())
  await confirmAddress(client(shop.url), customer.email)
  expectStatus(await admin.client.put(`/api/auth/users/${customer.id}/roles`, { roles: [role] }), 200, 204)
  const { roles } = expectStatus(await admin.client.get('/api/auth/roles'), 200).body as {
    roles: { name: string; permissions: string[] }[]
  }
  const permissions = new Set(roles.find(({ name }) => name === role)?.permissions)
  return { ...customer, permissions, ...(await session(shop, customer.email, password)) }
}

/** A program with an API key that the administrator made. */
export async function apiKey(
  shop: Shop,
  admin: Person,
  permissions: readonly string[],
): Promise<Person & { readonly key: string }> {
  const body = { name: 'A program', permissions, password: shop.administrator.password }
  const { id, key } = expectStatus(await admin.client.post('/api/auth/api-keys', body), 201).body
  return { name: 'API key', standing: 'key', id, email: '', permissions: new Set(permissions), ...withToken(shop, key), key }
}

/** A token that was good once: signed by the shop, past its time. */
export async function expired(shop: Shop, inside: Inside): Promise<Person> {
  const customer = await newCustomer(shop, 'expired token')
  const answer = expectStatus(await client(shop.url).post('/api/auth/login', { email: customer.email, password }), 200)
  const claims = claimsOf(answer.body.accessToken)
  const token = await inside.sign({ ...claims, iat: now() - 700, exp: now() - 60 })
  return { ...customer, standing: 'refused', ...withToken(shop, token) }
}

/** Passed the first step of a login with two, and shows its ticket as if it were an access token. */
export async function halfSignedIn(shop: Shop): Promise<Person & { readonly seed: string; readonly mfaToken: string }> {
  const customer = await newCustomer(shop, 'MFA pending')
  const { secret } = expectStatus(await customer.client.post('/api/auth/mfa/enrol', { password }), 200).body
  const { generate } = await import('otplib')
  expectStatus(await customer.client.post('/api/auth/mfa/confirm', { code: await generate({ secret }) }), 200)
  const first = expectStatus(await client(shop.url).post('/api/auth/login', { email: customer.email, password }), 200)
  const { mfaToken } = first.body
  return {
    ...customer,
    standing: 'refused',
    ...withToken(shop, mfaToken),
    seed: secret,
    mfaToken,
  }
}

/** Signed in, then locked out by staff: the token has not expired, and must be worth nothing. */
export async function disabled(shop: Shop, admin: Person): Promise<Person> {
  const customer = await newCustomer(shop, 'disabled')
  expectStatus(await admin.client.post(`/api/auth/users/${customer.id}/disable`), 200, 204)
  return { ...customer, standing: 'refused' }
}

export function nobody(shop: Shop): Person {
  return {
    name: 'anonymous',
    standing: 'anonymous',
    id: '',
    email: '',
    permissions: new Set(),
    client: client(shop.url),
    authorization: '',
  }
}

export const may = (person: Person, permission: string): boolean =>
  person.permissions.has(permission) || person.permissions.has('*')
