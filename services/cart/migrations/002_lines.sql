-- Changes of a cart, each one call: lock the cart, look at the rules, write line, version and event.

-- Fills in what only the database knows: outbox_append wants whole CloudEvents.
create function append_cart_event(event jsonb, cart uuid, data jsonb) returns void
language plpgsql as $$
declare
  envelope jsonb := event -> 0;
begin
  perform outbox_append(jsonb_build_array(envelope || jsonb_build_object(
    'key', cart::text,
    'payload', ((envelope ->> 'payload')::jsonb || jsonb_build_object('subject', cart::text,
                 'data', (envelope ->> 'payload')::jsonb -> 'data' || data || jsonb_build_object('cartId', cart)))::text)));
end $$;

-- The active cart of a user in a channel or of a secret, locked; with `new_id` it is made where there is none. One that is over its
-- time counts as gone.
create function lock_cart(for_user uuid, by_secret bytea, in_channel text, in_locale text, new_id uuid, new_secret bytea) returns carts
language plpgsql as $$
declare
  cart carts;
begin
  for attempt in 1..3 loop
    if for_user is not null then
      select * into cart from carts c where c.user_id = for_user and c.channel = in_channel and c.state = 'active' for update;
    else
      select * into cart from carts c where c.secret_hash = by_secret and c.channel = in_channel and c.state = 'active' for update;
    end if;
    if found and cart.touched_at + cart_lifetime(cart.user_id) < now() then
      update carts c set state = 'expired' where c.id = cart.id;
      cart := null;
    end if;
    if cart.id is not null or new_id is null then return cart; end if;
    insert into carts (id, user_id, secret_hash, channel, locale)
    values (new_id, for_user, case when for_user is null then new_secret end, in_channel, in_locale)
        on conflict do nothing returning * into cart;
    if cart.id is not null then return cart; end if;
    -- another device made it in the same moment: take that one
  end loop;
  return null;
end $$;

-- Counts a change of a locked cart.
create function touch_cart(cart uuid, lines integer) returns integer
language sql as $$
  update carts c
     set version = c.version + 1, line_count = c.line_count + lines, changed = false,
         touched_at = case when c.touched_at < now() - interval '1 minute' then now() else c.touched_at end
   where c.id = cart
  returning c.version
$$;

-- One line to be written, as services/cart/line-writer.ts sends it.
create type line_put as (
  "user" uuid, secret bytea, channel text, locale text,
  -- id and secret of the cart if it has to be made; null: do not make one
  new_id uuid, new_secret bytea,
  sku text, product uuid, units integer,
  -- 'add' to what is there, 'set' the quantity, 'change' it only where there is a line
  mode text,
  -- null: as many as wanted
  available integer,
  expected integer,
  -- encoded event, with this id for the cart's and -1 for the quantity
  event text, mark uuid,
  -- secret of a new cart as its owner gets it, and the Idempotency-Key
  token text, once jsonb
);

-- Puts lines into carts: many shoppers at once, each accepted or refused on its own, no cart and no key twice. Every step is one
-- statement for all of them, and sees what others committed while the carts were being locked.
-- outcome: done | same | no-cart | no-line | version-conflict | quantity | too-many-lines | out-of-stock; null where the key says no
create function put_lines(writes json)
returns table (outcome text, cart_id uuid, version integer, quantity integer, claim text, told_in text, kept jsonb)
language plpgsql set enable_seqscan = off as $$
declare
  w line_put[];
  claims text[] := array_fill('free'::text, array[json_array_length(writes)]);
  languages text[];
  earlier jsonb[];
  ids uuid[];
  versions integer[];
  counts integer[];
  over uuid[];
  made uuid[] := '{}';
  makes uuid[];
  wanted integer;
  outcomes text[];
  quantities integer[];
  added integer[];
