-- Credit notes, charges beside orders, and what an import from another shop has to remember.

-- What a customer gets back, as a document: made by returns, and by imported history.
create table credit_notes (
  id          uuid        primary key,
  number      text        not null unique,
  -- null: nobody knows any more what was bought when
  order_id    uuid,
  return_id   uuid,
  customer_id uuid,
  channel     text        not null,
  kind        text        not null check (kind in ('return', 'cancellation', 'correction', 'goodwill')),
  currency    text        not null check (currency ~ '^[A-Z]{3}$'),
  amount      bigint      not null check (amount > 0),
  -- open: the money is still to be given back; refunded: payments did; credited: it stays with the shop as the customer's credit
  settlement  text        not null default 'open' check (settlement in ('open', 'refunded', 'credited')),
  at          timestamptz not null,
  source      text        not null default 'shop',
  source_ref  text,
  imported    boolean     not null default false,
  -- [{sku, title, quantity, unitPrice, amount}]
  lines       jsonb       not null,
  constraint credit_notes_once unique (source, source_ref)
);
create index credit_notes_by_order on credit_notes (order_id) where order_id is not null;
create index credit_notes_by_customer on credit_notes (customer_id, id desc) where customer_id is not null;
create index credit_notes_open on credit_notes (id) where settlement = 'open';
create index credit_notes_by_time on credit_notes (at);

-- Units of an order that came back: never more than were sold.
create table returned_units (
  order_id uuid    not null,
  sku      text    not null,
  ordered  integer not null,
  returned integer not null,
  primary key (order_id, sku),
  constraint returned_units_not_more_than_ordered check (returned between 1 and ordered)
);

-- Money that belongs to the books of the shop but to no line of an order: bank charges, discounts given later, bad debts.
-- Positive: charged to somebody; negative: given or lost. Entries are never changed; a mistake is met by another entry.
create table account_entries (
  id          uuid        primary key,
  kind        text        not null check (kind ~ '^[a-z][a-z-]{1,39}$'),
  order_id    uuid,
  customer_id uuid,
  channel     text        not null,
  currency    text        not null check (currency ~ '^[A-Z]{3}$'),
  amount      bigint      not null check (amount <> 0),
  at          timestamptz not null,
  source      text        not null default 'shop',
  source_ref  text,
  note        text        not null default '',
  created_at  timestamptz not null default now(),
  constraint account_entries_once unique (source, source_ref)
);
create index account_entries_by_order on account_entries (order_id) where order_id is not null;
create index account_entries_by_time on account_entries (at);
revoke update, delete on account_entries from :"role";

-- One row for every invoice that was imported: the mark that makes an import repeatable.
create table imported_invoices (
  source      text        not null,
  reference   text        not null,
  -- of its lines: the same number with other lines is another invoice, and a mistake of somebody
  fingerprint text        not null,
  order_id    uuid,
  -- how many lines of each kind
  lines       jsonb       not null,
  imported_at timestamptz not null default now(),
  primary key (source, reference)
);

-- Lines without money: goods written on or off, given away.
create table import_notes (
  source    text        not null,
  reference text        not null,
  n         integer     not null,
  file_line integer     not null,
  channel   text        not null,
  sku       text        not null,
  quantity  integer     not null,
  note      text        not null,
  at        timestamptz not null,
  primary key (source, reference, n)
);

-- Lines that were not taken, word for word.
create table import_refusals (
  source     text        not null,
  -- of the line's own text, so that the same line in another file is the same line
  key        text        not null,
  file_line  integer     not null,
  channel    text        not null,
  currency   text        not null,
  invoice    text,
  raw        text        not null,
  reason     text        not null,
  raw_amount numeric     not null,
  at         timestamptz,
  imported_at timestamptz not null default now(),
  primary key (source, key)
);

-- Which files were read, by their content, and how far.
create table import_runs (
  source       text        not null,
  content_hash text        not null,
  file         text        not null,
  lines        integer     not null,
  position     integer     not null default 0,
  started_at   timestamptz not null default now(),
  moved_at     timestamptz not null default now(),
  finished_at  timestamptz,
  primary key (source, content_hash)
);

