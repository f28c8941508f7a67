-- Profiles and what hangs on them. E-mail addresses and passwords belong to auth.

create table profiles (
  user_id uuid primary key,
  full_name text not null check (length(full_name) between 1 and 200),
  locale text not null,
  phone text,
  -- of an imported customer, where that is all that is known
  country text check (country ~ '^[A-Z]{2}$'),
  marketing_consent boolean not null default false,
  marketing_consent_at timestamptz,
  attributes jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- consent is worth what its date is worth
  check (not marketing_consent or marketing_consent_at is not null)
);
create index profiles_newest on profiles (created_at desc, user_id desc);
create index profiles_by_name on profiles using gin (to_tsvector('simple', full_name));

create table addresses (
  address_id uuid primary key,
  user_id uuid not null references profiles on delete cascade,
  name text not null,
  company text,
  line1 text not null,
  line2 text,
  city text not null,
  region text,
  postal_code text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  phone text,
  default_shipping boolean not null default false,
  default_billing boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index addresses_by_user on addresses (user_id, created_at desc);
-- one default of each kind, whatever races
create unique index one_default_shipping on addresses (user_id) where default_shipping;
create unique index one_default_billing on addresses (user_id) where default_billing;

-- What happened to an account, for its owner and for support. No values, only what kind of thing.
create table activity (
  activity_id uuid primary key,
  user_id uuid not null references profiles on delete cascade,
  kind text not null,
  details jsonb not null default '{}',
  at timestamptz not null default now()
);
create index activity_by_user on activity (user_id, at desc, activity_id desc);
create index activity_by_age on activity using brin (at);

create table customer_groups (
  group_key text primary key check (group_key ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
  name text not null,
  created_at timestamptz not null default now()
);
create table group_members (
  group_key text not null references customer_groups on delete cascade,
  user_id uuid not null references profiles on delete cascade,
  since timestamptz not null default now(),
  primary key (group_key, user_id)
);
create index group_members_by_user on group_members (user_id);

-- Attributes that the operator added to customers.
create table attribute_definitions (
  attribute_key text primary key check (attribute_key ~ '^[a-z][a-z0-9_]{0,59}$'),
  label text not null,
  type text not null check (type in ('text', 'number', 'boolean', 'choice')),
  choices text[] not null default '{}',
  -- false: staff only, and not shown to the customer either
  customer_editable boolean not null default true,
  check ((type = 'choice') = (cardinality(choices) > 0))
);

-- Customers by their number in another system. Survives erasure, so that a repeated import does not bring anybody back.
create table imported_customers (
  source text not null,
  reference text not null,
  user_id uuid not null unique,
  primary key (source, reference)
);

-- Who was erased, to erase again after a backup was restored. No personal data.
create table erasures (
  user_id uuid primary key,
  erased_at timestamptz not null default now()
);
