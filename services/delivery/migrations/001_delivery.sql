-- Parcels of orders, what they cost to send, and how far they are.

create table shipping_options (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]*$'),
  -- null: every channel
  channel text,
  zone text not null check (zone in ('home', 'eu', 'world')),
  carrier text not null,
  -- by language: {"en": "Standard", "de": "Standard"}
  names jsonb not null,
  min_days integer not null check (min_days >= 0),
  max_days integer not null check (max_days >= min_days),
  max_weight_grams integer check (max_weight_grams > 0),
  active boolean not null default true,
  version integer not null default 1,
  updated_at timestamptz not null default now()
);

create table shipping_prices (
  option_id text not null references shipping_options (id) on delete cascade,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  price bigint not null check (price >= 0),
  -- subtotal from which sending costs nothing
  free_from bigint check (free_from >= 0),
  primary key (option_id, currency)
);

-- How much of an order is to be sent, planned, on its way and there. The one row that all parcels of an order share: it is
-- locked first by whatever changes several parcels, and its CHECK is what makes it impossible to send more than was ordered.
create table fulfilments (
  order_id uuid primary key,
  units integer not null check (units >= 1),
  planned_units integer not null default 0,
  dispatched_units integer not null default 0,
  delivered_units integer not null default 0,
  stopped_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint fulfilments_not_more_than_ordered check (planned_units <= units),
  constraint fulfilments_not_after_stop check (stopped_at is null or planned_units = 0),
  constraint fulfilments_in_order check (0 <= delivered_units and delivered_units <= dispatched_units and dispatched_units <= planned_units)
) with (fillfactor = 70);

-- The same by SKU, where we know what was ordered of it.
create table fulfilment_lines (
  order_id uuid not null,
  sku text not null,
  ordered integer check (ordered >= 1),
  planned integer not null check (planned >= 0),
  primary key (order_id, sku),
  constraint fulfilment_lines_not_more_than_ordered check (planned <= ordered)
);

create table shipments (
  id uuid primary key,
  order_id uuid not null,
  direction text not null default 'out' check (direction in ('out', 'return')),
  return_id uuid,
  option_id text not null,
  carrier text not null,
  tracking_number text,
  state text not null check (state in ('planned', 'labelled', 'dispatched', 'in-transit', 'out-for-delivery', 'delivered', 'failed', 'cancelled', 'returned')),
  reason text,
  units integer not null check (units >= 1),
  label_key text,
  -- the carrier knows that a booked parcel will not come
  carrier_stopped boolean not null default false,
  received_at timestamptz,
  imported boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  dispatched_at timestamptz,
  delivered_at timestamptz,
  updated_at timestamptz not null default now(),
  check ((direction = 'return') = (return_id is not null)),
  check (received_at is null or direction = 'return')
) with (fillfactor = 80);
create index shipments_order on shipments (order_id);
-- partial, since a new parcel has neither: planning one, in the checkout, does not pay for them
create unique index shipments_return on shipments (return_id) where return_id is not null;
create unique index shipments_tracking_number on shipments (tracking_number) where tracking_number is not null;
create index shipments_to_book on shipments (created_at) where state = 'planned';
create index shipments_to_stop on shipments (updated_at) where state = 'cancelled' and tracking_number is not null and not carrier_stopped;

-- No foreign keys here and below: each row is written by the statement that makes its parcel, on the way of every checkout, and no parcel is ever deleted.
create table shipment_lines (
  shipment_id uuid not null,
  sku text not null,
  quantity integer not null check (quantity >= 1),
  primary key (shipment_id, sku)
);

-- Personal data, apart from everything that is published, and deleted some time after the parcel arrived.
create table shipment_addresses (
  shipment_id uuid primary key,
  address jsonb not null
);

create table tracking_events (
  id bigint generated always as identity primary key,
  shipment_id uuid not null references shipments (id) on delete cascade,
  status text not null,
  note text,
  happened_at timestamptz not null default now()
);
create index tracking_events_shipment on tracking_events (shipment_id, id);

-- What carriers told us; the body stays until it has been applied. Messages nobody could apply wait here for staff.
create table carrier_messages (
  carrier text not null,
  message_id text not null,
  body_hash bytea not null,
  body text,
  state text not null check (state in ('received', 'applied', 'ignored', 'parked')),
  note text,
  attempts integer not null default 1,
  received_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (carrier, message_id)
);
create index carrier_messages_open on carrier_messages (updated_at) where state in ('received', 'parked');
