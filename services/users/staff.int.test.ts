import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUsers, type Users } from './users.fixture.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'

let users: Users
beforeAll(async () => {
  users = await startUsers()
})
afterAll(async () => {
  for (const { name, sql } of users.running.service.invariants ?? [])
    expect({ name, rows: [...(await users.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
  await users.close()
})

test('staff who may read cannot change', async () => {
  const ann = await users.shopper()
  const reader = users.staff('users:read-any')
  expect((await users.request('GET', `/api/users/${ann.id}`, { as: reader })).status).toBe(200)
  expect((await users.request('PATCH', `/api/users/${ann.id}`, { as: reader, body: { fullName: 'X Y' } })).status).toBe(404)
  expect(
    (await users.request('PATCH', `/api/users/${ann.id}`, { as: users.staff('users:write-any'), body: { fullName: 'X Y' } }))
      .status,
  ).toBe(200)
})

test('attributes of the operator are typed; those of staff the customer neither sees nor sets', async () => {
  const ann = await users.shopper()
  const manager = users.staff('users:groups', 'users:read-any', 'users:write-any')
  const define = (key: string, definition: object) =>
    users.request('PUT', `/api/users/attributes/${key}`, { as: manager, body: definition })
  expect((await define('shoe_size', { label: 'Shoe size', type: 'number' })).status).toBe(200)
  expect((await define('tier', { label: 'Tier', type: 'choice', choices: ['gold'], customerEditable: false })).status).toBe(200)
  expect((await define('bad', { label: 'Bad', type: 'choice' })).status).toBe(400)
  const set = (as: typeof manager, attributes: object) =>
    users.request('PUT', `/api/users/${ann.id}/preferences`, { as, body: { attributes } })
  expect((await set(ann.as, { shoe_size: 41 })).body.attributes).toEqual({ shoe_size: 41 })
  expect(await set(ann.as, { shoe_size: 'big' })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/attributes/shoe_size' }] },
  })
  expect((await set(ann.as, { tier: 'gold' })).status).toBe(400)
  expect((await set(manager, { tier: 'gold' })).body.attributes).toEqual({ shoe_size: 41, tier: 'gold' })
  expect((await users.request('GET', '/api/users/me', { as: ann.as })).body.attributes).toEqual({ shoe_size: 41 })
  expect((await users.request('DELETE', '/api/users/attributes/tier', { as: manager })).status).toBe(204)
  expect((await users.request('GET', `/api/users/${ann.id}`, { as: manager })).body.attributes).toEqual({ shoe_size: 41 })
  expect((await users.request('PUT', '/api/users/attributes/x', { as: ann.as, body: { label: 'X', type: 'text' } })).status).toBe(
    403,
  )
})

test('customer groups: others are told when somebody joins, joining twice is once', async () => {
  const ann = await users.shopper()
  const manager = users.staff('users:groups', 'users:read-any')
  expect((await users.request('PUT', '/api/users/groups/wholesale', { as: manager, body: { name: 'Wholesale' } })).body).toEqual({
    key: 'wholesale',
    name: 'Wholesale',
    members: 0,
  })
  const join = () => users.request('PUT', `/api/users/groups/wholesale/members/${ann.id}`, { as: manager })
  const races = await Promise.all(Array.from({ length: 10 }, join))
  expect(races.every((answer) => answer.status === 204)).toBe(true)
  expect(await users.call('customerGroups', { userId: ann.id })).toEqual({ groups: ['wholesale'] })
  expect((await users.told(ann.id)).filter((type) => type === 'UserProfileUpdated.v1')).toHaveLength(1)
  expect(
    (await users.request('GET', '/api/users?group=wholesale', { as: manager })).body.items.map((user: { id: string }) => user.id),
  ).toEqual([ann.id])
  expect((await users.request('GET', '/api/users/groups', { as: manager })).body.groups).toEqual([
    { key: 'wholesale', name: 'Wholesale', members: 1 },
  ])
  expect((await users.request('DELETE', `/api/users/groups/wholesale/members/${ann.id}`, { as: manager })).status).toBe(204)
  expect((await users.request('PUT', `/api/users/groups/none/members/${ann.id}`, { as: manager })).status).toBe(404)
  expect((await users.request('PUT', `/api/users/groups/wholesale/members/${ann.id}`, { as: ann.as })).status).toBe(403)
})

test('staff find customers by the beginning of a name, by e-mail and by id, page by page', async () => {
  const reader = users.staff('users:read-any')
  const people = [await users.shopper('Zoë Quixote'), await users.shopper('Zora Quilt'), await users.shopper("Zac O'Quinn")]
  const find = async (query: string) =>
    (await users.request('GET', `/api/users?${query}`, { as: reader })).body as { items: { id: string }[]; next?: string }
  const ids = (list: { items: { id: string }[] }) => list.items.map((item) => item.id)
  expect(ids(await find('search=qui'))).toEqual(people.map((person) => person.id).reverse())
  expect(ids(await find('search=zora%20qui'))).toEqual([people[1]!.id])
  expect(ids(await find(`search=${encodeURIComponent(people[0]!.email.toUpperCase())}`))).toEqual([people[0]!.id])
  expect(ids(await find(`search=${people[2]!.id}`))).toEqual([people[2]!.id])
  expect(ids(await find(`search=${encodeURIComponent("':*|!&()")}`))).toEqual([])
  expect(ids(await find('search=nobody@shop.example'))).toEqual([])
  const first = await find('search=qui&limit=2')
  expect(ids(await find(`search=qui&limit=2&cursor=${first.next}`))).toEqual([people[0]!.id])
})

test('an administrator is not erased, and support erases no staff', async () => {
  const [boss, worker] = [await users.shopper('Boss'), await users.shopper('Worker')]
  users.accounts.get(boss.id)!.roles = ['ADMIN']
  users.accounts.get(worker.id)!.roles = ['WAREHOUSE']
  const erase = (id: string, as = users.staff('users:write-any')) => users.request('DELETE', `/api/users/${id}`, { as })
  expect((await erase(boss.id, boss.as)).body.code).toBe('users/administrator-stays')
  expect((await erase(worker.id)).status).toBe(403)
  expect((await erase(worker.id, testUser(uuidv7(), ['*'], ['ADMIN']))).status).toBe(204)
})

test('an account whose profile was never written can be erased, and whoever was erased gets no profile any more', async () => {
  const half = uuidv7()
  users.accounts.set(half, {
    userId: half,
    email: 'half-way@shop.example',
    password: undefined,
    roles: ['CUSTOMER'],
    grantedRoles: [],
  })
  const erase = (id: string) => users.request('DELETE', `/api/users/${id}`, { as: users.staff('users:write-any') })
  const [account] = [users.accounts.get(half)!]
  expect((await erase(half)).status).toBe(204)
  expect(users.deleted).toContain(half)
  expect(await users.told(half)).toEqual(['UserDeleted.v1'])
  users.accounts.set(half, account)
  await users.call('ensureProfile', { userId: half, fullName: 'Half Way' })
  expect(await users.told(half)).toEqual(['UserDeleted.v1'])
  expect((await erase(uuidv7())).status).toBe(404)
})

test('a profile that is missing is written once, and told once', async () => {
  const userId = uuidv7()
  for (const fullName of ['Ann Baker', 'Somebody Else']) await users.call('ensureProfile', { userId, fullName })
  const [profile] = await users.db.sql`select full_name as name from profiles where user_id = ${userId}`
  expect(profile).toEqual({ name: 'Ann Baker' })
  expect(await users.told(userId)).toEqual(['UserRegistered.v1'])
})

test('who is staff by another sign-in only counts as staff when somebody wants to erase them', async () => {
  const [boss, worker] = [await users.shopper('Boss'), await users.shopper('Worker')]
  users.accounts.get(boss.id)!.grantedRoles = ['ADMIN']
  users.accounts.get(worker.id)!.grantedRoles = ['SUPPORT']
  const erase = (id: string, as = users.staff('users:write-any')) => users.request('DELETE', `/api/users/${id}`, { as })
  expect((await erase(boss.id)).body.code).toBe('users/administrator-stays')
  expect((await erase(worker.id)).body.code).toBe('users/more-rights-needed')
  expect((await erase(worker.id, worker.as)).status).toBe(204)
})
