-- An order gets other lines before it leaves: what it holds, or what was sold to it, becomes exactly `wanted` ({sku: quantity}), all of it
-- or nothing. Absolute, so that asking again changes nothing. Outcome: 'amended' | 'out-of-stock' (with what is short) | 'ended'.
create function amend_stock(for_order uuid, wanted jsonb)
returns table (outcome text, short jsonb)
language plpgsql as $$
#variable_conflict use_column
declare
  held record;
  places text[];
  missing jsonb;
  more jsonb;
  line record;
  place record;
  rest integer;
  part integer;
  extra uuid := gen_random_uuid();
begin
  select x.state, x.warehouses into held from reservations x where x.order_id = for_order for no key update;
  if not found or held.state not in ('held', 'committed') then
    return query select 'ended', '[]'::jsonb; return;
  end if;
  places := warehouse_order(held.warehouses);
  perform lock_stock(array(
    select l.sku from reservation_lines l where l.order_id = for_order union select k from jsonb_object_keys(wanted) k));

  -- What is missing is taken first, under an id of its own: a refusal leaves everything as it was.
  select jsonb_object_agg(w.key, w.value::integer - coalesce(h.quantity, 0)) into more
    from jsonb_each_text(wanted) w
    left join (select l.sku, sum(l.quantity + l.owed)::integer as quantity from reservation_lines l where l.order_id = for_order group by l.sku) h
      on h.sku = w.key
   where w.value::integer > coalesce(h.quantity, 0);
  if more is not null then
    missing := take_stock(extra, more, places);
    if missing is not null then
      return query select 'out-of-stock', missing; return;
    end if;
    if held.state = 'committed' then
      insert into movements (sku, warehouse, delta, kind, reference, reason)
      select l.sku, l.warehouse, -l.quantity, 'sale', for_order::text, 'order changed' from reservation_lines l where l.order_id = extra and l.quantity > 0;
      update stock s set on_hand = s.on_hand - l.quantity, reserved = s.reserved - l.quantity, version = s.version + 1, dirty = true
        from reservation_lines l where l.order_id = extra and l.quantity > 0 and s.sku = l.sku and s.warehouse = l.warehouse;
    end if;
    insert into reservation_lines as l (order_id, sku, warehouse, quantity, owed)
    select for_order, e.sku, e.warehouse, e.quantity, e.owed from reservation_lines e where e.order_id = extra
        on conflict (order_id, sku, warehouse) do update set quantity = l.quantity + excluded.quantity, owed = l.owed + excluded.owed;
    delete from reservation_lines l where l.order_id = extra;
  end if;

  -- What is too much goes back: first what was only promised, then what the last warehouses gave.
  for line in
    select l.sku, sum(l.quantity + l.owed)::integer - coalesce((wanted ->> l.sku)::integer, 0) as surplus
      from reservation_lines l where l.order_id = for_order group by l.sku order by l.sku
  loop
    rest := line.surplus;
    for place in
      select l.warehouse, l.quantity, l.owed from reservation_lines l where l.order_id = for_order and l.sku = line.sku
       order by l.owed desc, array_position(places, l.warehouse) desc nulls first
    loop
      exit when rest <= 0;
      part := least(rest, place.owed + place.quantity);
      update stock s
         set owed = s.owed - least(part, place.owed), version = s.version + 1, dirty = true,
             reserved = s.reserved - case when held.state = 'held' then greatest(0, part - place.owed) else 0 end,
             on_hand = s.on_hand + case when held.state = 'held' then 0 else greatest(0, part - place.owed) end
       where s.sku = line.sku and s.warehouse = place.warehouse;
      if held.state = 'committed' and part > place.owed then
        insert into movements (sku, warehouse, delta, kind, reference, reason)
        values (line.sku, place.warehouse, part - place.owed, 'restock', for_order::text, 'order changed');
      end if;
      delete from reservation_lines l
       where l.order_id = for_order and l.sku = line.sku and l.warehouse = place.warehouse and l.quantity + l.owed = part;
      update reservation_lines l set owed = l.owed - least(part, place.owed), quantity = l.quantity - greatest(0, part - place.owed)
       where l.order_id = for_order and l.sku = line.sku and l.warehouse = place.warehouse;
      rest := rest - part;
    end loop;
  end loop;
  return query select 'amended', '[]'::jsonb;
end $$;
