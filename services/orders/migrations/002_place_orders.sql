-- All of these orders, or an error.
create function place_orders_together(placements jsonb, which bigint[]) returns bigint language sql as $$
  with input as materialized (
    select p."order" as o, (p."order" ->> 'id')::uuid as id, p.items, p.contact, p.actor, p.events, p.flow, p.request
    from rows from (jsonb_to_recordset(placements) as ("order" jsonb, items jsonb, contact jsonb, actor text, events jsonb, flow jsonb, request jsonb))
      with ordinality as p("order", items, contact, actor, events, flow, request, n)
    where p.n = any (which)
  ), requested as (
    insert into order_requests (scope, key, fingerprint, order_id)
    select i.request ->> 'scope', i.request ->> 'key', i.request ->> 'fingerprint', i.id from input i where jsonb_typeof(i.request) = 'object' order by 1, 2
  ), carts as (
    insert into order_carts (cart_id, order_id)
    select (i.o ->> 'cart_id')::uuid, i.id from input i where i.o ->> 'cart_id' is not null order by 1
  ), sources as (
    insert into order_sources (source, reference, order_id)
    select i.o ->> 'source', i.o ->> 'source_ref', i.id from input i where i.o ->> 'source_ref' is not null order by 1, 2
  ), numbers as (
    insert into order_numbers (number, order_id) select i.o ->> 'number', i.id from input i
  ), placed as (
    insert into orders (id, number, status, channel, locale, customer_id, currency, subtotal, discount, shipping, tax, tax_included, total, gift_card_paid,
                        shipping_option, payment_method, cart_id, source, source_ref, imported, attributes, placed_at, updated_at)
    select r.id, r.number, 'PENDING', r.channel, r.locale, r.customer_id, r.currency, r.subtotal, r.discount, r.shipping, r.tax, r.tax_included, r.total,
           r.gift_card_paid, r.shipping_option, r.payment_method, r.cart_id, r.source, r.source_ref, r.imported, r.attributes, r.placed_at, r.placed_at
    from input i cross join lateral jsonb_to_record(i.o) as r(id uuid, number text, channel text, locale text, customer_id uuid, currency text, subtotal bigint,
      discount bigint, shipping bigint, tax bigint, tax_included boolean, total bigint, gift_card_paid bigint, shipping_option text, payment_method text,
      cart_id uuid, source text, source_ref text, imported boolean, attributes jsonb, placed_at timestamptz)
  ), items as (
    insert into order_items (order_id, line_no, line_id, sku, product_id, variant_id, title, quantity, unit_price, subtotal, discount, tax_rate_bp, tax, total)
    select i.id, l.line_no, l.line_id, l.sku, l.product_id, l.variant_id, l.title, l.quantity, l.unit_price, l.subtotal, l.discount, l.tax_rate_bp, l.tax, l.total
    from input i cross join lateral jsonb_to_recordset(i.items) as l(line_no integer, line_id uuid, sku text, product_id uuid, variant_id uuid, title text,
      quantity integer, unit_price bigint, subtotal bigint, discount bigint, tax_rate_bp integer, tax bigint, total bigint)
  ), contacts as (
    insert into order_contacts (order_id, email, shipping, billing)
    select i.id, i.contact ->> 'email', i.contact -> 'shipping', i.contact -> 'billing' from input i
  ), history as (
    insert into order_history (order_id, seq, from_status, to_status, actor, at)
    select i.id, 1, null, 'PENDING', i.actor, (i.o ->> 'placed_at')::timestamptz from input i
  ), told as (
    select outbox_append(jsonb_agg(e.event)) as events from input i cross join lateral jsonb_array_elements(i.events) e(event) having count(*) > 0
  ), flows as (
    select process_start(jsonb_agg(f.flow)) as started from input i cross join lateral jsonb_array_elements(i.flow) f(flow) having count(*) > 0
  )
  select (select count(*) from input) + coalesce((select told.events from told), 0) + coalesce((select flows.started from flows), 0)
