-- Holds: stock promised to an order for a while. The functions below are the only writers of these tables.
--
-- Order of locks, the same everywhere, so that nobody waits in a circle: rows of `reservations` in order of id, then rows of
-- `stock` in order of (sku, warehouse), then inserts. Each statement of a plpgsql function sees what was committed before it
-- began, so what is read after the locks is true until the end.

create table reservations (
  order_id uuid primary key,
  state text not null check (state in ('held', 'committed', 'released', 'expired')),
  -- warehouses the order may be served from, first choice first; null: all
  warehouses text[],
  expires_at timestamptz not null,
  -- null: the order was let go before it ever held anything; keeps a late request from taking stock
  granted_at timestamptz,
  ended_at timestamptz,
  reason text
) with (fillfactor = 80);
create index reservations_due on reservations (expires_at) where state = 'held';

-- quantity: units on the shelf; owed: units promised beyond it. No foreign key: one writer, hot path.
create table reservation_lines (
  order_id uuid not null,
  sku text not null,
  warehouse text not null,
  quantity integer not null check (quantity >= 0),
  owed integer not null default 0 check (owed >= 0),
  primary key (order_id, sku, warehouse),
  check (quantity + owed > 0)
);
create index reservation_lines_owed on reservation_lines (sku, warehouse, order_id) where owed > 0;

-- Active warehouses in the order they are asked. `wished` null: all.
create function warehouse_order(wished text[]) returns text[]
language sql stable as $$
  select coalesce(array_agg(w.key order by coalesce(array_position(wished, w.key), w.priority), w.key), '{}')
    from warehouses w
   where w.active and (wished is null or w.key = any (wished))
$$;

create function lock_stock(skus text[]) returns void
language plpgsql as $$
begin
  perform 1 from stock s where s.sku = any (skus) order by s.sku, s.warehouse for no key update;
end $$;

-- Takes all lines of one order or none. `wanted`: {sku: quantity}; the stock rows must be locked. Null: taken; else what is short.
-- A line comes from the first warehouse that has all of it; only where none has, from several, and the rest is owed if allowed.
create function take_stock(for_order uuid, wanted jsonb, asked text[]) returns jsonb
language plpgsql as $$
declare
  short jsonb;
  line record;
  place record;
  rest integer;
begin
  select jsonb_agg(jsonb_build_object('sku', w.sku, 'available', coalesce(free.units, 0)) order by w.sku) into short
    from (select key as sku, value::integer as quantity from jsonb_each_text(wanted)) w
    left join items i on i.sku = w.sku
    left join lateral (
      select sum(greatest(s.on_hand - s.reserved - s.owed, 0))::integer as units
        from stock s where s.sku = w.sku and s.warehouse = any (asked)
    ) free on true
   where coalesce(free.units, 0) < w.quantity and not (coalesce(i.allow_backorder, false) and cardinality(asked) > 0);
  if short is not null then return short; end if;

  for line in select key as sku, value::integer as quantity from jsonb_each_text(wanted) order by key loop
    rest := line.quantity;
    for place in
      select s.warehouse, s.on_hand - s.reserved - s.owed as free
        from stock s
       where s.sku = line.sku and s.warehouse = any (asked) and s.on_hand - s.reserved - s.owed > 0
       order by (s.on_hand - s.reserved - s.owed >= line.quantity) desc, array_position(asked, s.warehouse)
    loop
      exit when rest = 0;
      update stock s set reserved = s.reserved + least(rest, place.free), version = s.version + 1, dirty = true
       where s.sku = line.sku and s.warehouse = place.warehouse;
      insert into reservation_lines (order_id, sku, warehouse, quantity) values (for_order, line.sku, place.warehouse, least(rest, place.free));
      rest := rest - least(rest, place.free);
    end loop;
    if rest > 0 then
      insert into stock as s (sku, warehouse, owed, version) values (line.sku, asked[1], rest, 1)
          on conflict (sku, warehouse) do update set owed = s.owed + excluded.owed, version = s.version + 1, dirty = true;
      insert into reservation_lines as l (order_id, sku, warehouse, quantity, owed) values (for_order, line.sku, asked[1], 0, rest)
          on conflict (order_id, sku, warehouse) do update set owed = excluded.owed;
    end if;
  end loop;
  return null;
