import { describe, expect, it } from 'vitest'
import { unsafeIn, type UnsafeRule } from './migration-safety.ts'
import { statementsOf } from './sql-statements.ts'

const rulesOf = (text: string) => unsafeIn(text).map(({ rule }) => rule)

describe('a change of a table that is in use', () => {
  it.each<[string, UnsafeRule]>([
    ['create index orders_by_mail on orders (mail)', 'index-locks'],
    ['create unique index if not exists o on only "orders" (mail)', 'index-locks'],
    ['create index on orders (mail)', 'index-locks'],
    ['drop index orders_by_mail', 'index-drop-locks'],
    ['alter table orders alter column mail set not null', 'not-null'],
    ['alter table orders add column mail text not null', 'no-default'],
    ['alter table orders alter column total type numeric', 'rewrite'],
    ['alter table orders alter total set data type numeric', 'rewrite'],
    ['alter table orders add column key text generated always as (a || b) stored', 'rewrite'],
    ['alter table orders add column id uuid not null default gen_random_uuid()', 'rewrite'],
    ['alter table orders add column nr bigserial', 'rewrite'],
    ['alter table orders set unlogged', 'rewrite'],
    ['alter table orders add constraint positive check (total >= 0)', 'constraint'],
    ['alter table orders add foreign key (buyer) references buyers', 'constraint'],
    ['alter table orders add constraint once unique (cart)', 'constraint'],
    ['alter table orders add column cart uuid unique', 'constraint'],
    ['alter table orders drop column mail', 'removal'],
    ['alter table orders drop mail', 'removal'],
    ['alter table orders rename column mail to email', 'removal'],
    ['alter table if exists only orders.orders rename to purchases', 'removal'],
    ['drop table orders', 'removal'],
    ['alter table orders alter column state drop default', 'removal'],
    ['revoke update, delete on orders from souk_orders', 'removal'],
    ['drop function total_of(uuid)', 'removal'],
    ["update orders set state = 'new'", 'whole-table'],
    ['truncate orders', 'whole-table'],
    ['lock table orders', 'whole-table'],
    ["do $$ begin execute 'alter table orders add x int'; end $$", 'hidden'],
    ['commit', 'transaction'],
  ])('%s is not safe', (statement, rule) => {
    expect(rulesOf(`${statement};`)).toEqual([rule])
  })

  it.each([
    'create index concurrently orders_by_mail on orders (mail)',
    'drop index concurrently orders_by_mail',
    'alter table orders add column mail text',
    "alter table orders add column state text not null default 'new'",
    'alter table orders add column at timestamptz not null default now()',
    'alter table orders add constraint positive check (total >= 0) not valid',
    'alter table orders validate constraint positive',
    'alter table orders add constraint once unique using index orders_once',
    'alter table orders drop constraint positive',
    'alter table orders alter column mail drop not null',
    "alter table orders alter column state set default 'new'",
    "update orders set state = 'new' where id = 1",
    "comment on table orders is 'drop table orders; commit'",
    'create function f() returns int language sql as $$ select 1; drop table orders; $$',
    'create function f() returns int language sql begin atomic select 1; select 2; end',
    '-- drop table orders;\nselect 1',
  ])('%s is safe', (statement) => {
    expect(rulesOf(`${statement};`)).toEqual([])
  })

  it('is judged action by action', () => {
    expect(
      rulesOf('alter table orders add column a int, drop column b, add check (c in (1, 2)), add column d int not null'),
    ).toEqual(['removal', 'constraint', 'no-default'])
  })

  it('is safe where the file made the table itself', () => {
    expect(
      rulesOf('create table notes (a int); create index on notes (a); alter table notes add constraint c check (a > 0);'),
    ).toEqual([])
    expect(rulesOf('create table notes (a int); create index on orders (a);')).toEqual(['index-locks'])
  })

  it('is excused by who says why, in front of it', () => {
    const text = '-- safe: not used since 1.4\nalter table orders drop column mail;\n\nalter table orders drop column fax;'
    expect(unsafeIn(text)).toMatchObject([
      { line: 2, table: 'orders', excuse: 'not used since 1.4' },
      { line: 4, table: 'orders', excuse: undefined },
    ])
  })
})

describe('a file of SQL', () => {
  it('is taken apart at semicolons that end something', () => {
    const file = 'select \';\' as ";"; -- one; two\n/* three; */ create function f() as $body$ a; $$ b; $body$;\n\n  select 2'
    expect(statementsOf(file)).toEqual([
      { text: 'select \';\' as ";"', line: 1, comments: [] },
      { text: 'create function f() as $body$ a; $$ b; $body$', line: 2, comments: ['one; two', 'three;'] },
      { text: 'select 2', line: 4, comments: [] },
    ])
  })
})
