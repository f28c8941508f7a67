import { isRole, type Role } from '../roles.ts'

/** Which of our pages somebody signs in on. */
export type Face = 'shop' | 'admin'

/** Another company (or an own directory) that says who somebody is, by OpenID Connect. */
export interface Provider {
  /** in addresses and in the database: renaming it disconnects everybody */
  readonly key: string
  /** on the button */
  readonly name: string
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly scopes: string
  readonly faces: readonly Face[]
  /** path of the claim with the roles there, like `realm_access.roles` */
  readonly rolesClaim: readonly string[]
  /** role there → role here; whatever is not named gives nothing */
  readonly roles: ReadonlyMap<string, Role>
}

const FIELDS = new Set(['key', 'name', 'issuer', 'clientId', 'clientSecret', 'scopes', 'for', 'rolesClaim', 'roles'])
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Reads AUTH_PROVIDERS: a JSON list. Everything wrong is said at the start, with the field and without its value: there are secrets among
 * them. `strict`: outside of this machine only https.
 */
export function readProviders(text: string | undefined, { strict }: { strict: boolean }): Provider[] {
  if (text === undefined) return []
  const list = parse(text)
  const providers = list.map((one, n) => readProvider(one, `provider ${n + 1}`, strict))
  const keys = new Set(providers.map(({ key }) => key))
  if (keys.size < providers.length) throw wrong('two providers have the same key')
  return providers
}

const wrong = (what: string): Error => new Error(`AUTH_PROVIDERS: ${what}. docs/how-to-sign-in-elsewhere.md shows one.`)

function parse(text: string): unknown[] {
  try {
    const list = JSON.parse(text) as unknown
    if (Array.isArray(list)) return list
  } catch {
    // the reason would quote a part of the text
  }
  throw wrong('this is no JSON list')
}

function readProvider(given: unknown, at: string, strict: boolean): Provider {
  if (typeof given !== 'object' || given === null) throw wrong(`${at} is no object`)
  const fields = given as Record<string, unknown>
  const unknown = Object.keys(fields).find((name) => !FIELDS.has(name))
  if (unknown !== undefined) throw wrong(`${at} has an unknown field "${unknown}"`)
  const text = (name: string, pattern: RegExp, otherwise?: string): string => {
    const value = fields[name] ?? otherwise
    if (typeof value !== 'string' || !pattern.test(value)) throw wrong(`${at}: ${name} must fit ${pattern.source}`)
    return value
  }
  const key = text('key', /^[a-z][a-z0-9-]{0,39}$/)
  const faces = fields['for'] ?? ['shop']
  if (!Array.isArray(faces) || faces.length === 0 || !faces.every((face) => face === 'shop' || face === 'admin'))
    throw wrong(`${at}: for must be a list of "shop" and "admin"`)
  return {
    key,
    name: text('name', /^\S.{0,59}$/, key),
    issuer: issuerOf(text('issuer', /^https?:\/\/\S+$/), at, strict),
    clientId: text('clientId', /^\S+$/),
    clientSecret: fields['clientSecret'] === undefined ? undefined : text('clientSecret', /^\S+$/),
    scopes: text('scopes', /^openid\b/, 'openid email profile'),
    faces: faces as Face[],
    rolesClaim: text('rolesClaim', /^\S+$/, 'roles').split('.'),
    roles: rolesOf(fields['roles'], at),
  }
}

function issuerOf(text: string, at: string, strict: boolean): URL {
  const issuer = new URL(text)
  if (strict && issuer.protocol !== 'https:' && !LOOPBACK.has(issuer.hostname))
    throw wrong(`${at}: issuer must begin with https:`)
  return issuer
}

function rolesOf(given: unknown, at: string): ReadonlyMap<string, Role> {
  const map = new Map<string, Role>()
  if (typeof (given ?? {}) !== 'object' || Array.isArray(given))
    throw wrong(`${at}: roles must be an object, role there to role here`)
  for (const [there, here] of Object.entries(given ?? {})) {
    if (typeof here !== 'string' || !isRole(here)) throw wrong(`${at}: the role for "${there}" is none of ours`)
    map.set(there, here)
  }
  return map
}

/** Roles that these claims give: those that are mapped, and no other. Whatever has another shape gives none. */
export function grantedRoles({ rolesClaim, roles }: Pick<Provider, 'rolesClaim' | 'roles'>, claims: unknown): Role[] {
  let value = claims
  for (const step of rolesClaim) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return []
    value = (value as Record<string, unknown>)[step]
  }
  const named = typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
  return [...new Set(named.flatMap((one) => (typeof one === 'string' ? (roles.get(one) ?? []) : [])))]
}
