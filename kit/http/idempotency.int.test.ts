import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errors } from './errors.ts'
import { purgeIdempotencyKeys } from './idempotency.ts'
import { anyone, get, post, Reply, type Route } from './route.ts'
import { testApp } from './testing.ts'
import type { OpenedDb } from '#kit/db/open.ts'
import { closed } from '#kit/messaging/event.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { migrationFolder, type MigrationFolder } from '#kit/testing/migration-folder.ts'

let set: MigrationFolder
let database: TestDatabase
let db: OpenedDb
let app: FastifyInstance
let release: (() => void) | undefined
let wakes = 0

const countWake = () => {
  wakes += 1
}

const Sale = closed({ what: Type.String(), fail: Type.Optional(Type.Boolean()), wait: Type.Optional(Type.Boolean()) })

const routes: Route[] = [
  post(
    '/api/sales',
    {
      access: anyone,
      summary: 'Sells',
      status: 201,
      body: Sale,
      response: closed({ id: Type.String(), what: Type.String(), at: Type.String() }),
    },
    async ({ body, tx }) => {
      const [row] = await tx<[{ id: string; at: Date }]>`insert into sales (what) values (${body.what}) returning id::text, at`
      if (body.wait) await new Promise<void>((resolve) => (release = resolve))
      if (body.fail) throw errors.unavailable()
      return new Reply(
        { id: row.id, what: body.what, at: row.at.toISOString() },
        { headers: { location: `/api/sales/${row.id}`, 'set-cookie': 'secret=1' } },
      )
    },
  ),
  post(
    '/api/sales/:id/void',
    { access: anyone, summary: 'Voids', body: closed({}) },
    async ({ tx }) => void (await tx`insert into sales (what) values ('void')`),
  ),
  post(
    '/api/own',
    {
      access: anyone,
      summary: 'Keeps its own',
      idempotency: 'handler',
      response: closed({ key: Type.Optional(Type.String()), tx: Type.Boolean() }),
    },
    async (request) => {
      let tx = true
      try {
        void request.tx
      } catch {
        tx = false
      }
      return { ...(request.idempotencyKey ? { key: request.idempotencyKey } : {}), tx }
    },
  ),
  post(
    '/api/sales/search',
    {
      access: anyone,
      summary: 'How many of something',
      idempotency: 'read',
      body: closed({ what: Type.String() }),
      response: closed({ n: Type.Integer() }),
    },
    async () => ({ n: await sold() }),
  ),
  get('/api/sales', { access: anyone, summary: 'How many', response: closed({ n: Type.Integer() }) }, async () => ({
    n: await sold(),
  })),
]

const sold = async (): Promise<number> => (await db.sql<[{ n: number }]>`select count(*)::int as n from sales`)[0].n
const sell = (
  key: string | undefined,
  body: object = { what: 'mug' },
  headers: Record<string, string> = { 'x-test-principal': 'ann' },
) =>
  app.inject({
    method: 'POST',
    url: '/api/sales',
    payload: body,
    headers: { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) },
  })

beforeAll(async () => {
  set = await migrationFolder('sales', {
    '001_sales.sql':
      'create table sales (id bigint generated always as identity primary key, what text not null, at timestamptz not null default clock_timestamp()); grant select, insert, delete on sales to :"role";',
  })
  database = await testDatabase({
    schemas: [{ schema: 'sales', sets: [{ name: 'http', folder: new URL('./migrations/', import.meta.url) }, set] }],
  })
  db = database.db('sales', { max: 20 })
  app = testApp(routes, {
    db,
    services: [
      { name: 'sales', routes, db, outbox: { append: async () => {}, encode: () => '[]', rows: () => [], wake: countWake } },
    ],
  })
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await database.drop()
  await set.remove()
})

test('fifty clicks with one key sell once, and everybody gets the same receipt or a "wait"', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [key, before] = [randomUUID(), await sold()]
    const answers = await Promise.all(Array.from({ length: 50 }, () => sell(key)))
    expect(await sold()).toBe(before + 1)
    expect(answers.every(({ statusCode }) => statusCode === 201 || statusCode === 409)).toBe(true)
    const receipts = answers.filter(({ statusCode }) => statusCode === 201)
    expect(new Set(receipts.map(({ body }) => body)).size).toBe(1)
    expect(receipts.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    expect((await sell(key)).body).toBe(receipts[0]?.body)
  }
})

test('a repetition is the first answer, byte for byte, marked as repeated, without its cookies', async () => {
  const key = randomUUID()
  const [first, again] = [await sell(key), await sell(`"${key}"`)]
  expect([again.statusCode, again.rawPayload.equals(first.rawPayload)]).toEqual([201, true])
  for (const header of ['location', 'content-type', 'cache-control'])
    expect(again.headers[header], header).toBe(first.headers[header])
  expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true'])
  expect([first.headers['set-cookie'], again.headers['set-cookie']]).toEqual(['secret=1', undefined])
})

