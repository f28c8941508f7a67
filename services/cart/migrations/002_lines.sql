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

-- Puts units of a SKU into a cart. `mode`: 'add' to what is there, 'set' the quantity, 'change' it only where there is a line.
-- `available` null: as many as wanted. outcome: done | same | no-cart | no-line | version-conflict | quantity | too-many-lines | out-of-stock
create function put_line(
  for_user uuid, by_secret bytea, in_channel text, in_locale text, new_id uuid, new_secret bytea,
  of_sku text, of_product uuid, units integer, mode text, available integer, expected integer, event jsonb,
  out outcome text, out cart_id uuid, out version integer, out quantity integer)
language plpgsql as $$
declare
  cart carts := lock_cart(for_user, by_secret, in_channel, in_locale, new_id, new_secret);
  present integer;
begin
  cart_id := cart.id;
  version := cart.version;
  if cart.id is null then outcome := 'no-cart'; return; end if;
  if expected is not null and expected <> cart.version then outcome := 'version-conflict'; return; end if;
  select l.quantity into present from cart_lines l where l.cart_id = cart.id and l.sku = of_sku;
  if present is null and mode = 'change' then outcome := 'no-line'; return; end if;
  quantity := case when mode = 'add' then coalesce(present, 0) + units else units end;
  if quantity > 9999 then outcome := 'quantity'; return; end if;
  if present is null and cart.line_count >= 200 then outcome := 'too-many-lines'; return; end if;
  -- taking some out is always possible
  if quantity > available and quantity > coalesce(present, 0) then outcome := 'out-of-stock'; return; end if;
  if quantity = present then outcome := 'same'; return; end if;
  insert into cart_lines as l (cart_id, sku, product_id, quantity) values (cart.id, of_sku, of_product, put_line.quantity)
      on conflict on constraint cart_lines_pkey do update set quantity = excluded.quantity, product_id = excluded.product_id;
  version := touch_cart(cart.id, case when present is null then 1 else 0 end);
  perform append_cart_event(event, cart.id, jsonb_build_object('quantity', quantity));
  outcome := 'done';
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
