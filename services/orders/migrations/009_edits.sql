-- Changes of placed orders: what the order will be, worked out and agreed before anything moves. At most one at a time.
create table order_edits (
  id           uuid        primary key,
  order_id     uuid        not null,
  status       text        not null check (status in ('open', 'applied', 'refused')),
  -- asked while the order waited for its payment
  unpaid       boolean     not null,
  actor        text        not null,
  -- in words, for the timeline
  note         text        not null,
  currency     text        not null,
  -- the rows of order_items as they will be; null: the lines stay
  items        jsonb,
  -- {subtotal, discount, tax, total}
  totals       jsonb,
  -- [{promotion_id, amount}]
  promotions   jsonb,
  surcharge    bigint      not null default 0 check (surcharge >= 0),
  refund       bigint      not null default 0 check (refund >= 0),
  -- personal data: here only while the change is open
  address      jsonb,
  -- [{refundId, orderId, amount}] once applied
  refunds      jsonb,
  refusal      text,
  -- something a person has to look at
  problem      text,
  version      bigint      not null default 1,
  created_at   timestamptz not null default now(),
  ended_at     timestamptz,
  constraint order_edits_money check (surcharge = 0 or refund = 0),
  constraint order_edits_lines check ((items is null) = (totals is null)),
  constraint order_edits_ended check ((status = 'open') = (ended_at is null))
);
create unique index order_edits_one_open on order_edits (order_id) where status = 'open';
create index order_edits_by_order on order_edits (order_id, id);
create index order_edits_problem on order_edits (id) where problem is not null;

-- A numbered invoice says what it said, whatever becomes of its order: a change takes it back and makes another.
alter table invoices add column content jsonb;
-- a correction: the invoice it takes back, or comes instead of
alter table invoices add column corrects uuid;

-- The invoice of an order that stands: the last one.
create function invoice_of(of_order uuid) returns uuid language sql stable as $$
  select i.id from invoices i where i.order_id = of_order and i.kind = 'invoice' order by i.created_at desc, (i.id = of_order) limit 1
$$;
