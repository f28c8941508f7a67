-- The embedded bus: a durable log in partitions, owned by role souk_bus. Runs with search_path set to schema bus.

-- Tells a relay whether its outbox tables and this log are in one database (then one transaction moves the events).
create table installation (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now()
);
insert into installation default values;

-- Settings per topic; a row appears with the first event. The number of partitions never changes afterwards: a key would
-- move to another partition and overtake itself.
create table topics (
  topic text primary key,
  partitions integer not null default 12 check (partitions between 1 and 1024),
  retention interval not null default interval '7 days',
  created_at timestamptz not null default now()
);

-- Offsets are dense: they are drawn under the lock of this row, by the transaction that writes the records.
create table heads (
  topic text not null,
  partition integer not null,
  first_offset bigint not null default 0,
  next_offset bigint not null,
  primary key (topic, partition),
  check (first_offset <= next_offset)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

create table log (
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  event_id uuid not null,
  type text not null,
  key text not null,
  value text not null,
  appended_at timestamptz not null default clock_timestamp(),
  primary key (topic, partition, "offset")
) with (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05
);

-- One row per outbox database. The epoch rises with every election and is checked by every write: a relay that was
-- paused and believes it still leads writes nothing. `batch` holds the last events a relay of another database wrote here,
-- so that its successor knows what is in the log although the outbox rows are still there.
create table relays (
  name text primary key,
  epoch bigint not null default 0,
  leader text not null default '',
  elected_at timestamptz not null default now(),
  batch jsonb
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Where a CDC reader stands in the write-ahead log; written with the records it brought.
create table cdc_progress (
  slot text primary key,
  lsn pg_lsn not null,
  moved_at timestamptz not null default now()
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
