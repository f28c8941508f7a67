import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { root, sourceFiles } from './source-files.ts'

const files = sourceFiles('kit', 'contracts', 'services', 'processes', 'apps')

/**
 * Where text becomes SQL without parameters, and why that is safe. Everything else goes through the tagged template, which sends values
 * apart from the statement. `times` may only shrink: a new place needs a line, a reason and somebody who looks at it.
 */
const looked: Readonly<Record<string, { times: number; why: string }>> = {
  'kit/http/paging.ts': { times: 3, why: 'types and directions of the list’s own declaration, never of the request' },
  'kit/messaging/wal-stream.ts': {
    times: 1,
    why: 'the replication protocol has no parameters; names of slot and publication are ours',
  },
  'kit/messaging/cdc-slot.ts': { times: 3, why: 'DDL and the replication protocol; names go through quoteIdentifier' },
  'kit/messaging/cdc.ts': { times: 1, why: 'schema names of services through quoteIdentifier, values are parameters' },
  'kit/messaging/rows/row-slot.ts': {
    times: 8,
    why: 'DDL and the replication protocol; names of tables and roles go through quoteIdentifier or format(%I)',
  },
  'kit/messaging/schema-sets.ts': { times: 1, why: 'grants; names go through quoteIdentifier' },
  'kit/messaging/own-events.ts': { times: 1, why: 'DDL; the schema goes through quoteIdentifier, names of events are checked' },
  'kit/messaging/relay-source.ts': { times: 3, why: 'schema names of services through quoteIdentifier, values are parameters' },
  'kit/db/roles.ts': { times: 2, why: 'DDL; names and the password are quoted' },
  'kit/db/own-database.ts': { times: 1, why: 'creates databases; names go through quoteIdentifier' },
  'kit/db/replica-watch.ts': { times: 1, why: 'the place in the log, one of two expressions of ours' },
  'kit/db/migrations.ts': { times: 1, why: 'schema names of services as quoted literals' },
  'kit/db/migrate.ts': { times: 7, why: 'migrations are SQL files of ours; schema names go through quoteIdentifier' },
  'apps/souk/platform/check-rules.ts': { times: 1, why: 'the rules are SQL of ours' },
  'kit/db/embedded.ts': { times: 1, why: 'creates the database, with a name of ours' },
}

/** Calls of `unsafe(` in code: lines of comments do not count. */
const callsIn = (text: string): number =>
  text
    .split('\n')
    .filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line))
    .join('\n')
    .match(/\.unsafe(?:<[^(]*>)?\(/g)?.length ?? 0

/** A statement glued together from text: `select … ${value}` outside of a tagged template, or with a plus. */
const GLUED =
  /(?<![\w)\]>}])`\s*(?:select|insert into|update|delete from|with)\s[^`]*\$\{|['"](?:select|insert into|update|delete from)\s[^'"\n]*['"]\s*\+/i

describe('S14: SQL', () => {
  it('is written with parameters; where it is not, somebody looked at it', () => {
    const found = Object.fromEntries(
      files.map((path) => [path, callsIn(readFileSync(`${root}${path}`, 'utf8'))] as const).filter(([, n]) => n > 0),
    )
    expect(found).toEqual(Object.fromEntries(Object.entries(looked).map(([path, { times }]) => [path, times])))
  })

  it('is not glued together from text', () => {
    const glued = files.filter((path) => !(path in looked) && GLUED.test(readFileSync(`${root}${path}`, 'utf8')))
    expect(glued).toEqual([])
  })

  it('is noticed when it is (or these tests could not fail)', () => {
    expect(callsIn('await sql.unsafe(`drop table ${name}`)\n  // sql.unsafe( in a comment')).toBe(1)
    expect([
      GLUED.test('run(`select 1 from t where name = ${name}`)'),
      GLUED.test("run('delete from t where id = ' + id)"),
    ]).toEqual([true, true])
    expect([GLUED.test('await sql`select 1 where id = ${id}`'), GLUED.test('await sql<Row[]>`select ${a}`')]).toEqual([
      false,
      false,
    ])
  })
})
