-- The fleet: who runs where. Registry processes keep a copy in memory and read what changed since their last look, by snapshot.
create table instances (
  app text not null check (app = upper(app)),
  instance_id text not null,
  -- what the instance says of itself
  registration jsonb not null,
  status text not null check (status in ('UP', 'DOWN', 'STARTING', 'OUT_OF_SERVICE', 'UNKNOWN')),
  -- decided by an operator; UNKNOWN: nobody decided
  overridden text not null check (overridden in ('UP', 'DOWN', 'STARTING', 'OUT_OF_SERVICE', 'UNKNOWN')),
  -- epoch milliseconds of the clients' and the registry's clocks
  dirty bigint not null,
  registered_ms bigint not null,
  up_ms bigint not null,
  changed_ms bigint not null,
  -- the lease, by the clock of the database
  lease_seconds integer not null check (lease_seconds > 0),
  renewed_at timestamptz not null default now(),
  -- DELETED rows stay for a while: readers of changes have to hear of them
  action text not null check (action in ('ADDED', 'MODIFIED', 'DELETED')),
  xid xid8 not null default pg_current_xact_id(),
  primary key (app, instance_id)
) with (fillfactor = 70);
create index instances_xid on instances (xid);
