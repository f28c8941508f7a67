import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectStatus } from '../../e2e/client.ts'
import { openShop, type Shop } from '../../e2e/shop.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { administrator, type Person } from '../people.ts'
import { caseOf, curlOf, drafts } from './cases.ts'
import { type Received, wrongs } from './checks.ts'
import { type Operation, operationsOf } from './operations.ts'
import { createPool } from './pool.ts'

/** Repeat a finding with FUZZ_SEED; look longer with FUZZ_RUNS. CI always asks the same, so that a red run says something of the change. */
const seed = Number(process.env['FUZZ_SEED'] ?? (process.env['CI'] ? 20_261_121 : Math.floor(Math.random() * 2 ** 31)))
const runs = Number(process.env['FUZZ_RUNS'] ?? 16)
const AT_ONCE = 4

/** They would end the session that asks, or the account behind it. */
const NOT_AS_OURSELVES = new Set([
  'POST /api/auth/logout',
  'POST /api/auth/logout-all',
  'POST /api/auth/providers/sign-out',
  'POST /api/auth/password',
  'DELETE /api/auth/sessions/{id}',
  'DELETE /api/users/me',
  'PUT /api/auth/users/{id}/roles',
  'POST /api/auth/users/{id}/disable',
])

let shop: Shop
let admin: Person
let operations: Operation[]
const pool = createPool()
const figures = { cases: 0, rejected: 0, accepted: 0 }

beforeAll(async () => {
  shop = await openShop()
  admin = await administrator(shop)
  const shelf = await sell(admin.client, 'fuzz-mug')
  pool.learn('/api/products', [{ id: shelf.productId, sku: shelf.sku }])
  operations = operationsOf(expectStatus(await admin.client.get('/v3/api-docs'), 200).body)
}, 90_000)
afterAll(async () => await shop?.remove())

/** Runs the cases of one operation; the smallest failing one with its reasons, or undefined. */
async function fuzz(operation: Operation): Promise<string | undefined> {
  const found = new Map<string, string>()
  const property = fc.asyncProperty(drafts(operation), async (draft) => {
    const drawn = caseOf(operation, draft, pool)
    const one = NOT_AS_OURSELVES.has(operation.label) && drawn.kind !== 'without token' ? undefined : drawn
    if (!one) return
    figures.cases += 1
    const startedAt = performance.now()
    const answer = await fetch(`${shop.url}${one.url}`, {
      method: one.method,
      redirect: 'manual',
      headers: { ...one.headers, ...(one.kind === 'without token' ? {} : { authorization: admin.authorization }) },
      ...(one.body === undefined ? {} : { body: one.body }),
      signal: AbortSignal.timeout(20_000),
    })
    const got: Received = {
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      text: await answer.text(),
      milliseconds: performance.now() - startedAt,
    }
    if (got.status < 400) {
      figures.accepted += 1
      if (got.contentType.includes('json') && got.text) pool.learn(operation.path, JSON.parse(got.text))
    } else figures.rejected += 1
    const reasons = wrongs(operation, one, got)
    if (reasons.length === 0) return
    found.set(reasons.join('; '), `${curlOf(one, shop.url)}\n      → ${got.status} ${got.text.slice(0, 400)}`)
    throw new Error(reasons.join('; '))
  })
  const result = await fc.check(property, { seed, numRuns: runs, interruptAfterTimeLimit: 20_000, endOnFailure: false })
  if (!result.failed) return undefined
  const [reasons, curl] = [...found].at(-1) ?? [String(result.errorInstance), '']
  return `${operation.label}: ${reasons}\n      ${curl}`
}

describe(`requests made from the API documentation (seed ${seed})`, () => {
  it('S3, S4, S10, S27, S36: are answered as documented, and never with an error of ours', async ({ task }) => {
    const failures: string[] = []
    const queue = [...operations]
    // creations first: what they make is read, changed and taken away afterwards
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
          const failure = await fuzz(next)
          if (failure) failures.push(failure)
        }
      }),
    )
    Object.assign(task.meta, { figures: { seed, operations: operations.length, ...figures } })
    expect(failures.join('\n'), `FUZZ_SEED=${seed} repeats it`).toBe('')
    expect(figures.accepted, 'some of it must be good enough to be accepted').toBeGreaterThan(figures.cases / 20)
  }, 240_000)
})