-- Issues credit notes, each once by (source, source_ref), and counts what came back. Returns the ids of the new ones.
create function issue_credit_notes(notes jsonb) returns setof uuid language sql as $$
  with issued as (
    insert into credit_notes (id, number, order_id, return_id, customer_id, channel, kind, currency, amount, settlement, at, source, source_ref, imported, lines)
    select n.id, n.number, n.order_id, n.return_id, n.customer_id, n.channel, n.kind, n.currency, n.amount, n.settlement, n.at, n.source, n.source_ref, n.imported, n.lines
    from jsonb_to_recordset(notes) as n(id uuid, number text, order_id uuid, return_id uuid, customer_id uuid, channel text, kind text, currency text,
      amount bigint, settlement text, at timestamptz, source text, source_ref text, imported boolean, lines jsonb)
    on conflict on constraint credit_notes_once do nothing
    returning credit_notes.id, credit_notes.order_id, credit_notes.lines
  ), units as (
    select i.order_id, l.sku, sum(l.quantity)::integer as quantity
    from issued i cross join lateral jsonb_to_recordset(i.lines) as l(sku text, quantity integer)
    where i.order_id is not null and l.quantity > 0
    group by i.order_id, l.sku
  ), counted as (
    insert into returned_units as r (order_id, sku, ordered, returned)
    select u.order_id, u.sku, coalesce((select sum(i.quantity) from order_items i where i.order_id = u.order_id and i.sku = u.sku), 0), u.quantity
    from units u order by u.order_id, u.sku
    on conflict (order_id, sku) do update set returned = r.returned + excluded.returned
  )
  select issued.id from issued
$$;

-- Books charges and credits, each once by (source, source_ref). Returns how many are new.
create function book_account_entries(entries jsonb) returns bigint language sql as $$
  with booked as (
    insert into account_entries (id, kind, order_id, customer_id, channel, currency, amount, at, source, source_ref, note)
    select e.id, e.kind, e.order_id, e.customer_id, e.channel, e.currency, e.amount, e.at, e.source, e.source_ref, e.note
    from jsonb_to_recordset(entries) as e(id uuid, kind text, order_id uuid, customer_id uuid, channel text, currency text, amount bigint, at timestamptz,
      source text, source_ref text, note text)
    on conflict on constraint account_entries_once do nothing
    returning 1
  )
  select count(*) from booked
$$;

create function note_refusals(refusals jsonb) returns bigint language sql as $$
  with noted as (
    insert into import_refusals (source, key, file_line, channel, currency, invoice, raw, reason, raw_amount, at)
    select r.source, r.key, r.file_line, r.channel, r.currency, r.invoice, r.raw, r.reason, r.raw_amount, r.at
    from jsonb_to_recordset(refusals) as r(source text, key text, file_line integer, channel text, currency text, invoice text, raw text, reason text,
      raw_amount numeric, at timestamptz)
    on conflict (source, key) do nothing
    returning 1
  )
  select count(*) from noted
$$;

-- Imports invoices, many in one call, each whole or not at all:
-- [{source, reference, fingerprint, orderId, lines, placement, creditNotes, entries, notes, refusals}]
-- Answers per invoice, in the order given: imported; exists (the same was imported before); differs (another one has its number).
create function import_invoices(invoices jsonb) returns table (n bigint, outcome text, order_id uuid) language plpgsql as $$
declare
  fresh jsonb;
  placed record;
