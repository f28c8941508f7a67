import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import type { MigrationPlan } from './migrations.ts'
import { pgCode } from './pg-errors.ts'
import { provisionService } from './roles.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import { type MigrationFolder, migrationFolder } from '#kit/testing/migration-folder.ts'

/** Migrations beside people who use the tables. */
let database: TestDatabase
const folders: MigrationFolder[] = []

beforeAll(async () => {
  database = await testDatabase({ schemas: [] })
})
afterAll(async () => {
  await database.drop()
  for (const folder of folders) await folder.remove()
})

async function shopOf(schema: string): Promise<MigrationPlan & { set: MigrationFolder }> {
  const set = await migrationFolder(schema, { '001_sales.sql': 'create table sales (id int primary key, units int not null);' })
  folders.push(set)
  const role = `souk_${schema}`
  await provisionService(database.admin, { schema, role, password: 'only-for-tests' })
  const plan = { schema, role, sets: [set], set }
  await migrate(database.admin, plan)
  await database.admin.unsafe(`insert into ${schema}.sales select n, 0 from generate_series(1, 10) n`)
  return plan
}

test('a migration waits for a table in short tries, so that people go on buying; and runs when it is free', async () => {
  const plan = await shopOf('market')
  await plan.set.write('002_note.sql', 'alter table sales add column note text')
  const till = database.db('market', { timeouts: { lock: 1000, idleInTransaction: 60_000 } })
  const [slow, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // somebody is in the middle of a long transaction
  const long = till.tx(async (tx) => {
    await tx`update sales set units = units + 1 where id = 1`
    begun.resolve()
    await slow.promise
  })
  await begun.promise
  let tries = 0
  let bought = 0
  const onBusy = () => {
    tries += 1
  }
  const migrated = migrate(database.admin, plan, { lockMs: 200, onBusy })
  // every purchase has to wait behind the migration's try at most; with a longer wait it would be refused
  while (tries < 3) {
    await till.tx((tx) => tx`update sales set units = units + 1 where id = 2`)
    bought += 1
  }
  slow.resolve()
  await long
  expect(await migrated).toEqual(['market/002_note.sql'])
  expect(await database.admin`select id, units, note from market.sales where id < 3 order by id`).toEqual([
    { id: 1, units: 1, note: null },
    { id: 2, units: bought, note: null },
  ])
})

test('a migration that never gets its table gives up and leaves nothing behind', async () => {
  const plan = await shopOf('bakery')
  await plan.set.write('002_note.sql', 'create table extra (a int); alter table sales add column note text')
  const till = database.db('bakery', { timeouts: { idleInTransaction: 60_000 } })
  await till.tx(async (tx) => {
    await tx`select 1 from sales`
    const refused = await migrate(database.admin, plan, { lockMs: 50, patienceMs: 200 }).catch((error: unknown) => error as Error)
    expect(pgCode((refused as Error).cause)).toBe('55P03')
    expect((refused as Error).message).toContain('bakery/002_note.sql')
  })
  expect(await database.admin`select to_regclass('bakery.extra') as extra`).toEqual([{ extra: null }])
})

test('what would lock a large table is refused before anything runs, unless the shop is stopped', async () => {
  const plan = await shopOf('depot')
  await plan.set.write('002_harmless.sql', 'create table labels (a int)')
  await plan.set.write(
    '003_index.sql',
    '\ncreate index sales_units on sales (units);\nalter table sales alter column units type bigint',
  )
  await database.admin`insert into depot.sales select n, 0 from generate_series(11, 400000) n`
  const refused = await migrate(database.admin, plan).catch((error: unknown) => String(error))
  expect(refused).toMatch(/MigrationRefused: Not safe beside a running shop/)
  expect(refused).toMatch(
    /depot\/003_index\.sql:2: table sales of schema depot has \d+ MB, and "create index sales_units on sales \(units\)" builds/,
  )
  expect(refused).toContain('depot/003_index.sql:3')
  expect(await database.admin`select to_regclass('depot.labels') as labels`).toEqual([{ labels: null }])
  expect(await migrate(database.admin, plan, { stopped: true })).toEqual(['depot/002_harmless.sql', 'depot/003_index.sql'])
})

test('the same is done at once where the table is small, and where somebody says why it is fine', async () => {
  const plan = await shopOf('kiosk')
  await plan.set.write('002_index.sql', 'create index sales_units on sales (units)')
  expect(await migrate(database.admin, plan)).toEqual(['kiosk/002_index.sql'])
  await database.admin`insert into kiosk.sales select n, 0 from generate_series(11, 400000) n`
  await plan.set.write('003_check.sql', '-- safe: the check is only wider\nalter table sales add check (units >= 0)')
  expect(await migrate(database.admin, plan)).toEqual(['kiosk/003_check.sql'])
})

test('an index is built outside a transaction while people write, also after a try that was broken off', async () => {
  const plan = await shopOf('harbour')
  await plan.set.write(
    '002_index.sql',
    '-- outside a transaction\ncreate unique index concurrently if not exists sales_once on :"schema".sales (units);\n',
  )
  // ten sales of no units each: the index cannot be, and a half made one stays
  await expect(migrate(database.admin, plan)).rejects.toThrow(
    /harbour\/002_index\.sql.* failed in schema harbour: could not create unique index/,
  )
  const state = () => database.admin`
    select i.indisvalid as valid from pg_index i where i.indexrelid = to_regclass('harbour.sales_once')`
  expect(await state()).toEqual([{ valid: false }])
  await database.admin`update harbour.sales set units = id`
  expect(await migrate(database.admin, plan)).toEqual(['harbour/002_index.sql'])
  expect(await state()).toEqual([{ valid: true }])
  expect(await migrate(database.admin, plan)).toEqual([])
})

test('outside a transaction only what can be repeated runs', async () => {
  const plan = await shopOf('quay')
  await plan.set.write('002_column.sql', '-- outside a transaction\nalter table :"schema".sales add column note text')
  await expect(migrate(database.admin, plan)).rejects.toThrow(/quay\/002_column\.sql: outside a transaction only/)
})

test('services migrate independently of each other', async () => {
  const [one, two] = [await shopOf('oasis'), await shopOf('spring')]
  await one.set.write('002_note.sql', 'alter table sales add column note text')
  await two.set.write('002_note.sql', 'alter table sales add column note text')
  const till = database.db('oasis', { timeouts: { idleInTransaction: 60_000 } })
  const waiting = await till.tx(async (tx) => {
    await tx`select 1 from sales`
    const busy = migrate(database.admin, one, { lockMs: 100 })
    expect(await migrate(database.admin, two)).toEqual(['spring/002_note.sql'])
    return { busy }
  })
  expect(await waiting.busy).toEqual(['oasis/002_note.sql'])
})
