-- What people did, what products are, and the models made of it. Runs with search_path set to the service's schema.

-- What was bought, as order events told it, history that was imported included. The customer is an id and nothing else.
create table purchases (
  order_id uuid not null,
  product_id uuid not null,
  -- null: a guest, or somebody who was erased
  customer_id uuid,
  quantity integer not null check (quantity > 0),
  -- time of the order, as its id carries it
  at timestamptz not null,
  -- when this service heard of it
  heard_at timestamptz not null default now(),
  primary key (order_id, product_id)
);
create index purchases_of_customer on purchases (customer_id, at desc) where customer_id is not null;
create index purchases_of_product on purchases (product_id, at desc);
create index purchases_heard on purchases (heard_at);

-- What a person opened or put into a cart: the last time of each product. A person is a customer, or a visitor who agreed to be remembered.
create table touches (
  person_id uuid not null,
  product_id uuid not null,
  kind text not null check (kind in ('view', 'cart')),
  at timestamptz not null,
  primary key (person_id, kind, product_id)
);
create index touches_latest on touches (person_id, kind, at desc);
create index touches_at on touches (at);

-- Who does not want to be remembered. Their views and carts are not kept.
create table opted_out (
  person_id uuid primary key,
  at timestamptz not null default now()
);

-- What lies in the carts of customers now: what is there need not be recommended.
create table cart_items (
  cart_id uuid not null,
  sku text not null,
  product_id uuid not null,
  customer_id uuid not null,
  at timestamptz not null,
  primary key (cart_id, sku)
);
create index cart_items_of_customer on cart_items (customer_id);

-- What is known of a product: where it is on sale, and what it is like.
create table facts (
  product_id uuid primary key,
  channels text[] not null,
  categories uuid[] not null,
  -- words of the title (w:), of the description (d:), brand (b:), categories (c:), tags (t:), options (o:)
  terms text[] not null
);
create index facts_terms on facts using gin (terms);

-- How many products have a term, counted by a job; a term that is missing is new and rare.
create table term_counts (
  term text primary key,
  products integer not null
);

-- What is in demand, fading: log2 of the sum of weight × 2^(days since 2026 / half-life). Only differences matter, so nothing has to be computed anew
-- as time goes by.
create table demand (
  product_id uuid primary key,
  -- sales only, half in 30 days
  popular double precision,
  -- sales, carts and views, half in 3 days
  trending double precision
);
create index demand_popular on demand (popular desc) where popular is not null;
create index demand_trending on demand (trending desc) where trending is not null;

create function faded_sum(a double precision, b double precision) returns double precision
language sql immutable
return case when a is null then b when b is null then a else greatest(a, b) + ln(1 + power(2::float8, -least(abs(a - b), 1000))) / ln(2::float8) end;

create table models (
  version integer primary key generated always as identity,
  state text not null check (state in ('asked', 'training', 'ready', 'active', 'failed')),
  -- id of who asked; null: the clock
  asked_by uuid,
  asked_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  -- what it knows ends here
  trained_until timestamptz,
  signals integer,
  products integer,
  -- on the last weeks, trained on what was before (docs/recommendations.md)
  figures jsonb,
  -- the neighbours were deleted to save space
  emptied boolean not null default false,
  error text,
  check (state not in ('ready', 'active') or trained_until is not null),
  check (state <> 'active' or not emptied)
);
create unique index models_one_active on models (state) where state = 'active';
create unique index models_one_running on models ((true)) where state in ('asked', 'training');

create table neighbours (
  version integer not null references models on delete cascade,
  product_id uuid not null,
  -- the closest first, scores beside them
  others uuid[] not null,
  scores real[] not null,
  primary key (version, product_id),
  check (cardinality(others) = cardinality(scores))
);

-- Which model was active when, and who said so.
create table activations (
  id uuid primary key,
  version integer not null,
  previous integer,
  -- null: by itself, after training
  by uuid,
  at timestamptz not null default now()
);

-- Kept answers are made from the model: a change of it ends them.
create function tell_models() returns trigger language plpgsql set search_path from current as $$
begin
  insert into cache_changes (tags) values ('{models}');
  return null;
end $$;
create trigger cache_models after update of state on models for each row when (new.state = 'active' or old.state = 'active') execute function tell_models();

-- How far the catalogue that was there before this service has been read.
create table facts_filled (
  one boolean primary key default true check (one),
  after uuid,
  done boolean not null default false
);
insert into facts_filled default values;
