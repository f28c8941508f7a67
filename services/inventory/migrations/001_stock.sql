-- Where stock lies, how much of it, and every change that led there.

create table warehouses (
  key text primary key check (key ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  name text not null,
  -- where a channel names no warehouses of its own, the lowest number is asked first
  priority integer not null default 100,
  country text check (country ~ '^[A-Z]{2}$'),
  active boolean not null default true,
  version integer not null default 1
);

-- One row per SKU: what staff decide about it. `version` counts their changes, not those of the stock.
create table items (
  sku text primary key,
  allow_backorder boolean not null default false,
  low_stock_threshold integer not null default 5 check (low_stock_threshold >= 0),
  reorder_point integer check (reorder_point >= 0),
  reorder_quantity integer check (reorder_quantity > 0),
  lead_time_days integer not null default 7 check (lead_time_days between 0 and 730),
  supplier text,
  -- what the shop was last told: an alert goes out only when this changes for the worse
  alert text not null default 'out' check (alert in ('ok', 'low', 'out')),
  -- times the levels were told; two tellers that overlap cannot both win
  told bigint not null default 0,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((reorder_point is null) = (reorder_quantity is null))
);

-- `owed`: units promised beyond the shelf, only where the SKU may be back-ordered. They are served before anybody new.
-- `dirty`: changed since the last InventoryUpdated. The partial index stays out of the way: a row that is already dirty is updated in place.
create table stock (
  sku text not null references items,
  warehouse text not null references warehouses,
  on_hand integer not null default 0,
  reserved integer not null default 0,
  owed integer not null default 0 check (owed >= 0),
  version bigint not null default 0,
  dirty boolean not null default true,
  primary key (sku, warehouse),
  constraint stock_reserved_within_on_hand check (0 <= reserved and reserved <= on_hand)
) with (fillfactor = 50);
create index stock_dirty on stock (sku) where dirty;
create index stock_owed on stock (sku, warehouse) where owed > 0;

-- The ledger: nothing in it is ever changed or taken out, and its sum is what lies on the shelf.
create table movements (
  id bigint generated always as identity primary key,
  sku text not null,
  warehouse text not null,
  delta integer not null check (delta <> 0),
  kind text not null check (kind in ('sale', 'restock', 'adjustment', 'receipt', 'import')),
  -- order, purchase order, return or import row that caused it
  reference text,
  reason text not null,
  actor text,
  at timestamptz not null default now()
);
create index movements_by_sku on movements (sku, id);
create index movements_by_time on movements using brin (at);
revoke update, delete, truncate on movements from :"role";

-- References that have been applied once and must not be applied again: returns, imports, receipts.
create table applied_references (
  reference text not null,
  sku text not null,
  applied_at timestamptz not null default now(),
  primary key (reference, sku)
);