begin
  select array_agg(i) into w from json_populate_recordset(null::line_put, writes) i;

  if exists (select from unnest(w) i where i.once is not null) then
    select array_agg(coalesce(c.claim, 'free') order by i.ordinality), array_agg(c.locale order by i.ordinality), array_agg(c.outcome order by i.ordinality)
      into claims, languages, earlier
      from unnest(w) with ordinality i
      left join once_claim((select jsonb_agg(o.once || jsonb_build_object('n', o.ordinality))
                              from unnest(w) with ordinality o where o.once is not null)) c on c.n = i.ordinality;
  end if;

  -- the carts, locked in the order of the list; one that is over its time counts as gone
  for attempt in 1..3 loop
    select array_agg(coalesce(ids[i.ordinality], u.id, g.id) order by i.ordinality),
           array_agg(coalesce(versions[i.ordinality], u.version, g.version) order by i.ordinality),
           array_agg(coalesce(counts[i.ordinality], u.line_count, g.line_count) order by i.ordinality),
           array_agg(coalesce(u.id, g.id)) filter (where coalesce(u.touched_at, g.touched_at) + cart_lifetime(u.user_id) < now())
      into ids, versions, counts, over
      from unnest(w) with ordinality i
      left join lateral (select c.id, c.version, c.line_count, c.touched_at, c.user_id from carts c
                          where ids[i.ordinality] is null and claims[i.ordinality] = 'free' and i."user" is not null
                            and c.user_id = i."user" and c.channel = i.channel and c.state = 'active' for update) u on true
      left join lateral (select c.id, c.version, c.line_count, c.touched_at from carts c
                          where ids[i.ordinality] is null and claims[i.ordinality] = 'free' and i."user" is null
                            and c.secret_hash = i.secret and c.channel = i.channel and c.state = 'active' for update) g on true;
    if over is not null then
      update carts c set state = 'expired' where c.id = any (over);
      ids := array(select case when ids[n] = any (over) then null else ids[n] end from generate_subscripts(w, 1) n order by n);
    end if;
    -- made only for a line that will be accepted; version 1 was the empty cart
    select count(*) into wanted from unnest(w) with ordinality i
     where ids[i.ordinality] is null and i.new_id is not null and i.expected is null and claims[i.ordinality] = 'free'
       and (i.available is null or i.units <= i.available);
    exit when wanted = 0;
    with fresh as (
      insert into carts as c (id, user_id, secret_hash, channel, locale, version, line_count)
      select i.new_id, i."user", case when i."user" is null then i.new_secret end, i.channel, i.locale, 2, 1
        from unnest(w) with ordinality i
       where ids[i.ordinality] is null and i.new_id is not null and i.expected is null and claims[i.ordinality] = 'free'
         and (i.available is null or i.units <= i.available)
          on conflict do nothing returning c.id
    )
    select coalesce(array_agg(fresh.id), '{}') into makes from fresh;
    made := made || makes;
    ids := array(select case when i.new_id = any (makes) then i.new_id else ids[i.ordinality] end from unnest(w) with ordinality i order by i.ordinality);
    exit when cardinality(makes) = wanted;
    -- another device made it in the same moment: take that one
    versions := array(select case when ids[n] is not null then versions[n] end from generate_subscripts(w, 1) n order by n);
    counts := array(select case when ids[n] is not null then counts[n] end from generate_subscripts(w, 1) n order by n);
  end loop;

  select array_agg(d.outcome order by i.ordinality), array_agg(q.quantity order by i.ordinality),
         array_agg(case when l.quantity is null then 1 else 0 end order by i.ordinality)
    into outcomes, quantities, added
    from unnest(w) with ordinality i
    left join lateral (select l.quantity from cart_lines l where l.cart_id = ids[i.ordinality] and l.sku = i.sku) l on true
   cross join lateral (select case when i.mode = 'add' then coalesce(l.quantity, 0) + i.units else i.units end as quantity) q
   cross join lateral (
     select case
       when claims[i.ordinality] <> 'free' then null
       when ids[i.ordinality] is null then
         case when i.new_id is null then 'no-cart' when i.expected is not null then 'version-conflict'
              when i.units > i.available then 'out-of-stock' else 'no-cart' end
       when i.expected <> versions[i.ordinality] then 'version-conflict'
       when l.quantity is null and i.mode = 'change' then 'no-line'
       when q.quantity > 9999 then 'quantity'
       when l.quantity is null and counts[i.ordinality] >= 200 then 'too-many-lines'
       -- taking some out is always possible
       when q.quantity > i.available and q.quantity > coalesce(l.quantity, 0) then 'out-of-stock'
       when q.quantity = l.quantity then 'same'
       else 'done' end as outcome) d;

  insert into cart_lines as l (cart_id, sku, product_id, quantity)
  select ids[i.ordinality], i.sku, i.product, quantities[i.ordinality]
    from unnest(w) with ordinality i where outcomes[i.ordinality] = 'done'
      on conflict on constraint cart_lines_pkey do update set quantity = excluded.quantity, product_id = excluded.product_id;
  update carts c
     set version = c.version + 1, line_count = c.line_count + added[n], changed = false,
         touched_at = case when c.touched_at < now() - interval '1 minute' then now() else c.touched_at end
    from generate_subscripts(w, 1) n
   where outcomes[n] = 'done' and ids[n] <> all (made) and c.id = ids[n];
  perform outbox_append(('[' || string_agg(replace(replace(i.event, i.mark::text, ids[i.ordinality]::text),
                           '\"quantity\":-1', '\"quantity\":' || quantities[i.ordinality]), ',' order by i.ordinality) || ']')::jsonb)
     from unnest(w) with ordinality i where outcomes[i.ordinality] = 'done' having count(*) > 0;

  versions := array(select case when outcomes[n] <> 'done' then coalesce(versions[n], 0) when ids[n] = any (made) then 2 else versions[n] + 1 end
                      from generate_subscripts(w, 1) n order by n);
  if languages is not null then
    perform once_keep(jsonb_agg(i.once || jsonb_build_object('outcome', jsonb_build_object(
              'cartId', ids[i.ordinality], 'version', versions[i.ordinality], 'sku', i.sku, 'quantity', quantities[i.ordinality],
              'token', case when ids[i.ordinality] = i.new_id then i.token end))))
       from unnest(w) with ordinality i where i.once is not null and claims[i.ordinality] = 'free' and outcomes[i.ordinality] in ('done', 'same') having count(*) > 0;
  end if;
  return query select outcomes[n], ids[n], versions[n], quantities[n], claims[n], languages[n], earlier[n]
                 from generate_subscripts(w, 1) n order by n;
