import { eventually } from '#kit/testing/eventually.ts'
import { existsSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus } from '../../e2e/client.ts'
import { openShop, type Shop } from '../../e2e/shop.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { mapOf, type Schema } from '../fuzz/schema.ts'
import { INSIDES } from '../fuzz/checks.ts'
import { type Operation, operationsOf } from '../fuzz/operations.ts'
import { type Inside, lookInside } from '../inside.ts'
import { administrator, type Person } from '../people.ts'
import { examplesOf, leavesOf, nameOf, objectsOf, type Path, textWith, textWithField } from './leaves.ts'
import { type Payload, numbers, payloads, privileges } from './payloads.ts'

/** Payloads a field in this run; all of them with INJECTION_ALL=1. Which ones goes round, so that every kind reaches every service. */
const EACH = process.env['INJECTION_ALL'] ? payloads.length : 1
const LANES = 6
const MARKER = '/tmp/souk-injected'

/** They would end the session that asks, the account behind it, or somebody's second factor. */
const LEFT_OUT = /logout|sign-out|\/auth\/password$|\/auth\/sessions\/|\/users\/me$|\/roles$|\/disable$|\/auth\/mfa/

let shop: Shop
let inside: Inside
let admin: Person
let operations: Operation[]
let before: unknown

beforeAll(async () => {
  rmSync(MARKER, { force: true })
  shop = await openShop({ LOG_LEVEL: 'info' })
  inside = await lookInside(shop)
  admin = await administrator(shop)
  await sell(admin.client, 'plain-mug', { title: 'A plain mug' })
  operations = operationsOf(expectStatus(await admin.client.get('/v3/api-docs'), 200).body).filter(
    ({ path }) => !LEFT_OUT.test(path),
  )
  before = await shapeOfDatabase()
}, 90_000)
afterAll(async () => {
  await inside?.end()
  await shop?.remove()
})

/** Everything an injected statement could have made, changed or dropped; the sides of the read model of search come and go by themselves. */
const shapeOfDatabase = async () =>
  await inside.sql`
  select (select array_agg(format('%s.%s', n.nspname, c.relname) order by 1) from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname !~ '^pg_' and c.relname !~ '\d{4}' and not (n.nspname = 'search' and c.relname ~ '^documents')) as tables,
         (select array_agg(rolname || rolsuper order by 1) from pg_roles) as roles, (select count(*)::int from pg_proc) as functions`

interface Attack {
  readonly operation: Operation
  readonly where: string
  readonly payload: string
  readonly url: string
  readonly body?: string
  /** which answers are right; else any but an error of ours */
  readonly allowed?: readonly number[]
}

const counts = new Map<number, number>()