test('a sale that fails at the very end leaves no receipt behind: the same key tries again, and sells', async () => {
  await database.admin.unsafe(`
    create function sales.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
    create constraint trigger refuse after insert on sales.sales deferrable initially deferred for each row execute function sales.refuse()`)
  const [key, before] = [randomUUID(), await sold()]
  expect((await sell(key)).statusCode).toBe(500)
  await database.admin.unsafe('drop trigger refuse on sales.sales; drop function sales.refuse()')
  expect(await sold()).toBe(before)
  const again = await sell(key)
  expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([201, undefined])
  expect(await sold()).toBe(before + 1)
})

test('S34: the same key for something else is refused and sells nothing', async () => {
  const key = randomUUID()
  await sell(key)
  const before = await sold()
  const other = await sell(key, { what: 'teapot' })
  expect(other.json()).toMatchObject({ status: 422, code: 'http/idempotency-key-reused' })
  expect(await sold()).toBe(before)
})

test('the same key at another address is another key; the same route with another id is a misuse', async () => {
  const key = randomUUID()
  const voided = (id: number) =>
    app.inject({ method: 'POST', url: `/api/sales/${id}/void`, payload: {}, headers: { 'idempotency-key': key } })
  await sell(key)
  expect((await voided(1)).statusCode).toBe(204)
  expect((await voided(1)).headers['idempotency-replayed']).toBe('true')
  expect((await voided(2)).statusCode).toBe(422)
})

test('while the first request is at work its twin is told to wait, without waiting itself', async () => {
  const key = randomUUID()
  const first = sell(key, { what: 'mug', wait: true })
  const go = await eventually(() => release ?? Promise.reject(new Error('not there yet')))
  const twin = await sell(key, { what: 'mug', wait: true })
  expect(twin.json()).toMatchObject({ status: 409, code: 'http/idempotency-in-flight' })
  expect(twin.headers['retry-after']).toBe('1')
  release = undefined
  go()
  expect((await first).statusCode).toBe(201)
  expect((await sell(key, { what: 'mug', wait: true })).body).toBe((await first).body)
})

test('a request that failed leaves nothing behind: the key is free for the next try', async () => {
  const [key, before] = [randomUUID(), await sold()]
  expect((await sell(key, { what: 'mug', fail: true })).statusCode).toBe(503)
  expect((await sell(key, { what: 7 })).statusCode).toBe(400)
  expect(await sold()).toBe(before)
  expect((await sell(key)).statusCode).toBe(201)
  expect(await sold()).toBe(before + 1)
})

test('S34: nobody sees the answer to somebody else, not even with the same key', async () => {
  const key = 'checkout-1'
  const who = [
    { 'x-test-principal': 'ann' },
    { 'x-test-principal': 'bob' },
    { 'x-test-principal': 'service orders' },
    { 'x-guest-token': 'cart secret of carl' },
    { 'x-guest-token': 'cart secret of dora' },
    {},
  ]
  const answers = []
  for (const headers of who) answers.push(await sell(key, { what: 'mug' }, headers as Record<string, string>))
  expect(answers.map(({ statusCode, headers }) => [statusCode, headers['idempotency-replayed']])).toEqual(
    who.map(() => [201, undefined]),
  )
  expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(who.length)
  const stranger = await app.inject({
    method: 'POST',
    url: '/api/sales',
    payload: { what: 'mug' },
    headers: { 'idempotency-key': key },
    remoteAddress: '203.0.113.9',
  })
  expect(stranger.headers['idempotency-replayed']).toBeUndefined()
})

test.each(['short', 'x'.repeat(256), 'with blank inside', 'umlautäöü', 'a, b, c, d'])('the key %j is refused', async (key) => {
  expect((await sell(key)).json()).toMatchObject({ status: 400, code: 'http/invalid-idempotency-key' })
})

test('without a key every request counts', async () => {
  const before = await sold()
  await Promise.all([sell(undefined), sell(undefined)])
  expect(await sold()).toBe(before + 2)
})

test('a route that keeps its own record gets the key and no transaction', async () => {
  const answer = await app.inject({ method: 'POST', url: '/api/own', headers: { 'idempotency-key': 'checkout-77' } })
  expect(answer.json()).toEqual({ key: 'checkout-77', tx: false })
})

test('questions with a body hold no transaction: three times as many as there are connections are answered, and wake nobody', async () => {
  const [n, before] = [await sold(), wakes]
  const ask = () => app.inject({ method: 'POST', url: '/api/sales/search', payload: { what: 'mug' } })
  const answers = await Promise.all(Array.from({ length: 60 }, ask))
  expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`))).toEqual(new Set([`200 {"n":${n}}`]))
  expect(wakes).toBe(before)
})

test('the relay is woken after a sale, not after a refusal', async () => {
  const before = wakes
  await sell(undefined, { what: 'mug', fail: true })
  expect(wakes).toBe(before)
  await sell(undefined)
  expect(wakes).toBe(before + 1)
})

test('answers are kept for a day at least and forgotten afterwards', async () => {
  const [young, old] = [randomUUID(), randomUUID()]
  await sell(old)
  await database.admin`update sales.idempotency_keys set created_at = now() - interval '25 hours'`
  await sell(young)
  expect(await purgeIdempotencyKeys(db.sql, 1)).toBeGreaterThan(0)
  expect((await sell(young)).headers['idempotency-replayed']).toBe('true')
  expect((await sell(old)).headers['idempotency-replayed']).toBeUndefined()
})
