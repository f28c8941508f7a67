import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ascending, descending, keyset, page, where } from './paging.ts'
import { anyone, get } from './route.ts'
import { testApp } from './testing.ts'
import type { OpenedDb } from '#kit/db/open.ts'
import { closed } from '#kit/messaging/event.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { type MigrationFolder, migrationFolder } from '#kit/testing/migration-folder.ts'

let set: MigrationFolder
let database: TestDatabase
let db: OpenedDb
let app: FastifyInstance

const list = keyset({
  list: 'orders',
  id: { column: 'orders.id', type: 'bigint' },
  sorts: { newest: descending('orders.created_at', 'timestamptz'), total: ascending('orders.total', 'bigint') },
  initial: 'newest',
})
const Order = closed({ id: Type.Integer(), total: Type.Integer() })

const route = get(
  '/api/orders',
  { access: anyone, summary: 'Orders', query: list.query({ status: Type.Optional(Type.String()) }), response: page(Order) },
  async ({ query }) => {
    const at = list.position(query)
    const rows = await db.read<{ id: bigint; total: bigint }[]>`
    select orders.id, orders.total, ${at.keys(db.read)} from orders
    ${where(db.read, [query.status !== undefined && db.read`orders.status = ${query.status}`])} ${at.after(db.read)} ${at.order(db.read)}`
    return at.page(rows, ({ id, total }) => ({ id: Number(id), total: Number(total) }))
  },
)

beforeAll(async () => {
  set = await migrationFolder('orders', {
    '001_orders.sql':
      'create table orders (id bigint primary key, total bigint not null, status text not null, created_at timestamptz not null); grant select on orders to :"role";',
  })
  database = await testDatabase({ schemas: [{ schema: 'orders', sets: [set] }] })
  // Ten orders share each moment and ten each total: only the id tells them apart. Moments differ by microseconds.
  await database.admin`
    insert into orders.orders select n, n % 10, case n % 2 when 0 then 'OPEN' else 'DONE' end, timestamptz '2026-11-21 10:00:00' + (n / 10) * interval '1 microsecond'
    from generate_series(1, 100) n`
  db = database.db('orders')
  app = testApp([route], { db })
})
afterAll(async () => {
  await app.close()
  await database.drop()
  await set.remove()
})

async function walk(query: string): Promise<{ id: number; total: number }[]> {
  const seen: { id: number; total: number }[] = []
  let next: string | undefined
  do {
    const answer = await app.inject(`/api/orders?${query}${next ? `&cursor=${next}` : ''}`)
    expect(answer.statusCode, answer.body).toBe(200)
    seen.push(...answer.json().items)
    next = answer.json().next
  } while (next && seen.length <= 200)
  return seen
}

test.each(['limit=7', 'limit=1', 'limit=100', 'limit=7&sort=total', 'limit=9&status=OPEN', 'limit=10&status=OPEN&sort=total'])(
  'paging through with ?%s shows every order once, in order',
  async (query) => {
    const seen = await walk(query)
    const expected = Array.from({ length: 100 }, (_, index) => ({ id: index + 1, total: (index + 1) % 10 }))
      .filter(({ id }) => !query.includes('OPEN') || id % 2 === 0)
      .sort(
        query.includes('total')
          ? (a, b) => a.total - b.total || a.id - b.id
          : (a, b) => Math.floor(b.id / 10) - Math.floor(a.id / 10) || b.id - a.id,
      )
    expect(seen).toEqual(expected)
  },
)

test('S14: only the listed orders exist', async () => {
  for (const sort of ['total desc', 'id', 'total;drop table orders', "total'"]) {
    expect((await app.inject({ url: '/api/orders', query: { sort } })).statusCode, sort).toBe(400)
  }
})

test('S14: a forged cursor is a mistake of the caller', async () => {
  const first = (await app.inject('/api/orders?limit=5')).json()
  for (const cursor of [`${first.next}A`, 'x', Buffer.from('["a","b"]').toString('base64url')]) {
    expect((await app.inject({ url: '/api/orders', query: { limit: '5', cursor } })).json()).toMatchObject({
      status: 400,
      code: 'http/invalid-cursor',
    })
  }
})
