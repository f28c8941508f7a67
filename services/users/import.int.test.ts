import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { startUsers, type Users } from './users.fixture.ts'
import { timeOfUuid, uuidv7 } from '#kit/core/ids.ts'

let users: Users
beforeAll(async () => {
  users = await startUsers()
})
afterAll(() => users.close())

const customer = (n: number, more: object = {}) => ({
  source: 'old-shop',
  reference: String(n),
  fullName: `Customer ${n}`,
  country: 'GB',
  at: '2010-12-01T08:26:00.000Z',
  ...more,
})
const bring = async (customers: object[]) => (await users.call<{ userIds: string[] }>('importCustomers', { customers })).userIds
const profiles = async () => (await users.db.sql<{ n: bigint }[]>`select count(*) as n from profiles`)[0]!.n

test('customers of another shop come in historical time, in the order given, without mails and without events', async () => {
  const ids = await bring([customer(3), customer(1), customer(2), customer(1)])
  expect(ids[1]).toBe(ids[3])
  expect(new Set(ids).size).toBe(3)
  expect(timeOfUuid(ids[0]!).toISOString()).toBe('2010-12-01T08:26:00.000Z')
  const rows = await users.db.sql<
    { id: string; name: string; at: Date; country: string }[]
  >`select user_id as id, full_name as name, created_at as at, country from profiles where user_id = ${ids[0]!}`
  expect(rows[0]).toEqual({ id: ids[0], name: 'Customer 3', at: new Date('2010-12-01T08:26:00.000Z'), country: 'GB' })
  expect(await users.events()).toEqual([])
  expect(users.accounts.size).toBe(0)
  expect(await users.call('contact', { userId: ids[0] })).toEqual({ outcome: 'unknown' })
})

test('a second import gives the same ids and changes nothing', async () => {
  const batch = Array.from({ length: 300 }, (_, n) => customer(1000 + n))
  const first = await bring(batch)
  const before = await profiles()
  expect(await bring([...batch].reverse())).toEqual([...first].reverse())
  expect(await profiles()).toBe(before)
})

test('two imports of the same customers at the same moment agree on every id', async () => {
  const batch = Array.from({ length: 200 }, (_, n) => customer(5000 + n))
  const before = await profiles()
  const results = await Promise.all(Array.from({ length: 8 }, (_, n) => bring(n % 2 ? batch : [...batch].reverse())))
  const one = results[1]!
  for (const [n, ids] of results.entries()) expect(n % 2 ? ids : [...ids].reverse()).toEqual(one)
  expect((await profiles()) - before).toBe(200n)
})

test('an import that meets another one in the middle of the same customer takes over its id', async () => {
  const theirs = uuidv7()
  let running: Promise<string[]> | undefined
  await users.db.tx(async (tx) => {
    await tx`insert into imported_customers (source, reference, user_id) values ('old-shop', '9000', ${theirs})`
    running = bring([customer(9000), customer(9001)])
    await eventually(async () => {
      const waiting = await users.database
        .admin`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      expect(waiting).toHaveLength(1)
    })
  })
  const ids = await running!
  expect(ids[0]).toBe(theirs)
  expect(ids[1]).toMatch(/^[0-9a-f-]{36}$/)
})

test('an erased customer is not brought back by another import', async () => {
  const [id] = await bring([customer(77)])
  expect((await users.request('DELETE', `/api/users/${id}`, { as: users.staff('users:write-any') })).status).toBe(204)
  expect(await bring([customer(77)])).toEqual([id])
  expect(await users.db.sql`select 1 from profiles where user_id = ${id!}`).toHaveLength(0)
})

test('countries nobody has and empty names do not stop an import', async () => {
  const [id] = await bring([customer(88, { country: 'Unspecified', fullName: ' ' })])
  const [row] = await users.db.sql<
    { name: string; country: string | null }[]
  >`select full_name as name, country from profiles where user_id = ${id!}`
  expect(row).toEqual({ name: 'old-shop 88', country: null })
})

test('nothing to import is fine', async () => {
  expect(await bring([])).toEqual([])
})
