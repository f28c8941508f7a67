-- Goods ordered from suppliers, one SKU each.
create table purchase_orders (
  id uuid primary key,
  sku text not null references items,
  warehouse text not null references warehouses,
  supplier text,
  quantity integer not null check (quantity > 0),
  received integer not null default 0,
  state text not null default 'placed' check (state in ('placed', 'partly-received', 'received', 'cancelled')),
  -- by the reorder point, not by a person
  automatic boolean not null default false,
  expected_at timestamptz not null,
  placed_at timestamptz not null default now(),
  closed_at timestamptz,
  version integer not null default 1,
  check (0 <= received and received <= quantity),
  check ((state = 'received') = (received = quantity))
);
-- two clocks that notice the same shortage order once
create unique index purchase_orders_one_automatic on purchase_orders (sku) where automatic and state in ('placed', 'partly-received');
create index purchase_orders_open on purchase_orders (expected_at) where state in ('placed', 'partly-received');
create index purchase_orders_by_sku on purchase_orders (sku, id);
