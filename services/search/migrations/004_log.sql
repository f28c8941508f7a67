-- What shoppers look for and what comes of it. Counted, not kept: only a click knows who made it, for as long as an order may follow it.

create table query_days (
  day date not null,
  channel text not null,
  locale text not null,
  -- as words.ts cuts it
  query text not null,
  searches integer not null default 0,
  -- of them with no result
  nothing integer not null default 0,
  -- products found the last time
  results integer not null default 0,
  clicks integer not null default 0,
  -- orders of a product that was clicked
  orders integer not null default 0,
  primary key (day, channel, locale, query)
);

-- Questions that found something, for suggestions.
create table popular_queries (
  channel text not null,
  locale text not null,
  query text collate "C" not null,
  searches bigint not null,
  results integer not null,
  primary key (channel, locale, query)
);

create table clicks (
  id uuid primary key,
  at timestamptz not null default now(),
  channel text not null,
  locale text not null,
  query text not null,
  product_id uuid not null,
  position integer not null,
  -- null: a guest, or somebody who was erased
  user_id uuid,
  order_id uuid
);
create index clicks_followed on clicks (user_id, product_id, at) where user_id is not null and order_id is null;
create index clicks_at on clicks (at);

create index terms_label on terms (locale, kind, lower(label) collate "C") where kind in ('category', 'brand');
