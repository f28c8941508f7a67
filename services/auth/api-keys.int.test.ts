import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auth, PASSWORD, type Signed, startAuth } from './auth.fixture.ts'
import { apiKeyHash, apiKeyIdOf } from '#contracts/api-keys.ts'
import { UserDeleted } from '#contracts/events/users.ts'

let auth: Auth
let boss: Signed
beforeAll(async () => {
  auth = await startAuth()
  boss = await staff('ADMIN')
})
afterAll(() => auth.close())

async function staff(...roles: string[]): Promise<Signed> {
  const person = await auth.person()
  await auth.call('setRoles', { userId: person.userId, roles })
  return auth.signIn(person)
}

const make = ({ principal }: Signed, body: Record<string, unknown> = {}) =>
  auth.request('POST', '/api/auth/api-keys', {
    body: { name: 'Till in Bremen', permissions: ['inventory:read'], password: PASSWORD, ...body },
    as: principal,
  })
const list = ({ principal }: Signed, query = '') => auth.request('GET', `/api/auth/api-keys${query}`, { as: principal })
const revoke = ({ principal }: Signed, id: string) => auth.request('DELETE', `/api/auth/api-keys/${id}`, { as: principal })
interface Accepted {
  keyId: string
  hash: string
  permissions: string[]
}
const accepted = async (id: string, used: string[] = []) =>
  (await auth.call<{ keys: Accepted[] }>('apiKeys', { used })).keys.find(({ keyId }) => keyId === id)

test('staff make a key for an integration; the secret is in that answer and nowhere else', async () => {
  const keeper = await staff('WAREHOUSE')
  const { status, body } = await make(keeper)
  expect(status).toBe(201)
  expect(body).toMatchObject({
    name: 'Till in Bremen',
    state: 'active',
    permissions: ['inventory:read'],
    lostPermissions: [],
    madeBy: { id: keeper.principal.id },
    expiresAt: null,
    lastUsedAt: null,
  })
  expect(apiKeyIdOf(body.key)).toBe(body.id)
  expect(await accepted(body.id)).toEqual({
    keyId: body.id,
    hash: apiKeyHash(body.key).toString('base64url'),
    permissions: ['inventory:read'],
    expiresAt: null,
  })
  const listed = await list(keeper)
  expect(listed.body.items[0]).toMatchObject({ id: body.id })
  const rows = await auth.db.sql`select k::text as row from api_keys k where key_id = ${body.id}`
  const told = (await auth.events('ApiKeyCreated.v1')).filter(({ data }) => (data as { keyId: string }).keyId === body.id)
  expect(told).toHaveLength(1)
  for (const text of [JSON.stringify(listed.body), JSON.stringify(rows), JSON.stringify(told)])
    expect(text).not.toContain(body.key.slice(-43))
})

test('S5: nobody makes a key that may do more than they may', async () => {
  const keeper = await staff('WAREHOUSE')
  expect(await make(keeper, { permissions: ['inventory:read', 'orders:refund'] })).toMatchObject({
    status: 403,
    body: { code: 'auth/more-rights-needed' },
  })
})

test('rights that a provider gave with a sign-in make no key, because they end with the session', async () => {
  const keeper = await staff('WAREHOUSE')
  const more = { ...keeper.principal, permissions: new Set([...keeper.principal.permissions, 'orders:refund']) }
  const answer = await make({ ...keeper, principal: more }, { permissions: ['orders:refund'] })
  expect(answer).toMatchObject({ status: 403, body: { code: 'auth/more-rights-needed' } })
})

test.each(['*', 'users:roles', 'auth:keys', 'api-keys:write', 'products:write-own', 'no:such'])(
  'an administrator cannot give %s to a key: who may do what is decided by people',
  async (permission) => {
    expect(await make(boss, { permissions: [permission] })).toMatchObject({
      status: 422,
      body: { code: 'auth/not-for-api-keys' },
    })
  },
)

test('who may make keys is offered what they have, and nothing else', async () => {
  const keeper = await staff('WAREHOUSE')
  const ask = (as: Signed) => auth.request('GET', '/api/auth/api-keys/permissions', { as: as.principal })
  const names = (answer: Awaited<ReturnType<typeof ask>>) => answer.body.permissions.map(({ name }: { name: string }) => name)
  expect(names(await ask(keeper)).sort()).toEqual(
    [
      'inventory:read',
      'inventory:write',
      'inventory:reserve',
      'orders:read-any',
      'delivery:read-any',
      'delivery:write',
      'returns:receive',
    ].sort(),
  )
  expect(names(await ask(boss))).not.toContain('users:roles')
})

test('who has no permission for keys neither sees, makes nor revokes one', async () => {
  const { body } = await make(boss)
  const finance = await staff('FINANCE')
  expect((await list(finance)).status).toBe(403)
  expect((await make(finance)).status).toBe(403)
  expect((await revoke(finance, body.id)).status).toBe(403)
})

test('a session left open on a desk makes no key: the password is asked for again', async () => {
  expect(await make(boss, { password: 'not-the-one-at-all' })).toMatchObject({
    status: 401,
    body: { code: 'auth/bad-credentials' },
  })
})

test('S5: a key loses what its maker loses, and gets it back with them', async () => {
  const maker = await staff('WAREHOUSE')
  const { body } = await make(maker, { permissions: ['inventory:read', 'inventory:write'] })
  await auth.call('setRoles', { userId: maker.principal.id, roles: ['SUPPORT'] })
  expect((await accepted(body.id))?.permissions).toEqual(['inventory:read'])
  const shown = (await list(boss)).body.items.find(({ id }: { id: string }) => id === body.id)
  expect(shown).toMatchObject({ state: 'active', lostPermissions: ['inventory:write'] })
  await auth.call('setRoles', { userId: maker.principal.id, roles: ['WAREHOUSE'] })
  expect((await accepted(body.id))?.permissions).toEqual(['inventory:read', 'inventory:write'])
})

