import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { secondConnections } from './connections.ts'
import { root, sourceFiles } from './source-files.ts'

const filesOf = (service: string) =>
  sourceFiles(`services/${service}`).map((path) => ({
    path: path.slice('services/'.length),
    text: readFileSync(`${root}${path}`, 'utf8'),
  }))

/** Places somebody looked at, and why nobody waits there for a second connection. */
const LOOKED: Readonly<Record<string, string>> = {
  'gateway/routes/faults.ts: /api/gateway/faults opens a transaction for nothing': 'in tests only',
  'orders/visible-order.ts: visibleOrder': 'it asks whether what it was given is the pool',
}

describe('a command', () => {
  it('asks for one connection: two for each of many at once would wait for each other', () => {
    const found = readdirSync(`${root}services`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => secondConnections(filesOf(name)))
    expect(found).toEqual(Object.keys(LOOKED))
  }, 30_000)

  const route = (more: string, handler: string, around = '') => [
    {
      path: 'routes.ts',
      text: `import { post } from '#kit/http/route.ts'\n${around}\nconst list = [post('/a', { access: anyone, ${more} }, ${handler})]`,
    },
  ]
  it.each([
    ['itself', route("idempotency: 'none'", 'async ({ tx, body }) => deps.kit.db.sql`select 1`')],
    [
      'by a function that is given nothing',
      route('', 'async ({ tx }) => shown(1)', 'const shown = async () => deps.db.sql`select 1`'),
    ],
    [
      'two functions away',
      route(
        '',
        'async ({ tx }) => add(deps, tx)',
        'function add(deps, tx) { return find(deps) }\nfunction find(deps) { const { sql } = deps.db; return sql`select 1` }',
      ),
    ],
    ['taken apart outside', route('', 'async ({ tx }) => sql`select 1`', 'const { sql } = deps.db')],
    ['in a transaction opened for nothing', route("idempotency: 'none'", 'async ({ body }) => ({ body })')],
  ])('that asks for another one, %s, is found (or this test could not fail)', (_how, files) => {
    expect(secondConnections(files)).not.toEqual([])
  })
  it('that has none open may ask for one', () => {
    expect(secondConnections(route("idempotency: 'read'", 'async () => deps.kit.db.sql`select 1`'))).toEqual([])
  })
})