end $$;

-- Holds stock for many orders: [{order, ttl, warehouses | null, lines: [{sku, quantity}]}], granted in the order of the array.
-- One row per element: outcome 'reserved' | 'out-of-stock' | 'ended'. A refusal leaves no trace, so asking again later may succeed.
create function reserve_stock(requests jsonb)
returns table (n integer, outcome text, expires_at timestamptz, short jsonb)
language plpgsql as $$
#variable_conflict use_column
declare
  shortages jsonb := '{}';
  missing jsonb;
  request record;
  everywhere text[] := warehouse_order(null);
  all_fit boolean;
begin
  perform lock_stock(array(select l ->> 'sku' from jsonb_array_elements(requests) r, jsonb_array_elements(r -> 'lines') l));

  -- The usual case: everybody gets everything from his first choice, in one statement. Equal to granting one after the other,
  -- because a first choice that has enough for the sum has enough for each, and nobody's earlier choices can grow meanwhile.
  with asked as materialized (
    select distinct on ((r.value ->> 'order')::uuid)
           r.n, (r.value ->> 'order')::uuid as order_id, (r.value ->> 'ttl')::integer as ttl, r.value -> 'lines' as lines,
           case when jsonb_typeof(r.value -> 'warehouses') = 'array'
                then array(select jsonb_array_elements_text(r.value -> 'warehouses')) end as wished
      from jsonb_array_elements(requests) with ordinality r(value, n)
     where not exists (select from reservations x where x.order_id = (r.value ->> 'order')::uuid)
     order by (r.value ->> 'order')::uuid, r.n
  ), routes as materialized (
    select w.wished, case when w.wished is null then everywhere else warehouse_order(w.wished) end as places
      from (select distinct a.wished from asked a) w
  ), wanted as materialized (
    select a.order_id, l.sku, sum(l.quantity)::integer as quantity, t.places
      from asked a
      join routes t on t.wished is not distinct from a.wished,
           jsonb_to_recordset(a.lines) as l(sku text, quantity integer)
     group by a.order_id, t.places, l.sku
  ), choice as materialized (
    select w.order_id, w.sku, w.quantity, c.warehouse, c.free
      from wanted w
      left join lateral (
        select s.warehouse, s.on_hand - s.reserved - s.owed as free
          from stock s
         where s.sku = w.sku and s.warehouse = any (w.places) and s.on_hand - s.reserved - s.owed >= w.quantity
         order by array_position(w.places, s.warehouse) limit 1
      ) c on true
  ), verdict as materialized (
    select coalesce(bool_and(c.warehouse is not null and c.total <= c.free), true) as fits
      from (select c.*, sum(c.quantity) over (partition by c.sku, c.warehouse) as total from choice c) c
  ), held as (
    insert into reservations as x (order_id, state, warehouses, expires_at, granted_at)
    select a.order_id, 'held', a.wished, clock_timestamp() + make_interval(secs => a.ttl), clock_timestamp()
      from asked a, verdict v where v.fits order by a.order_id
        on conflict do nothing returning x.order_id
  ), lines as (
    insert into reservation_lines as l (order_id, sku, warehouse, quantity)
    select c.order_id, c.sku, c.warehouse, c.quantity from choice c join held h on h.order_id = c.order_id
    returning l.sku, l.warehouse, l.quantity
  ), taken as (
    update stock s set reserved = s.reserved + l.quantity, version = s.version + 1, dirty = true
      from (select l.sku, l.warehouse, sum(l.quantity)::integer as quantity from lines l group by l.sku, l.warehouse) l
     where s.sku = l.sku and s.warehouse = l.warehouse
  )
  select v.fits into all_fit from verdict v;

  -- Somebody is short or must be served from several places: one after the other.
  if not all_fit then
    for request in
      select (r.value ->> 'order')::uuid as order_id, (r.value ->> 'ttl')::integer as ttl,
             case when jsonb_typeof(r.value -> 'warehouses') = 'array'
                  then array(select jsonb_array_elements_text(r.value -> 'warehouses')) end as wished,
             (select jsonb_object_agg(l.sku, l.quantity)
                from (select l.sku, sum(l.quantity) as quantity
                        from jsonb_to_recordset(r.value -> 'lines') as l(sku text, quantity integer) group by l.sku) l) as wanted
        from jsonb_array_elements(requests) with ordinality r(value, n)
       order by r.n
    loop
      if exists (select from reservations x where x.order_id = request.order_id) then continue; end if;
      missing := take_stock(request.order_id, request.wanted,
                            case when request.wished is null then everywhere else warehouse_order(request.wished) end);
      if missing is not null then
        shortages := shortages || jsonb_build_object(request.order_id::text, missing);
      else
        insert into reservations (order_id, state, warehouses, expires_at, granted_at)
        values (request.order_id, 'held', request.wished, clock_timestamp() + make_interval(secs => request.ttl), clock_timestamp());
      end if;
    end loop;
  end if;

  return query
    select r.n::integer,
           case when x.state in ('held', 'committed') then 'reserved' when x.state is not null then 'ended' else 'out-of-stock' end,
           x.expires_at,
           coalesce(shortages -> (r.value ->> 'order'), '[]')
      from jsonb_array_elements(requests) with ordinality r(value, n)
      left join reservations x on x.order_id = (r.value ->> 'order')::uuid
     order by r.n;
