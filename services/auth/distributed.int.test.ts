import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { type Auth, startAuth } from './auth.fixture.ts'
import { errors } from './errors.ts'
import { NOBODYS_HASH } from './password-hashing.ts'
import { RULES } from './throttle.ts'

/** What was really computed: hashes that were compared, with what was typed. */
const compared = vi.hoisted(() => [] as { hash: string; password: string }[])
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>()
  return {
    ...real,
    verify: (hash: string, typed: string) => {
      compared.push({ hash, password: typed })
      return real.verify(hash, typed)
    },
  }
})

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.close())
beforeEach(async () => {
  await auth.db.sql`delete from attempts`
  compared.length = 0
})

const place = (n: number) => `10.${(n >> 8) & 255}.${n & 255}.1`
const counted = (statuses: readonly number[]) =>
  Object.fromEntries([...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]))
/** One after the other in eight lines, as an attacker with many machines would. */
async function inTurn(count: number, one: (n: number) => Promise<{ status: number }>): Promise<number[]> {
  const statuses: number[] = []
  let next = 0
  const line = async () => {
    for (let n = next++; n < count; n = next++) statuses.push((await one(n)).status)
  }
  await Promise.all(Array.from({ length: 8 }, line))
  return statuses
}

describe('S7: guesses from many places', () => {
  it('500 places that each try one password on one account: 20 are looked at, the owner comes in from home', async () => {
    const [ann, home] = [await auth.person(), '192.0.2.10']
    await auth.signIn(ann, home)
    compared.length = 0
    const statuses = await inTurn(500, (n) => auth.login(ann.email, `guess-number-${n}`, { ip: place(n) }))
    expect(counted(statuses)).toEqual({ 401: RULES.account.allowed, 429: 500 - RULES.account.allowed })
    expect(compared).toHaveLength(RULES.account.allowed)
    // right or wrong, nothing tells the attacker any more
    expect((await auth.login(ann.email, ann.password, { ip: place(501) })).status).toBe(429)
    expect((await auth.login(ann.email, ann.password, { ip: home })).status).toBe(200)
  })

  it('one password on a thousand accounts from one place: 60 are looked at, and everybody else signs in', async () => {
    await auth.db.sql`
      insert into accounts (user_id, email, email_key, password_hash, password_changed_at, roles, locale)
      select gen_random_uuid(), e, e, ${NOBODYS_HASH}, now(), '{CUSTOMER}', 'en' from generate_series(1, 1000) n cross join lateral (select 'sprayed' || n || '@shop.example' as e) x`
    const statuses = await inTurn(1000, (n) => auth.login(`sprayed${n + 1}@shop.example`, 'Summer2026!', { ip: '198.18.0.1' }))
    expect(counted(statuses)).toEqual({ 401: RULES.place.allowed, 429: 1000 - RULES.place.allowed })
    expect(compared).toHaveLength(RULES.place.allowed)
    const bob = await auth.person()
    expect((await auth.login(bob.email, bob.password, { ip: '198.18.1.1' })).status).toBe(200)
  })
})

describe('S7: a login for an account that nobody has', () => {
  const costOf = (hash: string) => hash.split('$').slice(1, 4).join(' ')
  const partsOf = (hash: string) => hash.split('$').map((part) => part.length)

  it('does the same work as one with a wrong password: one hash of the same cost, of what was typed', async () => {
    const ann = await auth.person()
    await auth.login(ann.email, 'not-the-password', { ip: '198.51.100.1' })
    await auth.login('nobody-at-all@shop.example', 'not-the-password', { ip: '198.51.100.2' })
    expect(compared.map(({ password }) => password)).toEqual(['not-the-password', 'not-the-password'])
    const [real, nobodys] = compared.map(({ hash }) => hash)
    expect(nobodys).toBe(NOBODYS_HASH)
    expect(costOf(nobodys!)).toBe(costOf(real!))
    expect(partsOf(nobodys!)).toEqual(partsOf(real!))
  })

  it('so does one for an account without a password, which signs in elsewhere', async () => {
    await auth.call('createAccount', { userId: uuidv7(), email: 'elsewhere@shop.example', emailVerified: true })
    expect((await auth.login('elsewhere@shop.example', '', { ip: '198.51.100.3' })).status).toBe(400)
    expect((await auth.login('elsewhere@shop.example', 'not-the-password', { ip: '198.51.100.3' })).status).toBe(401)
    expect(compared).toEqual([{ hash: NOBODYS_HASH, password: 'not-the-password' }])
  })

  it('waits, like every route that may compute a hash (it declares `auth/busy`), in the line of slow work, which takes no place from a cart', () => {
    const hashing = auth.running.routes.filter(({ spec }) => spec.errors?.includes(errors.busy))
    const names = (routes: typeof hashing) => routes.map(({ method, path }) => `${method} ${path}`)
    expect(names(hashing)).toEqual(
      expect.arrayContaining(['POST /api/auth/login', 'POST /api/auth/password', 'DELETE /api/auth/mfa']),
    )
    expect(names(hashing.filter(({ spec }) => spec.priority !== 'aside'))).toEqual([])
  })

  it('and what is not looked at costs no hash, whoever asks', async () => {
    const ann = await auth.person()
    for (const email of [ann.email, 'still-nobody@shop.example'])
      for (let n = 0; n < RULES['account-place'].allowed + 2; n += 1) await auth.login(email, 'wrong', { ip: '198.51.100.4' })
    expect(compared).toHaveLength(2 * RULES['account-place'].allowed)
  })
})