$$;

-- Each of these orders by itself: one that is refused leaves its neighbours alone.
create function place_orders_one_by_one(placements jsonb, which bigint[])
returns table (n bigint, outcome text, order_id uuid, detail text)
language plpgsql as $$
declare
  placement record;
  o jsonb;
  taken uuid;
  problem text;
begin
  for placement in select e.value as body, e.ordinality as n from jsonb_array_elements(placements) with ordinality as e where e.ordinality = any (which) loop
    o := placement.body -> 'order';
    n := placement.n;
    detail := null;
    begin
      if jsonb_typeof(placement.body -> 'request') = 'object' then
        insert into order_requests (scope, key, fingerprint, order_id)
        values (placement.body #>> '{request,scope}', placement.body #>> '{request,key}', placement.body #>> '{request,fingerprint}', (o ->> 'id')::uuid)
        on conflict do nothing;
        if not found then
          raise exception using errcode = 'SK001', message = 'duplicate-request';
        end if;
      end if;
      if o ->> 'cart_id' is not null then
        insert into order_carts (cart_id, order_id) values ((o ->> 'cart_id')::uuid, (o ->> 'id')::uuid) on conflict do nothing;
        if not found then
          raise exception using errcode = 'SK001', message = 'cart-taken';
        end if;
      end if;
      if o ->> 'source_ref' is not null then
        insert into order_sources (source, reference, order_id) values (o ->> 'source', o ->> 'source_ref', (o ->> 'id')::uuid) on conflict do nothing;
        if not found then
          raise exception using errcode = 'SK001', message = 'source-taken';
        end if;
      end if;
      problem := claim_promotions((o ->> 'id')::uuid, placement.body -> 'claims');
      if problem is not null then
        raise exception using errcode = 'SK001', message = problem;
      end if;

      insert into order_numbers (number, order_id) values (o ->> 'number', (o ->> 'id')::uuid);
      insert into orders (id, number, status, channel, locale, customer_id, currency, subtotal, discount, shipping, tax, tax_included, total, gift_card_paid,
                          shipping_option, payment_method, cart_id, source, source_ref, imported, attributes, placed_at, updated_at)
      select r.id, r.number, 'PENDING', r.channel, r.locale, r.customer_id, r.currency, r.subtotal, r.discount, r.shipping, r.tax, r.tax_included, r.total,
             r.gift_card_paid, r.shipping_option, r.payment_method, r.cart_id, r.source, r.source_ref, r.imported, r.attributes, r.placed_at, r.placed_at
      from jsonb_to_record(o) as r(id uuid, number text, channel text, locale text, customer_id uuid, currency text, subtotal bigint, discount bigint,
        shipping bigint, tax bigint, tax_included boolean, total bigint, gift_card_paid bigint, shipping_option text, payment_method text, cart_id uuid,
        source text, source_ref text, imported boolean, attributes jsonb, placed_at timestamptz);
      insert into order_items (order_id, line_no, line_id, sku, product_id, variant_id, title, quantity, unit_price, subtotal, discount, tax_rate_bp, tax, total)
      select (o ->> 'id')::uuid, i.line_no, i.line_id, i.sku, i.product_id, i.variant_id, i.title, i.quantity, i.unit_price, i.subtotal, i.discount, i.tax_rate_bp, i.tax, i.total
      from jsonb_to_recordset(placement.body -> 'items') as i(line_no integer, line_id uuid, sku text, product_id uuid, variant_id uuid, title text,
        quantity integer, unit_price bigint, subtotal bigint, discount bigint, tax_rate_bp integer, tax bigint, total bigint);
      insert into order_contacts (order_id, email, shipping, billing)
      values ((o ->> 'id')::uuid, placement.body #>> '{contact,email}', placement.body #> '{contact,shipping}', placement.body #> '{contact,billing}');
      insert into order_history (order_id, seq, from_status, to_status, actor, at)
      values ((o ->> 'id')::uuid, 1, null, 'PENDING', placement.body ->> 'actor', (o ->> 'placed_at')::timestamptz);
      perform outbox_append(placement.body -> 'events');
      perform process_start(placement.body -> 'flow');
      outcome := 'placed';
      order_id := (o ->> 'id')::uuid;
      return next;
    exception when sqlstate 'SK001' then
      outcome := split_part(sqlerrm, ':', 1);
      detail := nullif(split_part(sqlerrm, ':', 2), '');
      taken := case outcome
        when 'duplicate-request' then (select r.order_id from order_requests r
          where r.scope = placement.body #>> '{request,scope}' and r.key = placement.body #>> '{request,key}')
        when 'cart-taken' then (select c.order_id from order_carts c where c.cart_id = (o ->> 'cart_id')::uuid)
        when 'source-taken' then (select s.order_id from order_sources s where s.source = o ->> 'source' and s.reference = o ->> 'source_ref')
      end;
      order_id := taken;
      return next;
    end;
  end loop;
end $$;

-- Places orders, many in one call: the whole of each order or nothing of it, and one bad order does not touch its neighbours.
-- Input, in order of arrival: [{order, items, contact, events, flow, request, claims}] (see commands/place-order.ts).
-- Output per order: placed, or why not and which order stands in its way.
-- Orders that claim nothing are stored together, each table once. Should any of them meet a key, cart or source that is taken, nothing of
-- that is kept and each goes its own way.
create function place_orders(placements jsonb)
returns table (n bigint, outcome text, order_id uuid, detail text)
language plpgsql as $$
declare
  together bigint[];
  apart bigint[];
begin
  select array_agg(e.n) filter (where not e.claims), array_agg(e.n) filter (where e.claims) into together, apart
  from (select p.n, jsonb_typeof(p.value -> 'claims') is not distinct from 'object' as claims
        from jsonb_array_elements(placements) with ordinality p(value, n)) e;
  if together is not null then
    begin
      perform place_orders_together(placements, together);
      return query select p.n, 'placed', (p.value #>> '{order,id}')::uuid, null::text
        from jsonb_array_elements(placements) with ordinality p(value, n) where p.n = any (together);
    exception when unique_violation then
      apart := together || apart;
    end;
  end if;
  if apart is not null then
    return query select o.n, o.outcome, o.order_id, o.detail from place_orders_one_by_one(placements, apart) o;
  end if;
end $$;

-- Promotions and gift cards join in 003; until an order claims some there is nothing to refuse.
create function claim_promotions(of_order uuid, claims jsonb) returns text language sql as $$ select null::text $$;

-- PENDING → CONFIRMED for many orders: [{id, at, events}] → one row an order; events only for those that moved.
create function confirm_orders(confirmations jsonb) returns table (order_id uuid, outcome text) language sql as $$
  with input as materialized (
    select c.id, c.at, c.events from jsonb_to_recordset(confirmations) as c(id uuid, at timestamptz, events jsonb)
  ), moved as (
    update orders set status = 'CONFIRMED', version = orders.version + 1, updated_at = input.at
    from input where orders.id = input.id and orders.status = 'PENDING'
    returning orders.id, input.at, input.events
  ), noted as (
    insert into order_history (order_id, seq, from_status, to_status, actor, at)
    select moved.id, 2, 'PENDING', 'CONFIRMED', 'checkout', moved.at from moved
  ), told as (
    select outbox_append(jsonb_agg(e.event)) as events from moved cross join lateral jsonb_array_elements(moved.events) e(event) having count(*) > 0
  )
  select input.id, case when moved.id is not null or orders.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED') then 'confirmed' else 'not-open' end
  from input left join moved on moved.id = input.id left join told on true left join orders on orders.id = input.id
$$;

create function release_promotions(of_order uuid) returns void language sql as $$ select $$;
