-- Returns and exchanges. What a customer may send back and what may be paid for it is kept by rows with CHECKs, not by reading first.

create table returns (
  id                   uuid        primary key,
  order_id             uuid        not null,
  kind                 text        not null check (kind in ('return', 'exchange')),
  status               text        not null check (status in ('requested', 'approved', 'rejected', 'received', 'refunded', 'replaced', 'closed')),
  channel              text        not null,
  currency             text        not null check (currency ~ '^[A-Z]{3}$'),
  -- the customer's own words
  comment              text,
  -- why it was rejected, as the customer is told
  reason               text,
  -- something a person has to look at
  problem              text,
  tracking_number      text,
  fee                  bigint      not null default 0 check (fee >= 0),
  refund_shipping      boolean     not null default false,
  -- known once the goods are here: what they and their shipping had cost, and what goes back (or into the replacement)
  goods_value          bigint      check (goods_value >= 0),
  shipping_value       bigint      check (shipping_value >= 0),
  refund               bigint      check (refund >= 0),
  replacement_order_id uuid        unique,
  version              bigint      not null default 1,
  requested_at         timestamptz not null default now(),
  updated_at           timestamptz not null default now(),
  constraint returns_refund check ((status in ('received', 'refunded', 'replaced')) = (refund is not null)),
  constraint returns_sum check (refund = goods_value + shipping_value - fee),
  constraint returns_replaced check (status <> 'replaced' or (kind = 'exchange' and replacement_order_id is not null))
);
create index returns_by_order on returns (order_id, id);
create index returns_by_status on returns (status, id desc);
-- the shipping of an order is given back once
create unique index returns_shipping_once on returns (order_id) where refund_shipping and status not in ('rejected', 'closed');

create table return_lines (
  return_id    uuid    not null references returns,
  line_no      integer not null,
  line_id      uuid    not null,
  sku          text    not null,
  title        text    not null,
  quantity     integer not null check (quantity > 0),
  reason       text    not null,
  -- an exchange: what the customer wants instead, at the price of the day of the request (minor units per unit, as the channel shows it)
  wanted_sku   text,
  wanted_price bigint  check (wanted_price >= 0),
  received     integer check (received between 0 and quantity),
  condition    text,
  restock      boolean,
  amount       bigint  check (amount >= 0),
  tax          bigint  check (tax >= 0),
  primary key (return_id, line_no),
  unique (return_id, line_id)
);

create table return_history (
  return_id   uuid        not null references returns,
  seq         integer     not null,
  from_status text,
  to_status   text        not null,
  actor       text        not null,
  note        text,
  at          timestamptz not null default now(),
  primary key (return_id, seq)
);
revoke update, delete, truncate on return_history from :"role";

-- Units of an order line that are in a return: never more than were bought. `back` of them have arrived.
create table line_units (
  order_id uuid    not null,
  line_id  uuid    not null,
  bought   integer not null check (bought > 0),
  taken    integer not null default 0,
  back     integer not null default 0,
  primary key (order_id, line_id),
  constraint line_units_taken check (taken between 0 and bought),
  constraint line_units_back check (back between 0 and taken)
);

-- What an order was paid with, and how much of it went back: own payment first, then what an exchange brought along, then gift
-- cards. `reference`: the order whose payment it is, or the gift card.
create table order_funds (
  order_id  uuid     not null,
  place     smallint not null,
  kind      text     not null check (kind in ('payment', 'gift-card')),
  reference uuid     not null,
  amount    bigint   not null check (amount >= 0),
  returned  bigint   not null default 0,
  primary key (order_id, place),
  unique (order_id, kind, reference),
  constraint order_funds_returned check (returned between 0 and amount)
);

-- The parts of a return's refund. `credit`: set aside for the replacement of an exchange.
create table return_refunds (
  id        uuid     primary key,
  return_id uuid     not null references returns,
  place     smallint not null,
  kind      text     not null check (kind in ('payment', 'gift-card')),
  reference uuid     not null,
  amount    bigint   not null check (amount > 0),
  use       text     not null check (use in ('refund', 'credit')),
  -- was set aside for a replacement that did not come about
  released  boolean  not null default false,
  unique (return_id, place)
);
create index return_refunds_by_return on return_refunds (return_id);

-- Takes units of order lines into a return: [{line_id, quantity}] → how many lines could be taken. The caller gives up unless all could.
create function take_units(of_order uuid, wanted jsonb) returns bigint language sql as $$
  with lines as (
    select w.line_id, w.quantity, i.quantity as bought
    from jsonb_to_recordset(wanted) as w(line_id uuid, quantity integer)
    join order_items i on i.order_id = of_order and i.line_id = w.line_id
    -- what came back in another shop's history is counted by SKU
    where not exists (select 1 from credit_notes n where n.order_id = of_order and n.imported)
    order by w.line_id
  ), taken as (
    insert into line_units (order_id, line_id, bought, taken)
    select of_order, lines.line_id, lines.bought, lines.quantity from lines where lines.quantity <= lines.bought
    on conflict (order_id, line_id) do update set taken = line_units.taken + excluded.taken
      where line_units.taken + excluded.taken <= line_units.bought
    returning 1
  )
  select count(*) from taken
$$;

-- Units that will not come: [{line_id, quantity}]. They may be returned another time.
create function free_units(of_order uuid, unwanted jsonb) returns void language sql as $$
  update line_units u set taken = u.taken - f.quantity
  from jsonb_to_recordset(unwanted) as f(line_id uuid, quantity integer)
  where u.order_id = of_order and u.line_id = f.line_id and f.quantity > 0
$$;

-- Writes down, the first time it is asked, what an order was paid with, and locks it.
create function funds_of(of_order uuid) returns setof order_funds language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('order_funds ' || of_order::text, 0));
  if not exists (select 1 from order_funds f where f.order_id = of_order and f.place = 0) then
    insert into order_funds (order_id, place, kind, reference, amount)
    select o.id, 0, 'payment', o.id,
      o.total - o.gift_card_paid - coalesce((select sum(f.amount) from order_funds f where f.order_id = o.id), 0)
    from orders o where o.id = of_order;
    insert into order_funds (order_id, place, kind, reference, amount)
    select of_order, 1000 + row_number() over (order by e.gift_card_id), 'gift-card', e.gift_card_id, -e.amount
    from gift_card_entries e where e.reference = of_order and e.kind = 'redeem';
  end if;
  return query select f.* from order_funds f where f.order_id = of_order order by f.place for update;
end $$;