end $$;

-- Takes a SKU out. outcome: done | no-cart | no-line | version-conflict
create function remove_line(for_user uuid, by_secret bytea, in_channel text, of_sku text, expected integer, event jsonb,
                            out outcome text, out cart_id uuid, out version integer)
language plpgsql as $$
declare
  cart carts := lock_cart(for_user, by_secret, in_channel, null, null, null);
begin
  cart_id := cart.id;
  version := cart.version;
  if cart.id is null then outcome := 'no-cart'; return; end if;
  if expected is not null and expected <> cart.version then outcome := 'version-conflict'; return; end if;
  delete from cart_lines l where l.cart_id = cart.id and l.sku = of_sku;
  if not found then outcome := 'no-line'; return; end if;
  version := touch_cart(cart.id, -1);
  perform append_cart_event(event, cart.id, '{}');
  outcome := 'done';
end $$;

-- Takes everything out, coupons too. outcome: done | same | no-cart | version-conflict
create function clear_cart(for_user uuid, by_secret bytea, in_channel text, expected integer, event jsonb,
                           out outcome text, out cart_id uuid, out version integer)
language plpgsql as $$
declare
  cart carts := lock_cart(for_user, by_secret, in_channel, null, null, null);
begin
  cart_id := cart.id;
  version := cart.version;
  if cart.id is null then outcome := 'no-cart'; return; end if;
  if expected is not null and expected <> cart.version then outcome := 'version-conflict'; return; end if;
  if cart.line_count = 0 and cardinality(cart.coupon_codes) = 0 then outcome := 'same'; return; end if;
  delete from cart_lines l where l.cart_id = cart.id;
  update carts c set coupon_codes = '{}' where c.id = cart.id;
  version := touch_cart(cart.id, -cart.line_count);
  perform append_cart_event(event, cart.id, '{}');
  outcome := 'done';
