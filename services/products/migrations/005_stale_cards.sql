-- Products whose cards a change of something else made old (a renamed brand, a price list whose time came) when there are too
-- many to refresh at once. A job works it off.
create table stale_cards (
  product_id uuid primary key references products on delete cascade,
  queued_at timestamptz not null default now()
);
create index stale_cards_order on stale_cards (queued_at);
