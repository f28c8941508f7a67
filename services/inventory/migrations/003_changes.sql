-- Changes of stock that are not holds: corrections, deliveries, returns, history.

-- Applies changes one after the other: [{reference, sku, warehouse | null, delta | level, kind, reason, actor}]. One row per element:
--   applied         done; `on_hand` and `change` tell what came out of it
--   repeated        this reference was applied to this SKU before
--   unknown-warehouse
--   below-reserved  would take away stock that is promised to orders; nothing done
-- A null warehouse is the first one. A null reference is not remembered. Unknown SKUs are taken into the list.
create function change_stock(changes jsonb)
returns table (n integer, outcome text, change integer, on_hand integer, reserved integer)
language plpgsql as $$
#variable_conflict use_column
declare
  entry record;
  level record;
  main text := (warehouse_order(null))[1];
  place text;
  difference bigint;
begin
  insert into items (sku) select distinct c.sku from jsonb_to_recordset(changes) as c(sku text) order by c.sku on conflict do nothing;
  insert into stock (sku, warehouse)
  select distinct c.sku, w.key from jsonb_to_recordset(changes) as c(sku text, warehouse text) join warehouses w on w.key = coalesce(c.warehouse, main)
   order by 1, 2 on conflict do nothing;
  perform lock_stock(array(select c.sku from jsonb_to_recordset(changes) as c(sku text)));

  for entry in
    select t.n, c.* from jsonb_array_elements(changes) with ordinality t(value, n),
           jsonb_to_record(t.value) as c(reference text, sku text, warehouse text, delta integer, level integer, kind text, reason text, actor text)
     order by t.n
  loop
    n := entry.n; outcome := 'applied'; change := 0; on_hand := null; reserved := null;
    place := coalesce(entry.warehouse, main);
    select s.on_hand, s.reserved into level from stock s where s.sku = entry.sku and s.warehouse = place;
    if not found then
      outcome := 'unknown-warehouse'; return next; continue;
    end if;
    difference := coalesce(entry.delta, entry.level - level.on_hand);
    on_hand := level.on_hand; reserved := level.reserved;
    if entry.reference is not null and exists (
         select from applied_references a where a.reference = entry.reference and a.sku = entry.sku) then
      outcome := 'repeated';
    elsif level.on_hand + difference < level.reserved then
      outcome := 'below-reserved';
    else
      if entry.reference is not null then
        insert into applied_references (reference, sku) values (entry.reference, entry.sku);
      end if;
      if difference <> 0 then
        update stock s set on_hand = s.on_hand + difference::integer, version = s.version + 1, dirty = true
         where s.sku = entry.sku and s.warehouse = place;
        insert into movements (sku, warehouse, delta, kind, reference, reason, actor)
        values (entry.sku, place, difference, entry.kind, entry.reference, entry.reason, entry.actor);
      end if;
      change := difference; on_hand := level.on_hand + difference;
    end if;
    return next;
  end loop;
end $$;

-- Sold goods come back: what the order was still owed is written off first, the rest goes to the shelf it came from.
-- False: this reference has been applied before.
create function restock(by_reference text, for_order uuid, lines jsonb, because text) returns boolean
language plpgsql as $$
declare
  line record;
  rest integer;
  place record;
  main text := (warehouse_order(null))[1];
begin
  perform 1 from reservations x where x.order_id = for_order for no key update;
  perform lock_stock(array(select l.sku from jsonb_to_recordset(lines) as l(sku text)));
  for line in
    select l.sku, sum(l.quantity)::integer as quantity from jsonb_to_recordset(lines) as l(sku text, quantity integer) group by l.sku order by l.sku
  loop
    insert into applied_references (reference, sku) values (by_reference, line.sku) on conflict do nothing;
    if not found then return false; end if;
    rest := line.quantity;
    for place in select l.warehouse, l.owed from reservation_lines l where l.order_id = for_order and l.sku = line.sku and l.owed > 0 loop
      update stock s set owed = s.owed - least(rest, place.owed), version = s.version + 1, dirty = true
       where s.sku = line.sku and s.warehouse = place.warehouse;
      delete from reservation_lines l
       where l.order_id = for_order and l.sku = line.sku and l.warehouse = place.warehouse and l.quantity = 0 and l.owed <= rest;
      update reservation_lines l set owed = l.owed - least(rest, place.owed)
       where l.order_id = for_order and l.sku = line.sku and l.warehouse = place.warehouse;
      rest := rest - least(rest, place.owed);
    end loop;
    if rest > 0 then
      insert into items (sku) values (line.sku) on conflict do nothing;
      insert into stock as s (sku, warehouse, on_hand, version)
      values (line.sku, coalesce((select l.warehouse from reservation_lines l where l.order_id = for_order and l.sku = line.sku
                                   order by l.quantity desc, l.warehouse limit 1), main), rest, 1)
          on conflict (sku, warehouse) do update set on_hand = s.on_hand + rest, version = s.version + 1, dirty = true
      returning s.warehouse into place;
      insert into movements (sku, warehouse, delta, kind, reference, reason) values (line.sku, place.warehouse, rest, 'restock', by_reference, because);
    end if;
  end loop;
  return true;
