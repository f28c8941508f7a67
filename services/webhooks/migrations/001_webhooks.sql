-- Where the shop tells others what happened, what it told them, and how they answered.

create table endpoints (
  id uuid primary key,
  url text not null check (length(url) <= 2000),
  description text not null default '',
  -- '*', 'order.*' or 'OrderCreated.v1'
  events text[] not null check (cardinality(events) between 1 and 100),
  -- sealed; bound to the id
  secret bytea not null,
  -- the secret before, still signing until then
  previous_secret bytea,
  previous_until timestamptz,
  enabled boolean not null default true,
  -- who switched it off: 'staff', 'gone' (the endpoint answered 410) or 'failing' (nothing got through for days)
  disabled_reason text check (disabled_reason in ('staff', 'gone', 'failing')),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (enabled = (disabled_reason is null)),
  check ((previous_secret is null) = (previous_until is null))
);

-- What is told: one row for an event, however many endpoints want it.
create table messages (
  event_id uuid primary key,
  type text not null,
  body text not null,
  created_at timestamptz not null default now()
);

create table deliveries (
  id uuid primary key,
  endpoint_id uuid not null references endpoints (id) on delete cascade,
  event_id uuid not null references messages (event_id),
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  -- tries altogether, and the place in the schedule (which begins again when staff resend)
  attempts integer not null default 0,
  step integer not null default 0,
  -- while pending: when it is due; whoever takes it moves it ahead by a lease
  next_at timestamptz not null default now(),
  last_status integer,
  last_error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- the same event again is the same delivery
  unique (endpoint_id, event_id),
  check ((state = 'pending') = (finished_at is null))
) with (fillfactor = 80);
create index deliveries_due on deliveries (endpoint_id, next_at) where state = 'pending';
create index deliveries_newest on deliveries (endpoint_id, id desc);
create index deliveries_finished on deliveries (finished_at) where state <> 'pending';
create index deliveries_event on deliveries (event_id);

create table attempts (
  delivery_id uuid not null references deliveries (id) on delete cascade,
  number integer not null,
  at timestamptz not null default now(),
  duration_ms integer not null,
  status integer,
  error text,
  -- beginning of the answer
  response text,
  primary key (delivery_id, number)
);