end $$;

-- Gives held stock back to the shelf; the reservation rows must be locked.
create function give_back(orders uuid[]) returns void
language plpgsql as $$
begin
  perform 1 from stock s join (select distinct l.sku, l.warehouse from reservation_lines l where l.order_id = any (orders)) l
            on l.sku = s.sku and l.warehouse = s.warehouse
   order by s.sku, s.warehouse for no key update of s;
  update stock s set reserved = s.reserved - l.quantity, owed = s.owed - l.owed, version = s.version + 1, dirty = true
    from (select l.sku, l.warehouse, sum(l.quantity)::integer as quantity, sum(l.owed)::integer as owed
            from reservation_lines l where l.order_id = any (orders) group by l.sku, l.warehouse) l
   where s.sku = l.sku and s.warehouse = l.warehouse;
end $$;

-- Turns holds into sales: 'committed' | 'expired' | 'unknown', one row per element of `orders`. A hold that is over its time but
-- still there is good. One whose stock went back on sale is taken anew if the stock is still to be had.
create function commit_stock(orders uuid[])
returns table (n integer, outcome text)
language plpgsql as $$
#variable_conflict use_column
declare
  live uuid[];
  overdue uuid[];
  late record;
begin
  select array_agg(x.order_id) filter (where x.state = 'held'), array_agg(x.order_id) filter (where x.state = 'expired') into live, overdue
    from (select x.order_id, x.state from reservations x where x.order_id = any (orders) order by x.order_id for no key update) x;
  if live is not null or overdue is not null then
    perform lock_stock(array(select l.sku from reservation_lines l where l.order_id = any (live || overdue)));
  end if;

  if overdue is not null then
    for late in
      select x.order_id, x.warehouses,
             (select jsonb_object_agg(l.sku, l.quantity)
                from (select l.sku, sum(l.quantity + l.owed) as quantity from reservation_lines l
                       where l.order_id = x.order_id group by l.sku) l) as wanted,
             array(select row(l.*)::reservation_lines from reservation_lines l where l.order_id = x.order_id) as lines
        from reservations x where x.order_id = any (overdue)
       order by array_position(orders, x.order_id)
    loop
      delete from reservation_lines l where l.order_id = late.order_id;
      if take_stock(late.order_id, late.wanted, warehouse_order(late.warehouses)) is null then
        update reservations x set state = 'held', granted_at = clock_timestamp(), ended_at = null where x.order_id = late.order_id;
        live := live || late.order_id;
      else
        -- remember what it was about: another attempt may come when there is stock again
        insert into reservation_lines select l.* from unnest(late.lines) l;
      end if;
    end loop;
  end if;

  if live is not null then
    with sold as (
      update reservations x set state = 'committed', ended_at = clock_timestamp() where x.order_id = any (live)
    ), lines as (
      select l.order_id, l.sku, l.warehouse, l.quantity from reservation_lines l where l.order_id = any (live) and l.quantity > 0
    ), ledger as (
      insert into movements (sku, warehouse, delta, kind, reference, reason)
      select l.sku, l.warehouse, -l.quantity, 'sale', l.order_id::text, 'sold' from lines l
    )
    update stock s set on_hand = s.on_hand - l.quantity, reserved = s.reserved - l.quantity, version = s.version + 1, dirty = true
      from (select l.sku, l.warehouse, sum(l.quantity)::integer as quantity from lines l group by l.sku, l.warehouse) l
     where s.sku = l.sku and s.warehouse = l.warehouse;
  end if;

  return query
    select o.n::integer, case when x.order_id is null then 'unknown' when x.state = 'committed' then 'committed' else 'expired' end
      from unnest(orders) with ordinality o(order_id, n)
      left join reservations x on x.order_id = o.order_id
     order by o.n;