end $$;

-- Adds or takes away a coupon code. outcome: done | same | no-cart | too-many | version-conflict
create function change_coupon(for_user uuid, by_secret bytea, in_channel text, code text, adding boolean, expected integer, event jsonb,
                              out outcome text, out cart_id uuid, out version integer)
language plpgsql as $$
declare
  cart carts := lock_cart(for_user, by_secret, in_channel, null, null, null);
begin
  cart_id := cart.id;
  version := cart.version;
  if cart.id is null then outcome := 'no-cart'; return; end if;
  if expected is not null and expected <> cart.version then outcome := 'version-conflict'; return; end if;
  if adding = (code = any (cart.coupon_codes)) then outcome := 'same'; return; end if;
  if adding and cardinality(cart.coupon_codes) >= 10 then outcome := 'too-many'; return; end if;
  update carts c set coupon_codes = case when adding then c.coupon_codes || code else array_remove(c.coupon_codes, code) end where c.id = cart.id;
  version := touch_cart(cart.id, 0);
  perform append_cart_event(event, cart.id, '{}');
  outcome := 'done';
end $$;

-- Puts a guest's cart into the cart of the user who logged in; quantities add up within the bounds. The guest's cart stays as a mark,
-- so a second call changes nothing. outcome: done | same | no-cart ; `left_out`: SKUs for which there was no room.
create function merge_carts(for_user uuid, by_secret bytea, new_id uuid, event jsonb,
                            out outcome text, out cart_id uuid, out version integer, out channel text, out left_out text[])
language plpgsql as $$
declare
  guest carts;
  cart carts;
  added integer;
begin
  left_out := '{}';
  select * into guest from carts c where c.secret_hash = by_secret for update;
  channel := guest.channel;
  if guest.state = 'merged' then
    select c.id, c.version into cart_id, version from carts c where c.id = guest.merged_into and c.user_id = for_user;
    outcome := case when cart_id is null then 'no-cart' else 'same' end;
    return;
  end if;
  if guest.id is null or guest.state <> 'active' or guest.touched_at + cart_lifetime(null) < now() then outcome := 'no-cart'; return; end if;

  cart := lock_cart(for_user, null, guest.channel, guest.locale, new_id, null);
  with ranked as (
    select g.sku, g.product_id, g.quantity, l.sku is not null as present,
           row_number() over (partition by l.sku is null order by g.added_at, g.sku) as nth
      from cart_lines g left join cart_lines l on l.cart_id = cart.id and l.sku = g.sku
     where g.cart_id = guest.id
  ), moved as (
    insert into cart_lines as l (cart_id, sku, product_id, quantity)
    select cart.id, r.sku, r.product_id, r.quantity from ranked r where r.present or r.nth <= 200 - cart.line_count
        on conflict on constraint cart_lines_pkey do update set quantity = least(l.quantity + excluded.quantity, 9999)
  )
  select count(*) filter (where not r.present and r.nth <= 200 - cart.line_count),
         coalesce(array_agg(r.sku order by r.sku) filter (where not r.present and r.nth > 200 - cart.line_count), '{}')
    into added, left_out from ranked r;
  update carts c
     set coupon_codes = (array(select distinct u.code from unnest(c.coupon_codes || guest.coupon_codes) u(code) order by u.code))[1:10]
   where c.id = cart.id;
  version := touch_cart(cart.id, added);
  update carts c set state = 'merged', merged_into = cart.id, line_count = 0, coupon_codes = '{}' where c.id = guest.id;
  delete from cart_lines l where l.cart_id = guest.id;
  cart_id := cart.id;
  perform append_cart_event(event, cart.id, jsonb_build_object('channel', guest.channel));
  outcome := 'done';
end $$;
