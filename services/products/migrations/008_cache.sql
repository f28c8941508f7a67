-- What kept answers are made from (see kit/cache): `product:<id>` a product's page, `lists` every list of products,
-- `catalogue` everything. Told by triggers, one row per statement, so that no writer can forget it.

create function tell_products(ids uuid[]) returns void
language sql
begin atomic
  insert into cache_changes (tags)
  select case when cardinality(ids) > 500 then '{catalogue}' else array(select 'product:' || id from unnest(ids) id) end
   where cardinality(ids) > 0;
end;

create function tell_changed_products() returns trigger language plpgsql set search_path from current as $$
begin
  perform tell_products(array(select distinct c.id from changed c));
  return null;
end $$;

create function tell_parts_of_products() returns trigger language plpgsql set search_path from current as $$
begin
  perform tell_products(array(select distinct c.product_id from changed c));
  return null;
end $$;

create function tell_texts() returns trigger language plpgsql set search_path from current as $$
begin
  perform tell_products(array(select distinct c.owner_id from changed c));
  return null;
end $$;

create function tell_prices() returns trigger language plpgsql set search_path from current as $$
begin
  perform tell_products(array(select distinct v.product_id from changed c join variants v on v.id = c.variant_id));
  return null;
end $$;

create function tell_lists() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from changed) then insert into cache_changes (tags) values ('{lists}'); end if;
  return null;
end $$;

create function tell_catalogue() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from changed) then insert into cache_changes (tags) values ('{catalogue}'); end if;
  return null;
end $$;

do $$
declare
  watched record;
  event record;
begin
  for watched in
    select * from (values
      ('products', 'tell_changed_products'), ('variants', 'tell_parts_of_products'), ('media', 'tell_parts_of_products'),
      ('texts', 'tell_texts'), ('prices', 'tell_prices'), ('product_cards', 'tell_lists'), ('product_relations', 'tell_lists'),
      ('categories', 'tell_catalogue'), ('brands', 'tell_catalogue'), ('sellers', 'tell_catalogue'), ('channels', 'tell_catalogue'),
      ('price_lists', 'tell_catalogue'), ('tax_zone_countries', 'tell_catalogue'), ('tax_rates', 'tell_catalogue')
    ) as w(name, teller)
  loop
    for event in select * from (values ('insert', 'new'), ('update', 'new'), ('delete', 'old')) as e(kind, side) loop
      execute format('create trigger cache_%s after %1$s on %I referencing %s table as changed for each statement execute function %I()',
                     event.kind, watched.name, event.side, watched.teller);
    end loop;
  end loop;
end $$;
