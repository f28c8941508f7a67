import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOME, startUsers, type Users } from './users.fixture.ts'
import type { Principal } from '#kit/core/principal.ts'

let users: Users
beforeAll(async () => {
  users = await startUsers()
})
afterAll(async () => {
  for (const { name, sql } of users.running.service.invariants ?? [])
    expect({ name, rows: [...(await users.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
  await users.close()
})

interface Shown {
  id: string
  line1: string
  defaultShipping: boolean
  defaultBilling: boolean
  version: number
}

const house = (n: number) => ({ ...HOME, line1: `${n} Mill Lane` })
const add = (as: Principal, n: number, more: object = {}) =>
  users.request('POST', '/api/users/me/addresses', { as, body: { ...house(n), ...more } })
const all = async (as: Principal) => (await users.request('GET', '/api/users/me/addresses', { as })).body.addresses as Shown[]
/** Lines of the defaults: [to ship to, to bill to]. */
const defaults = async (as: Principal) => {
  const list = await all(as)
  return [list.filter((a) => a.defaultShipping).map((a) => a.line1), list.filter((a) => a.defaultBilling).map((a) => a.line1)]
}

test('the first address is the default for shipping and billing, the second is not', async () => {
  const { as } = await users.shopper()
  const first = await add(as, 1)
  expect(first).toMatchObject({ status: 201, body: { ...house(1), defaultShipping: true, defaultBilling: true, version: 1 } })
  expect((await add(as, 2)).body).toMatchObject({ defaultShipping: false, defaultBilling: false })
  expect(await defaults(as)).toEqual([['1 Mill Lane'], ['1 Mill Lane']])
})

test('making another address the default takes it from the old one', async () => {
  const { as } = await users.shopper()
  await add(as, 1)
  await add(as, 2, { defaultShipping: true })
  expect(await defaults(as)).toEqual([['2 Mill Lane'], ['1 Mill Lane']])
  const third = await add(as, 3)
  await users.request('PUT', `/api/users/me/addresses/${third.body.id}`, { as, body: { ...house(3), defaultBilling: true } })
  expect(await defaults(as)).toEqual([['2 Mill Lane'], ['3 Mill Lane']])
})

test('deleting the default promotes the newest of the others', async () => {
  const { as } = await users.shopper()
  const first = await add(as, 1)
  await add(as, 2)
  await add(as, 3)
  expect((await users.request('DELETE', `/api/users/me/addresses/${first.body.id}`, { as })).status).toBe(204)
  expect(await defaults(as)).toEqual([['3 Mill Lane'], ['3 Mill Lane']])
  for (const address of await all(as)) await users.request('DELETE', `/api/users/me/addresses/${address.id}`, { as })
  expect(await all(as)).toEqual([])
  await add(as, 4)
  expect(await defaults(as)).toEqual([['4 Mill Lane'], ['4 Mill Lane']])
})

test('the default cannot simply be taken away', async () => {
  const { as } = await users.shopper()
  const first = await add(as, 1)
  const answer = await users.request('PUT', `/api/users/me/addresses/${first.body.id}`, {
    as,
    body: { ...house(1), defaultShipping: false },
  })
  expect(answer).toMatchObject({ status: 422, body: { code: 'users/default-needed' } })
})

test('the same address again is the one that is there', async () => {
  const { as } = await users.shopper()
  const answers = await Promise.all(Array.from({ length: 20 }, () => add(as, 1)))
  expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
  expect(await all(as)).toHaveLength(1)
})

test('twenty addresses added, made default and deleted at the same moment leave exactly one default of each kind', async () => {
  const { as } = await users.shopper()
  const added = await Promise.all(
    Array.from({ length: 20 }, (_, n) => add(as, n, n % 2 ? { defaultShipping: true } : { defaultBilling: true })),
  )
  expect(added.every((answer) => answer.status === 201)).toBe(true)
  expect((await defaults(as)).map((list) => list.length)).toEqual([1, 1])
  const work = added.map((answer, n) =>
    n % 3 === 0
      ? users.request('DELETE', `/api/users/me/addresses/${answer.body.id}`, { as })
      : users.request('PUT', `/api/users/me/addresses/${answer.body.id}`, {
          as,
          body: { ...house(n), defaultShipping: true, defaultBilling: true },
        }),
  )
  const answers = await Promise.all(work)
  expect(answers.every((answer) => answer.status < 300)).toBe(true)
  expect((await defaults(as)).map((list) => list.length)).toEqual([1, 1])
})

test('even a careless statement cannot make two defaults', async () => {
  const { as, id } = await users.shopper()
  await add(as, 1)
  await add(as, 2)
  await expect(users.db.sql`update addresses set default_shipping = true where user_id = ${id}`).rejects.toMatchObject({
    code: '23505',
  })
})

test('fifty addresses are enough', async () => {
  const { as, id } = await users.shopper()
  await add(as, 0)
  await users.db.sql`
    insert into addresses (address_id, user_id, name, line1, city, postal_code, country)
    select gen_random_uuid(), ${id}, 'Ann', 'Row ' || n, 'Leeds', 'LS1', 'GB' from generate_series(1, 49) n`
  expect(await add(as, 99)).toMatchObject({ status: 422, body: { code: 'users/too-many-addresses' } })
})

test('an older version of an address does not overwrite the newer one', async () => {
  const { as } = await users.shopper()
  const first = await add(as, 1)
  const put = (n: number) =>
    users.request('PUT', `/api/users/me/addresses/${first.body.id}`, { as, body: house(n), headers: { 'if-match': '"1"' } })
  expect((await put(2)).body.version).toBe(2)
  expect((await put(3)).status).toBe(412)
})

test('other services get one address of the right person, or the default one', async () => {
  const [ann, eve] = [await users.shopper(), await users.shopper('Eve Adams')]
  const first = await add(ann.as, 1)
  const second = await add(ann.as, 2)
  expect(await users.call('address', { userId: ann.id, addressId: second.body.id })).toEqual({
    outcome: 'known',
    addressId: second.body.id,
    address: house(2),
  })
  expect(await users.call('address', { userId: ann.id })).toEqual({
    outcome: 'known',
    addressId: first.body.id,
    address: house(1),
  })
  expect(await users.call('address', { userId: eve.id, addressId: first.body.id })).toEqual({ outcome: 'unknown' })
  expect(await users.call('address', { userId: eve.id })).toEqual({ outcome: 'unknown' })
})

test('no street, name or number of a house is in any event', async () => {
  const payloads = (await users.db.sql<{ payload: string }[]>`select payload from outbox`).map((row) => row.payload).join('\n')
  expect(payloads).toContain('UserProfileUpdated.v1')
  expect(payloads).not.toMatch(/Mill Lane|Leeds|Baker|LS1/)
})
