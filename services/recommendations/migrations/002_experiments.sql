-- Comparisons of ways to recommend, and what comes of recommending.

create table experiments (
  id uuid primary key,
  key text not null unique,
  placement text not null,
  -- [{key, weight, strategy, model}]; the first is what the others are compared with
  variants jsonb not null,
  state text not null default 'draft' check (state in ('draft', 'running', 'stopped')),
  created_by uuid not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  stopped_at timestamptz,
  check ((state = 'draft') = (started_at is null)),
  check ((state = 'stopped') = (stopped_at is not null))
);
-- Two at the same place would disturb each other.
create unique index experiments_one_running on experiments (placement) where state = 'running';

-- Who took part: once, however often they looked, with the variant that they saw first.
create table exposures (
  experiment_id uuid not null references experiments on delete cascade,
  subject_id uuid not null,
  variant text not null,
  -- only of customers is it known what they ordered
  customer boolean not null,
  exposed_at timestamptz not null,
  clicked_at timestamptz,
  ordered_at timestamptz,
  primary key (experiment_id, subject_id)
);
create index exposures_of_subject on exposures (subject_id);

create table clicks (
  id uuid primary key,
  at timestamptz not null default now(),
  placement text not null,
  strategy text not null,
  product_id uuid not null,
  -- null: nobody who is remembered
  person_id uuid,
  order_id uuid
);
create index clicks_followed on clicks (person_id, product_id) where person_id is not null and order_id is null;
create index clicks_at on clicks (at);

-- Counted, not kept.
create table placement_days (
  day date not null,
  placement text not null,
  strategy text not null,
  shown integer not null default 0,
  clicks integer not null default 0,
  orders integer not null default 0,
  primary key (day, placement, strategy)
);