begin
  with incoming as materialized (
    select e.value as invoice, e.ordinality as nth from jsonb_array_elements(invoices) with ordinality e
  ), taken as (
    insert into imported_invoices as m (source, reference, fingerprint, order_id, lines)
    select i.invoice ->> 'source', i.invoice ->> 'reference', i.invoice ->> 'fingerprint', (i.invoice ->> 'orderId')::uuid, i.invoice -> 'lines'
    from incoming i order by 1, 2
    on conflict do nothing
    returning m.source, m.reference
  )
  select jsonb_agg(i.invoice order by i.nth) into fresh
  from incoming i join taken t on t.source = i.invoice ->> 'source' and t.reference = i.invoice ->> 'reference';

  if fresh is not null then
    for placed in
      select p.outcome, p.order_id from place_orders((
        select coalesce(jsonb_agg(f -> 'placement'), '[]') from jsonb_array_elements(fresh) f where jsonb_typeof(f -> 'placement') = 'object')) p
      where p.outcome <> 'placed'
    loop
      raise exception 'an imported order could not be placed: % (%)', placed.outcome, placed.order_id;
    end loop;
    perform issue_credit_notes(jsonb_path_query_array(fresh, '$[*].creditNotes[*]'));
    perform book_account_entries(jsonb_path_query_array(fresh, '$[*].entries[*]'));
    perform note_refusals(jsonb_path_query_array(fresh, '$[*].refusals[*]'));
    insert into import_notes (source, reference, n, file_line, channel, sku, quantity, note, at)
    select o.source, o.reference, o.n, o.file_line, o.channel, o.sku, o.quantity, o.note, o.at
    from jsonb_to_recordset(jsonb_path_query_array(fresh, '$[*].notes[*]')) as o(source text, reference text, n integer, file_line integer, channel text,
      sku text, quantity integer, note text, at timestamptz);
  end if;

  return query
    select e.ordinality,
      case when f.reference is not null then 'imported' when m.fingerprint = e.value ->> 'fingerprint' then 'exists' else 'differs' end,
      m.order_id
    from jsonb_array_elements(invoices) with ordinality e
    left join (select x ->> 'reference' as reference from jsonb_array_elements(coalesce(fresh, '[]')) x) f on f.reference = e.value ->> 'reference'
    left join imported_invoices m on m.source = e.value ->> 'source' and m.reference = e.value ->> 'reference'
    order by e.ordinality;
end $$;

-- CONFIRMED → COMPLETED for imported orders, with the steps between: [{id, at, events}] → one row an order; events only for those that moved.
-- The ids are given as a list too, so that the months of other orders are left alone.
create function complete_imported_orders(completions jsonb) returns table (order_id uuid, outcome text) language sql as $$
  with input as materialized (
    select c.id, c.at, c.events from jsonb_to_recordset(completions) as c(id uuid, at timestamptz, events jsonb)
  ), moved as (
    update orders set status = 'COMPLETED', version = orders.version + 3, updated_at = input.at
    from input where orders.id = input.id and orders.status = 'CONFIRMED' and orders.imported
    returning orders.id, input.at, input.events
  ), noted as (
    insert into order_history (order_id, seq, from_status, to_status, actor, note, at)
    select moved.id, step.seq, step.before, step.after, 'import', 'the other shop kept no record of parcels', moved.at
    from moved cross join (values (3, 'CONFIRMED', 'SHIPPED'), (4, 'SHIPPED', 'DELIVERED'), (5, 'DELIVERED', 'COMPLETED')) as step(seq, before, after)
  ), told as (
    select moved.id, outbox_append(moved.events) from moved
  )
  select input.id, case when moved.id is not null or orders.status in ('COMPLETED', 'RETURNED') then 'completed' else 'not-open' end
  from input left join moved on moved.id = input.id left join told on told.id = input.id left join orders on orders.id = input.id
$$;

-- Digits behind the point of a currency (ISO 4217).
create function digits_of(currency text) returns integer language sql immutable parallel safe as $$
  select case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
    when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
    else 2 end
$$;

-- Minor units → plain decimal text: no digit is lost, none is added but those of the currency.
create function decimal_text(minor numeric, currency text) returns text language sql immutable parallel safe as $$
  select case when scale(v.trimmed) < digits_of(currency) then round(v.trimmed, digits_of(currency)) else v.trimmed end::text
  from (select trim_scale(minor * power(10::numeric, -digits_of(currency)))) as v(trimmed)
$$;
