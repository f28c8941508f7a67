-- Cards show stars. They belong to reviews: this is a copy, told by events; the higher revision is the later one.
alter table products
  add column rating real not null default 0,
  add column review_count integer not null default 0,
  add column rating_revision bigint not null default 0;

-- How far the job has come that asks for the stars of products that were there before, and draws their cards with them.
create table ratings_filled (
  one boolean primary key default true check (one),
  after uuid,
  done boolean not null default false
);
insert into ratings_filled default values;

-- As before, with stars.
create or replace function refresh_cards(ids uuid[]) returns void
language plpgsql volatile
as $$
begin
  perform 1 from products p where p.id = any (ids) order by p.id for update;

  update products p
     set category_ids = derived.category_ids, image = derived.image
    from (
      select q.id,
             coalesce((select array_agg(distinct above) from product_categories pc join categories c on c.id = pc.category_id cross join unnest(c.path) above
                        where pc.product_id = q.id), '{}') as category_ids,
             (select m.renditions -> least(1, jsonb_array_length(m.renditions) - 1) ->> 'key' from media m
               where m.product_id = q.id and m.kind = 'image' order by m.position, m.id limit 1) as image
        from products q where q.id = any (ids)
    ) derived
   where p.id = derived.id and (p.category_ids, p.image) is distinct from (derived.category_ids, derived.image);

  with fresh as (
    select p.id as product_id, ch.key as channel, loc.locale, p.slug, t.title, best.price, p.published_at, p.brand_id, p.seller_id, p.tags,
           p.category_ids, coalesce(best.in_stock, false) or not p.requires_shipping as in_stock,
           json_build_object(
             'id', p.id, 'slug', p.slug, 'title', t.title, 'brand', b.name,
             'image', (select json_build_object('url', '/api/products/media/' || p.image, 'alt', title_of(m.alt, loc.locale, ch.locales[1]))
                         from media m where m.product_id = p.id and m.kind = 'image' order by m.position, m.id limit 1),
             'price', json_build_object('amount', best.price, 'currency', ch.currency),
             'listPrice', json_build_object('amount', best.list_price, 'currency', ch.currency),
             'priceVaries', best.price <> best.highest, 'variantCount', best.variants,
             'inStock', coalesce(best.in_stock, false) or not p.requires_shipping, 'giftCard', p.gift_card, 'tags', p.tags,
             'publishedAt', iso(p.published_at),
             'rating', p.rating, 'reviewCount', p.review_count) as card
      from products p
      join channels ch on p.channels is null or ch.key = any (p.channels)
     cross join unnest(ch.locales) loc(locale)
     cross join lateral (
       select min(c.unit_price) as price, max(c.unit_price) as highest, (array_agg(c.list_price order by c.unit_price, v.position))[1] as list_price,
              count(*) as variants, bool_or(v.in_stock) as in_stock
         from variants v cross join lateral price_of(v.id, ch.key, ch.currency, '{}', 1) c
        where v.product_id = p.id and not v.retired and c.unit_price is not null
     ) best
     cross join lateral (select t.title from texts t where t.owner_id = p.id
                          order by t.locale = loc.locale desc, t.locale = split_part(loc.locale, '-', 1) desc, t.locale = ch.locales[1] desc, t.locale limit 1) t
      left join brands b on b.id = p.brand_id
     where p.id = any (ids) and p.status = 'ACTIVE' and best.price is not null and t.title is not null
  ), gone as (
    delete from product_cards c
     where c.product_id = any (ids)
       and not exists (select 1 from fresh f where f.product_id = c.product_id and f.channel = c.channel and f.locale = c.locale)
  )
  insert into product_cards as c (product_id, channel, locale, slug, title, price, published_at, brand_id, seller_id, tags, category_ids, in_stock, card)
  select f.product_id, f.channel, f.locale, f.slug, f.title, f.price, f.published_at, f.brand_id, f.seller_id, f.tags, f.category_ids, f.in_stock, f.card
    from fresh f
      on conflict (product_id, channel, locale) do update
     set slug = excluded.slug, title = excluded.title, price = excluded.price, published_at = excluded.published_at, brand_id = excluded.brand_id,
         seller_id = excluded.seller_id, tags = excluded.tags, category_ids = excluded.category_ids, in_stock = excluded.in_stock, card = excluded.card
   where (c.card::text, c.slug, c.brand_id, c.seller_id, c.category_ids)
         is distinct from (excluded.card::text, excluded.slug, excluded.brand_id, excluded.seller_id, excluded.category_ids);
end
$$;
