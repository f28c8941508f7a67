import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import { type MigrationPlan, pendingMigrations } from './migrations.ts'
import { provisionService, unprovisioned } from './roles.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { type MigrationFolder, migrationFolder } from '#kit/testing/migration-folder.ts'

let stalls: MigrationFolder
let database: TestDatabase
const folders: MigrationFolder[] = []

beforeAll(async () => {
  stalls = await migrationFolder('stalls', {
    '001_stalls.sql': `
      create table stalls (id bigint generated always as identity primary key, name text not null);
      create table receipts (total bigint not null);
      revoke update, delete on receipts from :"role";
      create function stall_count() returns bigint language sql as 'select count(*) from stalls';`,
  })
  database = await testDatabase({
    schemas: [
      { schema: 'bazaar', sets: [stalls] },
      { schema: 'harbour', sets: [stalls] },
    ],
  })
})

afterAll(async () => {
  await database.drop()
  for (const folder of [stalls, ...folders]) await folder.remove()
})

/** A schema of its own with a set of its own, so that tests do not disturb each other. */
async function plan(schema: string, files: Record<string, string>): Promise<MigrationPlan & { set: MigrationFolder }> {
  const set = await migrationFolder(schema, files)
  folders.push(set)
  const role = `souk_${schema}`
  await provisionService(database.admin, { schema, role, password: 'only-for-tests' })
  return { schema, role, sets: [set], set }
}

test('a service reads and writes the rows of its own schema, through sequences and functions too', async () => {
  const { sql } = database.db('bazaar')
  await sql`insert into stalls (name) values ('Spices')`
  expect(await sql`select name, stall_count() as count from stalls`).toEqual([{ name: 'Spices', count: 1n }])
})

test('a service cannot read the schema of another service', async () => {
  const { sql } = database.db('bazaar')
  await expect(sql`select * from harbour.stalls`).rejects.toMatchObject({ code: '42501' })
})

test.each([
  ['create a table', 'create table mine (a int)'],
  ['create a table in public', 'create table public.mine (a int)'],
  ['create a temporary table', 'create temporary table mine (a int)'],
  ['alter a table', 'alter table stalls add column hacked text'],
  ['drop a table', 'drop table stalls'],
  ['truncate a table', 'truncate stalls'],
  ['create a schema', 'create schema mine'],
  ['forge the list of migrations', 'delete from schema_migrations'],
  ['read password hashes', 'select * from pg_authid'],
  ['become the role of another service', 'set role souk_harbour'],
])('S32: a service cannot %s', async (_what, statement) => {
  const { sql } = database.db('bazaar')
  await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
})

test('a migration can take single rights away from the service', async () => {
  const { sql } = database.db('bazaar')
  await sql`insert into receipts (total) values (1995)`
  await expect(sql`update receipts set total = 0`).rejects.toMatchObject({ code: '42501' })
  await provisionService(database.admin, { schema: 'bazaar', role: 'souk_bazaar', password: 'only-for-tests' })
  await expect(sql`delete from receipts`).rejects.toMatchObject({ code: '42501' })
})

test('migrations run once, in order of their numbers, and nothing is pending afterwards', async () => {
  const spice = await plan('spice', { '002_b.sql': 'insert into a values (2)', '001_a.sql': 'create table a (n int)' })
  expect(await migrate(database.admin, spice)).toEqual(['spice/001_a.sql', 'spice/002_b.sql'])
  expect(await migrate(database.admin, spice)).toEqual([])
  await spice.set.write('003_c.sql', 'insert into a values (3)')
  const [pending] = await pendingMigrations(database.admin, [spice])
  expect(pending?.files.map(({ name }) => name)).toEqual(['003_c.sql'])
  expect(await migrate(database.admin, spice)).toEqual(['spice/003_c.sql'])
  expect(await pendingMigrations(database.admin, [spice])).toEqual([])
})

test('several hosts that start at once run each migration once', async () => {
  const race = await plan('race', { '001_a.sql': 'create table a (n int)', '002_b.sql': 'insert into a values (1)' })
  const runs = await Promise.all([1, 2, 3, 4].map(() => migrate(database.admin, race)))
  expect(runs.flat().sort()).toEqual(['race/001_a.sql', 'race/002_b.sql'])
  expect(await database.admin`select n from race.a`).toEqual([{ n: 1 }])
})

test('two hosts that start at once build an index beside running statements, and neither waits for the other for ever', async () => {
  const rail = await plan('rail', {
    '001_a.sql': 'create table a (n int); insert into a select generate_series(1, 1000);',
    '002_index.sql': '-- outside a transaction\ncreate index concurrently if not exists a_n on :"schema".a (n);\n',
  })
  const runs = await Promise.all([1, 2].map(() => migrate(database.admin, rail)))
  expect(runs.flat().sort()).toEqual(['rail/001_a.sql', 'rail/002_index.sql'])
})

test('a migration that fails leaves nothing behind and tells file, line and reason', async () => {
  const wool = await plan('wool', {
    '001_ok.sql': 'create table a (n int);',
    '002_bad.sql': 'create table b (n int);\n\ninsert into nowhere values (1);\n',
  })
  await expect(migrate(database.admin, wool)).rejects.toThrow(
    /wool\/002_bad\.sql:3:13 failed in schema wool: relation "nowhere" does not exist/,
  )
  const tables =
    await database.admin`select relname from pg_class where relnamespace = 'wool'::regnamespace and relkind = 'r' order by 1`
  expect(tables.map(({ relname }) => relname)).toEqual(['a', 'schema_migrations'])
  await wool.set.write('002_bad.sql', 'create table b (n int);')
  expect(await migrate(database.admin, wool)).toEqual(['wool/002_bad.sql'])
})

test('a migration that was edited or lost after it had run is refused by name', async () => {
  const silk = await plan('silk', { '001_a.sql': 'create table a (n int)' })
  await migrate(database.admin, silk)
  await silk.set.write('001_a.sql', 'create table a (n bigint)')
  await expect(migrate(database.admin, silk)).rejects.toThrow('silk/001_a.sql was edited')
  await silk.set.remove()
  const gone = await migrationFolder('silk', { '002_b.sql': 'select 1' })
  folders.push(gone)
  await expect(migrate(database.admin, { ...silk, sets: [gone] })).rejects.toThrow(
    'silk/1 has run in schema silk but its file is gone',
  )
})

test('a database that a newer version has migrated is left alone', async () => {
  const satin = await plan('satin', { '001_a.sql': 'create table a (n int)' })
  await migrate(database.admin, satin)
  await database.admin`insert into satin.schema_migrations (set_name, number, name, checksum) values ('satin', 2, '002_b.sql', 'x')`
  await expect(migrate(database.admin, satin)).rejects.toThrow(
    /newer than this Souk: satin\/2 has run in schema satin, here 1 is the last/,
  )
})

test('a file name without a number, or with a number that is taken, is refused', async () => {
  const badName = await plan('badname', { 'orders.sql': 'select 1' })
  await expect(migrate(database.admin, badName)).rejects.toThrow('named like 001_')
  const twice = await plan('twice', { '001_a.sql': 'select 1', '001_b.sql': 'select 1' })
  await expect(migrate(database.admin, twice)).rejects.toThrow('number 1 is taken by 001_a.sql')
})

test('only services without role or schema are reported as not provisioned', async () => {
  const known = { schema: 'bazaar', role: 'souk_bazaar' }
  const fresh = { schema: 'nowhere', role: 'souk_nowhere' }
  expect(await unprovisioned(database.admin, [known, fresh])).toEqual([fresh])
})