end $$;

-- History from another system, many at once: [{reference, sku, delta, reason, at}]. Only the balance has to make sense, not every
-- point on the way: old books have holes. Returns how many were new; raises check_violation where a balance would be below zero.
create function import_movements(entries jsonb) returns integer
language plpgsql as $$
declare
  main text := (warehouse_order(null))[1];
  fresh integer;
begin
  insert into items (sku) select distinct e.sku from jsonb_to_recordset(entries) as e(sku text) order by e.sku on conflict do nothing;
  insert into stock (sku, warehouse) select distinct e.sku, main from jsonb_to_recordset(entries) as e(sku text) order by 1 on conflict do nothing;
  perform lock_stock(array(select distinct e.sku from jsonb_to_recordset(entries) as e(sku text)));
  with entry as materialized (
    select distinct on (e.reference, e.sku) e.*
      from jsonb_to_recordset(entries) as e(reference text, sku text, delta integer, reason text, at timestamptz)
     order by e.reference, e.sku
  ), mark as (
    insert into applied_references (reference, sku) select e.reference, e.sku from entry e on conflict do nothing returning reference, sku
  ), ledger as (
    insert into movements (sku, warehouse, delta, kind, reference, reason, at)
    select e.sku, main, e.delta, 'import', e.reference, e.reason, e.at
      from entry e join mark m on m.reference = e.reference and m.sku = e.sku where e.delta <> 0 order by e.at
    returning sku, delta
  ), changed as (
    update stock s set on_hand = s.on_hand + l.delta, version = s.version + 1, dirty = true
      from (select l.sku, sum(l.delta)::integer as delta from ledger l group by l.sku) l
     where s.sku = l.sku and s.warehouse = main
  )
  select count(*)::integer into fresh from mark;
  return fresh;
end $$;

-- Goods have come for orders that wait: serves them in order of age, for one (sku, warehouse). Returns units served.
create function serve_owed(of_sku text, at_warehouse text) returns integer
language plpgsql as $$
declare
  owing uuid[] := array(
    select x.order_id from reservations x join reservation_lines l on l.order_id = x.order_id
     where l.sku = of_sku and l.warehouse = at_warehouse and l.owed > 0 and x.state in ('held', 'committed')
     order by x.order_id limit 200 for no key update of x skip locked);
  level record;
  line record;
  free integer;
  part integer;
  served integer := 0;
begin
  select s.on_hand, s.reserved into level from stock s where s.sku = of_sku and s.warehouse = at_warehouse for no key update;
  free := level.on_hand - level.reserved;
  for line in
    select l.order_id, l.owed, x.state from reservation_lines l join reservations x on x.order_id = l.order_id
     where l.order_id = any (owing) and l.sku = of_sku and l.warehouse = at_warehouse and l.owed > 0 and x.state in ('held', 'committed')
     order by l.order_id
  loop
    exit when free <= 0;
    part := least(free, line.owed);
    update reservation_lines l set owed = l.owed - part, quantity = l.quantity + part
     where l.order_id = line.order_id and l.sku = of_sku and l.warehouse = at_warehouse;
    if line.state = 'committed' then
      update stock s set on_hand = s.on_hand - part, owed = s.owed - part, version = s.version + 1, dirty = true
       where s.sku = of_sku and s.warehouse = at_warehouse;
      insert into movements (sku, warehouse, delta, kind, reference, reason) values (of_sku, at_warehouse, -part, 'sale', line.order_id::text, 'back-order served');
    else
      update stock s set reserved = s.reserved + part, owed = s.owed - part, version = s.version + 1, dirty = true
       where s.sku = of_sku and s.warehouse = at_warehouse;
    end if;
    free := free - part;
    served := served + part;
  end loop;
  return served;
end $$;
