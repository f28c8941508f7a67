-- Running flows of the processes whose home is this schema. See kit/process/runner.ts.
create table processes (
  name        text        not null,
  id          uuid        not null,
  status      text        not null default 'running' check (status in ('running', 'waiting', 'done', 'stuck')),
  state       jsonb       not null,
  pending     jsonb       not null,
  mailbox     jsonb       not null default '[]',
  steps       jsonb       not null default '[]',
  attempts    integer     not null default 0,
  version     bigint      not null default 0,
  due_at      timestamptz not null,
  lease_until timestamptz not null,
  last_error  text,
  trace       jsonb       not null default '{}',
  started_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  primary key (name, id)
) with (fillfactor = 70);

-- Ended flows are due at infinity. The condition names no column that a look-up by key does: with `status` in it the planner
-- took this index, small as it looks, for look-ups by key and walked over every open flow.
create index processes_due on processes (due_at) where due_at < 'infinity';

-- Stores flows inside a caller's statement: an array of {name, id, state, pending, trace}, leased to the caller for 30 s.
create function process_start(flows jsonb) returns bigint language sql as $$
  with stored as (
    insert into processes (name, id, state, pending, trace, due_at, lease_until)
    select f.name, f.id, f.state, f.pending, f.trace, now() + interval '30 s', now() + interval '30 s'
    from jsonb_to_recordset(flows) as f(name text, id uuid, state jsonb, pending jsonb, trace jsonb)
    on conflict (name, id) do nothing
    returning 1)
  select count(*) from stored
$$;
