import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUsers, type Users } from './users.fixture.ts'
import type { Principal } from '#kit/core/principal.ts'

let users: Users
beforeAll(async () => {
  users = await startUsers()
})
afterAll(() => users.close())

const path = '/api/users/me/views'
const save = (as: Principal, name: string, filters: Record<string, string> = { status: 'DRAFT' }, list = 'products') =>
  users.request('PUT', path, { as, body: { list, name, filters } })
const names = async (as: Principal, list = 'products'): Promise<string[]> =>
  (await users.request('GET', `${path}?list=${list}`, { as })).body.views.map(({ name }: { name: string }) => name)

test('a view is there on every device, under its name, until it is forgotten', async () => {
  const { as } = await users.shopper()
  expect((await save(as, 'Drafts')).status).toBe(204)
  expect((await save(as, 'Mugs', { search: 'mug', sort: 'address' })).status).toBe(204)
  expect((await users.request('GET', path, { as })).body).toEqual({
    views: [
      { list: 'products', name: 'Drafts', filters: { status: 'DRAFT' } },
      { list: 'products', name: 'Mugs', filters: { search: 'mug', sort: 'address' } },
    ],
  })
  expect(await names(as, 'orders')).toEqual([])
  for (const _ of ['once', 'twice'])
    expect((await users.request('DELETE', `${path}?list=products&name=Mugs`, { as })).status).toBe(204)
  expect(await names(as)).toEqual(['Drafts'])
})

test('the same name again is the same view with other filters', async () => {
  const { as } = await users.shopper()
  await save(as, 'Mine')
  await save(as, ' Mine ', { status: 'ACTIVE' })
  expect((await users.request('GET', path, { as })).body.views).toEqual([
    { list: 'products', name: 'Mine', filters: { status: 'ACTIVE' } },
  ])
})

test('nobody sees, changes or forgets views of somebody else', async () => {
  const [ann, bob] = [await users.shopper(), await users.shopper()]
  await save(ann.as, 'Of Ann')
  expect(await names(bob.as)).toEqual([])
  await users.request('DELETE', `${path}?list=products&name=Of%20Ann`, { as: bob.as })
  expect(await names(ann.as)).toEqual(['Of Ann'])
  expect((await users.request('GET', path)).status).toBe(401)
})

test('fifty views are enough for a list; what is no list or too long is refused', async () => {
  const { as } = await users.shopper()
  for (let count = 0; count < 50; count += 1) expect((await save(as, `View ${count}`)).status).toBe(204)
  expect(await save(as, 'One more')).toMatchObject({ status: 422, body: { code: 'users/too-many-views' } })
  expect((await save(as, 'View 7', { status: 'ACTIVE' })).status).toBe(204)
  expect((await save(as, 'Elsewhere', {}, 'orders')).status).toBe(204)
  expect((await save(as, 'x', {}, 'No List')).status).toBe(400)
  expect((await save(as, 'x', { search: 'y'.repeat(301) })).status).toBe(400)
})

test('views go with the account, and come along with everything else that is taken', async () => {
  const { as, id } = await users.shopper()
  await save(as, 'Mine')
  const taken = await users.request('GET', '/api/users/me/export', { as })
  expect(JSON.parse(taken.raw.toString()).views).toEqual([{ list: 'products', name: 'Mine', filters: { status: 'DRAFT' } }])
  expect((await users.request('DELETE', '/api/users/me', { as })).status).toBe(204)
  expect(await users.db.sql`select 1 from saved_views where user_id = ${id}`).toEqual([])
})
