-- Carts of users and guests. A cart belongs to one channel and to one owner: a user, or whoever holds the secret.

create table carts (
  id uuid primary key,
  user_id uuid,
  -- sha-256 of a guest's secret
  secret_hash bytea,
  channel text not null,
  locale text not null,
  state text not null default 'active' check (state in ('active', 'ordered', 'merged', 'expired')),
  version integer not null default 1,
  line_count integer not null default 0 check (line_count between 0 and 200),
  coupon_codes text[] not null default '{}' check (cardinality(coupon_codes) <= 10),
  -- a price or the stock of something in it changed since the shopper last did something
  changed boolean not null default false,
  order_id uuid,
  merged_into uuid,
  created_at timestamptz not null default now(),
  -- to the minute: so that most changes of a busy cart touch no index
  touched_at timestamptz not null default now(),
  abandoned_at timestamptz,
  check ((user_id is null) <> (secret_hash is null))
) with (fillfactor = 70);
create unique index carts_one_active on carts (user_id, channel) where state = 'active' and user_id is not null;
create unique index carts_secret on carts (secret_hash) where secret_hash is not null;
create index carts_user on carts (user_id) where user_id is not null;
create index carts_touched on carts (touched_at);

create table cart_lines (
  cart_id uuid not null references carts on delete cascade,
  sku text not null,
  product_id uuid not null,
  quantity integer not null check (quantity between 1 and 9999),
  added_at timestamptz not null default clock_timestamp(),
  primary key (cart_id, sku)
) with (fillfactor = 80);
create index cart_lines_sku on cart_lines (sku, cart_id);

-- How long a cart lives after it was last touched.
create function cart_lifetime(owner uuid) returns interval
language sql immutable as $$ select case when owner is null then interval '24 hours' else interval '30 days' end $$;

-- SKUs whose price or sellability changed; a job tells the carts that hold them, batch by batch.
create table sku_changes (
  sku text primary key,
  reason text not null,
  changed_at timestamptz not null default now(),
  -- carts up to this id have been told
  told_up_to uuid
);

-- Last known sellability, to notice only what matters to a cart: in stock or not.
create table sku_stock (
  sku text primary key,
  in_stock boolean not null,
  told_at timestamptz not null default now()
);
