-- Guests' and users' carts end after different times; each clock looks only at its own.
drop index carts_touched;
create index carts_touched_guests on carts (touched_at) where user_id is null;
create index carts_touched_users on carts (touched_at) where user_id is not null;

-- Carts of a batch that hold a SKU and are in use get marked, so that a client that asks with If-None-Match sees the new price, and
-- the shop hears of it once until the shopper acts. Carts that somebody is changing right now are left alone: he sees live prices.
create function mark_carts(of_sku text, beyond uuid, most integer)
returns table (cart_id uuid, channel text, user_id uuid, marked boolean)
language sql as $$
  with batch as materialized (
    select c.id, c.changed from cart_lines l join carts c on c.id = l.cart_id
     where l.sku = of_sku and (beyond is null or l.cart_id > beyond) and c.state = 'active' and c.touched_at > now() - interval '1 day'
     order by l.cart_id limit most for no key update of c skip locked
  ), marked as (
    update carts c set changed = true, version = c.version + 1 from batch b where c.id = b.id and not b.changed returning c.id
  )
  select c.id, c.channel, c.user_id, m.id is not null
    from batch b join carts c on c.id = b.id left join marked m on m.id = b.id order by c.id
$$;