/** Sends it and says what is wrong with the answer. */
async function attack({ operation, where, payload, url, body, allowed }: Attack): Promise<string | undefined> {
  const startedAt = performance.now()
  const answer = await fetch(`${shop.url}${url}`, {
    method: operation.method,
    redirect: 'manual',
    headers: { authorization: admin.authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await answer.text()
  const { status } = answer
  counts.set(status, (counts.get(status) ?? 0) + 1)
  const wrong = [
    status >= 500 && status !== 503 && `an error of ours: ${status}`,
    allowed && !allowed.includes(status) && status !== 503 && `${status}`,
    status >= 400 && INSIDES.test(text) && 'the answer shows what is inside',
    answer.headers.has('x-injected') && 'a header was split',
    /root:x:0:|1787569/.test(text) && 'it was carried out',
    performance.now() - startedAt > 15_000 && 'it made the database sleep',
  ].filter(Boolean)
  return wrong.length === 0
    ? undefined
    : `${operation.label} ${where} ← ${JSON.stringify(payload)}: ${wrong.join(', ')} ${text.slice(0, 200)}`
}

async function attackAll(attacks: readonly Attack[]): Promise<string[]> {
  const failures: string[] = []
  const queue = [...attacks]
  const lane = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const failure = await attack(next)
      if (failure) failures.push(failure)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return failures
}

let turn = 0
function some(): Payload[] {
  turn += EACH
  return Array.from({ length: EACH }, (_, n) => payloads[(turn + n) % payloads.length]!)
}
/** The leaves of all examples of a body, each field once. */
function fieldsOf(operation: Operation, type: 'string' | 'number'): { body: unknown; path: Path }[] {
  const found = examplesOf(operation.body?.schema ?? { const: null }).flatMap((body) =>
    leavesOf(body)
      .filter(({ value }) => typeof value === type)
      .map(({ path }) => ({ body, path })),
  )
  // the keys of a map are made up, so all of them are one field
  const known = JSON.stringify(operation.body?.schema ?? {})
  const field = (path: Path) =>
    nameOf(path.map((part) => (typeof part === 'string' && !known.includes(`"${part}"`) ? '*' : part)))
  return [...new Map(found.map((one) => [field(one.path), one])).values()]
}

const NOWHERE = '01890000-0000-7000-8000-00000000dead'
const addressOf = ({ path }: Operation) => path.replace(/\{\w+\}/g, NOWHERE)
const cut = (text: string, { maxLength = 10_000 }: Schema) => text.slice(0, maxLength)

function injections(operation: Operation): Attack[] {
  const url = addressOf(operation)
  const inBody = fieldsOf(operation, 'string').flatMap(({ body, path }) =>
    some().map(({ text }) => ({
      operation,
      where: nameOf(path),
      payload: text,
      url,
      body: textWith(body, path, JSON.stringify(text)),
    })),
  )
  const inQuery = operation.parameters
    .filter(({ in: place, schema }) => place === 'query' && !schema.enum && schema.type !== 'boolean')
    .flatMap(({ name, schema }) =>
      some().map(({ text }) => ({
        operation,
        where: `?${name}`,
        payload: text,
        url: `${url}?${name}=${encodeURIComponent(cut(text, schema).toWellFormed())}`,
        ...(operation.body ? { body: '{}' } : {}),
      })),
    )
  const inPath = operation.parameters
    .filter(({ in: place }) => place === 'path')
    .flatMap(({ name }) =>
      some().map(({ text }) => ({
        operation,
        where: `{${name}}`,
        payload: text,
        url: operation.path.replace(`{${name}}`, encodeURIComponent(text.toWellFormed())).replace(/\{\w+\}/g, NOWHERE),
        ...(operation.body ? { body: '{}' } : {}),
      })),
    )
  return [...inBody, ...inQuery, ...inPath]
}

function privilegesTaken(operation: Operation): Attack[] {
  if (!operation.body) return []
  const { schema } = operation.body
  // a map takes any key; what it is a map of is looked at by the boot
  if (mapOf(schema)) return []
  const [body = {}] = examplesOf(schema)
  const known = JSON.stringify(schema)
  const nested = objectsOf(body).filter((path) => path.length > 0 && !known.includes('patternProperties'))
  const at = (path: readonly (string | number)[], name: string): Attack => ({
    operation,
    where: `${nameOf(path)}/${name}`,
    payload: name,
    url: addressOf(operation),
    body: textWithField(body, path, name, '"ADMIN"'),
    allowed: [400],
  })
  const unknown = privileges.filter((name) => !known.includes(`"${name}"`))
  return [
    ...unknown.map((name) => at([], name)),
    ...nested.flatMap((path, n) => [unknown[n % unknown.length]!, '__proto__'].map((name) => at(path, name))),
  ]
}

function numbersBent(operation: Operation): Attack[] {
  return (
    fieldsOf(operation, 'number')
      // what may be anything has no number that could be bent
      .filter(({ path }) => !path.includes('attributes') && !path.includes('clientExtensionResults'))
      .flatMap(({ body, path }) =>
        numbers.map(
          (raw): Attack => ({
            operation,
            where: nameOf(path),
            payload: raw,
            url: addressOf(operation),
            body: textWith(body, path, raw),
            ...(/^(NaN|0x10|"1"|true|\[1\]|1e400|-1e400)$/.test(raw) ? { allowed: [400, 422] } : {}),
          }),
        ),
      )
  )
}

const figures = (attacks: readonly Attack[]) => ({
  fields: new Set(attacks.map(({ operation, where }) => `${operation.label} ${where}`)).size,
  requests: attacks.length,
  payloads: payloads.length,
})

describe('what attackers write into fields', () => {
  it('S14, S15: is text, in every field, query and address of the documentation: nothing breaks, nothing is carried out', async ({
    task,
  }) => {
    const attacks = operations.flatMap(injections)
    const failures = await attackAll(attacks)
    expect(failures.slice(0, 20)).toEqual([])
    expect(await shapeOfDatabase()).toEqual(before)
    expect(existsSync(MARKER), 'a command was carried out').toBe(false)
    const mails = expectStatus(await admin.client.get('/api/mailbox?limit=100'), 200).text
    expect(mails).not.toContain('1787569')
    Object.assign(task.meta, { figures: figures(attacks) })
    expect(counts.get(503) ?? 0, 'most of it was looked at').toBeLessThan(attacks.length / 50)
  }, 240_000)

  it('makes no line of its own in the log', async () => {
    const lines = shop.output.filter((line) => !line.startsWith('{"ready"'))
    expect(lines.length).toBeGreaterThan(100)
    const odd = lines.filter((line) => {
      try {
        return JSON.parse(line).level === 'fatal' || /\p{Cc}/u.test(line)
      } catch {
        return true
      }
    })
    expect(odd.slice(0, 5)).toEqual([])
    expect(lines.filter((line) => line.includes('"level":"error"')).slice(0, 5)).toEqual([])
  })

  it('finds nothing it should not find', async () => {
    const anybody = client(shop.url)
    const found = async (q: string) =>
      expectStatus(await anybody.get(`/api/products/search?q=${encodeURIComponent(q)}`), 200).body.items.length
    await eventually(async () => expect(await found('plain')).toBe(1))
    expect(await found('"plain mug"')).toBe(1)
    for (const q of [`' OR '1'='1`, `x' or true --`, `nothing%' OR title LIKE '%`, `zzz | plain:*`, '%', '_', '*'])
      expect([q, await found(q)]).toEqual([q, 0])
    for (const password of [`' OR '1'='1`, `x' or true --`])
      expect((await anybody.post('/api/auth/login', { email: shop.administrator.email, password })).status).toBe(401)
    expect((await anybody.post('/api/auth/login', { email: { $gt: '' }, password: { $gt: '' } })).status).toBe(400)
    for (const sort of ['price;drop table products', '(select 1)', 'id desc', '__proto__'])
      expect([sort, (await anybody.get(`/api/products?sort=${encodeURIComponent(sort)}`)).status]).toEqual([sort, 400])
  })
})

describe('what a body may not say', () => {
  it('S4, S10: is refused wherever it stands: roles, prices, owners, states, prototypes', async ({ task }) => {
    const attacks = operations.flatMap(privilegesTaken)
    expect((await attackAll(attacks)).slice(0, 20)).toEqual([])
    Object.assign(task.meta, { figures: { 'privileged fields': attacks.length } })
  }, 120_000)

  it('S10: is refused in every number: none, fractions, too large for money, no number at all', async ({ task }) => {
    const attacks = operations.flatMap(numbersBent)
    expect((await attackAll(attacks)).slice(0, 20)).toEqual([])
    Object.assign(task.meta, { figures: { 'bent numbers': attacks.length } })
    expect(shop.output.filter((line) => line.includes('"level":"error"')).slice(0, 5)).toEqual([])
  }, 120_000)
})