test('keys of somebody who is locked out are not accepted until they are let in again', async () => {
  const maker = await staff('CATALOG')
  const { body } = await make(maker)
  const set = (what: string) => auth.request('POST', `/api/auth/users/${maker.principal.id}/${what}`, { as: boss.principal })
  await set('disable')
  expect(await accepted(body.id)).toBeUndefined()
  expect((await list(boss)).body.items[0]).toMatchObject({ id: body.id, state: 'locked' })
  await set('enable')
  expect(await accepted(body.id)).toBeDefined()
})

test('S5: a revoked key is accepted no more, says so in the list and in an event, and is revoked once', async () => {
  const { body } = await make(boss)
  expect((await revoke(boss, body.id)).status).toBe(204)
  expect((await revoke(boss, body.id)).status).toBe(204)
  expect(await accepted(body.id)).toBeUndefined()
  expect((await list(boss, '?ended=true')).body.items[0]).toMatchObject({ id: body.id, state: 'revoked' })
  expect((await list(boss, '?ended=false')).body.items.map(({ id }: { id: string }) => id)).not.toContain(body.id)
  const told = (await auth.events('ApiKeyRevoked.v1')).filter(({ data }) => (data as { keyId: string }).keyId === body.id)
  expect(told.map(({ data }) => data)).toEqual([{ userId: boss.principal.id, keyId: body.id, revokedBy: boss.principal.id }])
  expect((await revoke(boss, '01890000-0000-7000-8000-00000000dead')).status).toBe(404)
})

test('nobody revokes a key that may do more than they may, unless it is their own', async () => {
  const keeper = await staff('WAREHOUSE')
  const other = await make(boss, { permissions: ['orders:refund'] })
  expect(await revoke(keeper, other.body.id)).toMatchObject({ status: 403, body: { code: 'auth/more-rights-needed' } })
  const own = await make(keeper, { permissions: ['inventory:write'] })
  await auth.call('setRoles', { userId: keeper.principal.id, roles: ['CATALOG'] })
  expect(
    (await revoke({ ...keeper, principal: { ...keeper.principal, permissions: new Set(['api-keys:write']) } }, own.body.id))
      .status,
  ).toBe(204)
})

test('a key ends when its time is over; one that would have ended already is not made', async () => {
  expect(await make(boss, { expiresAt: new Date(Date.now() - 1000).toISOString() })).toMatchObject({
    status: 400,
    body: { code: 'auth/expires-in-the-past' },
  })
  const { body } = await make(boss, { expiresAt: new Date(Date.now() + 60_000).toISOString() })
  expect(await accepted(body.id)).toBeDefined()
  await auth.db.sql`update api_keys set expires_at = now() - interval '1 second' where key_id = ${body.id}`
  expect(await accepted(body.id)).toBeUndefined()
  expect((await list(boss, '?ended=true')).body.items[0]).toMatchObject({ id: body.id, state: 'expired' })
})

test('the list says when a key was used to some minutes, without a write at each request', async () => {
  const { body } = await make(boss)
  const usedAt = async () => (await list(boss)).body.items.find(({ id }: { id: string }) => id === body.id).lastUsedAt
  await accepted(body.id, [body.id])
  const first = await usedAt()
  expect(first).not.toBeNull()
  await accepted(body.id, [body.id])
  expect(await usedAt()).toBe(first)
  await auth.db.sql`update api_keys set last_used_at = last_used_at - interval '6 minutes' where key_id = ${body.id}`
  await accepted(body.id, [body.id])
  expect(Date.parse(await usedAt())).toBeGreaterThanOrEqual(Date.parse(first))
})

test('with the account of its maker a key is gone, and everybody hears of it', async () => {
  const maker = await staff('CATALOG')
  const { body } = await make(maker)
  await auth.deliver(UserDeleted({ userId: maker.principal.id }))
  expect(await accepted(body.id)).toBeUndefined()
  expect(await auth.db.sql`select 1 from api_keys where key_id = ${body.id}`).toEqual([])
  const told = (await auth.events('ApiKeyRevoked.v1')).filter(({ data }) => (data as { keyId: string }).keyId === body.id)
  expect(told.map(({ data }) => data)).toEqual([{ userId: maker.principal.id, keyId: body.id, revokedBy: null }])
})

test('keys that ended long ago are forgotten', async () => {
  const { body } = await make(boss)
  await revoke(boss, body.id)
  await auth.db.sql`update api_keys set revoked_at = now() - interval '91 days' where key_id = ${body.id}`
  await auth.runJob('auth-clean-up')
  expect(await auth.db.sql`select 1 from api_keys where key_id = ${body.id}`).toEqual([])
})

test('who asks for everything that is kept of them gets their keys, without the secrets', async () => {
  const maker = await staff('CATALOG')
  const { body } = await make(maker)
  const told = await auth.call<{ apiKeys: object[] }>('ofPerson', { userId: maker.principal.id })
  expect(told.apiKeys).toEqual([
    { name: 'Till in Bremen', permissions: ['inventory:read'], createdAt: body.createdAt, lastUsedAt: null, endedAt: null },
  ])
})

test('the list comes in pages, newest first', async () => {
  for (const name of ['One', 'Two', 'Three']) await make(boss, { name })
  const first = await list(boss, '?limit=2')
  expect(first.body.items.map(({ name }: { name: string }) => name)).toEqual(['Three', 'Two'])
  const second = await list(boss, `?limit=2&cursor=${first.body.next}`)
  expect(second.body.items[0]).toMatchObject({ name: 'One' })
})