end $$;

-- Lets holds go: 'released' | 'nothing-held' | 'committed', one row per element. An order that never held anything is remembered,
-- so that a reservation that arrives late does not take stock for it; one that expired cannot be revived by a late commit.
create function release_stock(requests jsonb)
returns table (n integer, outcome text)
language plpgsql as $$
#variable_conflict use_column
declare
  orders uuid[] := array(select (r.value ->> 'order')::uuid from jsonb_array_elements(requests) r);
  held uuid[];
begin
  loop
    perform 1 from reservations x where x.order_id = any (orders) order by x.order_id for no key update;
    held := array(select x.order_id from reservations x where x.order_id = any (orders) and x.state = 'held');
    perform give_back(held);
    update reservations x
       set state = 'released', ended_at = coalesce(x.ended_at, clock_timestamp()), reason = r.reason,
           granted_at = case when x.state = 'held' then x.granted_at end
      from (select (r.value ->> 'order')::uuid as order_id, min(r.value ->> 'reason') as reason
              from jsonb_array_elements(requests) r group by 1) r
     where x.order_id = r.order_id and x.state in ('held', 'expired');
    insert into reservations (order_id, state, expires_at, ended_at, reason)
    select distinct on (o.order_id) o.order_id, 'released', clock_timestamp(), clock_timestamp(), 'never held'
      from unnest(orders) o(order_id) order by o.order_id
        on conflict do nothing;
    -- A reservation that was being made while we looked has waited for us, or we for it: then it is there now.
    exit when not exists (select from reservations x where x.order_id = any (orders) and x.state = 'held');
  end loop;
  return query
    select o.n::integer, case when x.state = 'committed' then 'committed' when x.granted_at is null then 'nothing-held' else 'released' end
      from unnest(orders) with ordinality o(order_id, n)
      join reservations x on x.order_id = o.order_id
     order by o.n;
end $$;

-- Ends holds that are over their time by the clock of the database; each exactly once, whoever else works on the others.
create function expire_holds(most integer) returns setof uuid
language plpgsql as $$
declare
  due uuid[] := array(
    select x.order_id from reservations x where x.state = 'held' and x.expires_at < clock_timestamp()
     order by x.expires_at limit most for no key update skip locked);
begin
  if cardinality(due) = 0 then return; end if;
  perform give_back(due);
  update reservations x set state = 'expired', ended_at = clock_timestamp() where x.order_id = any (due);
  return query select unnest(due);
end $$;
