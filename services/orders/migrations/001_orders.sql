-- Orders. Both big tables are partitioned by month on the UUIDv7 order id, so the primary key stays one column and the month
-- of an order can be read off its id. Personal data lives in order_contacts, which change data capture never publishes.

-- The smallest UUIDv7 of a moment: the border between two partitions.
create function uuid_floor(at timestamptz) returns uuid language sql immutable parallel safe as $$
  select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-000000000000')::uuid
  from (select lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') as h)
$$;

create table orders (
  id              uuid        not null primary key,
  number          text        not null,
  status          text        not null check (status in ('PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CANCELLED', 'RETURNED')),
  channel         text        not null,
  locale          text        not null,
  customer_id     uuid,
  currency        text        not null check (currency ~ '^[A-Z]{3}$'),
  subtotal        bigint      not null check (subtotal >= 0),
  discount        bigint      not null check (discount between 0 and subtotal),
  shipping        bigint      not null check (shipping >= 0),
  tax             bigint      not null check (tax >= 0),
  tax_included    boolean     not null,
  total           bigint      not null,
  gift_card_paid  bigint      not null default 0 check (gift_card_paid between 0 and total),
  shipping_option text        not null,
  payment_method  text,
  cart_id         uuid,
  cancel_reason   text,
  source          text        not null default 'shop',
  source_ref      text,
  imported        boolean     not null default false,
  attributes      jsonb       not null default '{}',
  version         bigint      not null default 1,
  placed_at       timestamptz not null,
  updated_at      timestamptz not null,
  constraint orders_total check (total = subtotal - discount + shipping + case when tax_included then 0 else tax end),
  constraint orders_cancel_reason check ((status = 'CANCELLED') = (cancel_reason is not null))
) partition by range (id);
create index orders_by_customer on orders (customer_id, id desc) where customer_id is not null;
create index orders_by_status on orders (status, id desc);

create table order_items (
  order_id       uuid    not null,
  line_no        integer not null,
  line_id        uuid    not null,
  sku            text    not null,
  product_id     uuid    not null,
  variant_id     uuid    not null,
  title          text    not null,
  quantity       integer not null check (quantity > 0),
  unit_price     bigint  not null check (unit_price >= 0),
  subtotal       bigint  not null check (subtotal = unit_price * quantity),
  discount       bigint  not null default 0 check (discount between 0 and subtotal),
  tax_rate_bp    integer not null check (tax_rate_bp between 0 and 10000),
  tax            bigint  not null check (tax >= 0),
  total          bigint  not null check (total >= 0),
  primary key (order_id, line_no)
) partition by range (order_id);

-- Nothing may be refused for want of a partition: what has no month yet lands here and is reported by an invariant.
create table orders_rest partition of orders default;
create table order_items_rest partition of order_items default;

-- Makes the partitions of one month; runs with the owner's rights because the service itself may not change the schema.
create function ensure_order_month(month timestamptz) returns text language plpgsql security definer as $$
declare
  schema_name text := (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = 'orders'::regclass);
  first_of_month timestamptz := date_trunc('month', month at time zone 'UTC') at time zone 'UTC';
  next_month timestamptz := (date_trunc('month', month at time zone 'UTC') + interval '1 month') at time zone 'UTC';
  suffix text := to_char(month at time zone 'UTC', 'YYYY_MM');
  base text;
begin
  -- two processes that start together must not make the same month twice
  perform pg_advisory_xact_lock(hashtextextended('ensure_order_month', 0));
  foreach base in array array['orders', 'order_items'] loop
    if to_regclass(format('%I.%I', schema_name, base || '_' || suffix)) is null then
      execute format('create table %I.%I partition of %I.%I for values from (%L) to (%L)',
        schema_name, base || '_' || suffix, schema_name, base, uuid_floor(first_of_month), uuid_floor(next_month));
    end if;
  end loop;
  return suffix;
end $$;

-- What must be unique over all months.
create table order_numbers (number text primary key, order_id uuid not null unique);
create table order_carts (cart_id uuid primary key, order_id uuid not null);
create index order_carts_order on order_carts (order_id);
create table order_sources (source text, reference text, order_id uuid not null, primary key (source, reference));

-- The record of an Idempotency-Key of POST /api/orders: who asked what, the order it became and the answer given.
create table order_requests (
  scope       text        not null,
  key         text        not null,
  fingerprint text        not null,
  order_id    uuid        not null,
  status      integer,
  response    text,
  created_at  timestamptz not null default now(),
  primary key (scope, key)
);

create table order_contacts (
  order_id         uuid primary key,
  email            text,
  shipping         jsonb,
  billing          jsonb
);

create table order_history (
  order_id    uuid        not null,
  seq         integer     not null,
  from_status text,
  to_status   text        not null,
  actor       text        not null,
  note        text,
  at          timestamptz not null,
  primary key (order_id, seq)
);
-- what happened has happened
revoke update, delete, truncate on order_history from :"role";
