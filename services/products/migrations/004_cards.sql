-- Read model of lists: one row per product, channel and language, with the ready card. Written by refresh_cards in the
-- transaction of the change, so a list is one index scan and never a join.

create table product_cards (
  product_id uuid not null references products on delete cascade,
  channel text not null references channels on delete cascade,
  locale text not null,
  slug text not null,
  title text not null collate "C",
  price bigint not null,
  published_at timestamptz not null,
  brand_id uuid,
  seller_id uuid,
  tags text[] not null,
  category_ids uuid[] not null,
  in_stock boolean not null,
  words tsvector not null,
  card json not null,
  primary key (product_id, channel, locale)
);
create index product_cards_newest on product_cards (channel, locale, published_at desc, product_id desc);
create index product_cards_price on product_cards (channel, locale, price, product_id);
create index product_cards_title on product_cards (channel, locale, title, product_id);
create index product_cards_brand on product_cards (channel, locale, brand_id, published_at desc, product_id desc) where brand_id is not null;
create index product_cards_seller on product_cards (channel, locale, seller_id, published_at desc, product_id desc) where seller_id is not null;
create index product_cards_category on product_cards using gin (category_ids);
create index product_cards_tags on product_cards using gin (tags);
create index product_cards_words on product_cards using gin (words);

-- Parts of words ("shirt" in "sweatshirt") and slips of the finger, where the database offers trigrams. Without the
-- extension search still finds whole words and beginnings of words.
do $$
declare
  home text;
begin
  begin
    create extension if not exists pg_trgm;
  exception when others then
    raise notice 'pg_trgm is not available: search goes without parts of words';
  end;
  select n.nspname into home from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if home is not null then
    execute format('create index product_cards_trigrams on product_cards using gin (lower(title) %I.gin_trgm_ops)', home);
  end if;
end
$$;

-- Stemming rules of a language; those PostgreSQL has no rules for are taken word by word.
create function search_config(locale text) returns regconfig
language sql immutable
return case split_part(lower(locale), '-', 1)
  when 'en' then 'pg_catalog.english'::regconfig when 'de' then 'pg_catalog.german'::regconfig
  when 'fr' then 'pg_catalog.french'::regconfig when 'nl' then 'pg_catalog.dutch'::regconfig
  when 'es' then 'pg_catalog.spanish'::regconfig when 'it' then 'pg_catalog.italian'::regconfig
  when 'pt' then 'pg_catalog.portuguese'::regconfig when 'sv' then 'pg_catalog.swedish'::regconfig
  when 'da' then 'pg_catalog.danish'::regconfig when 'fi' then 'pg_catalog.finnish'::regconfig
  when 'no' then 'pg_catalog.norwegian'::regconfig when 'nb' then 'pg_catalog.norwegian'::regconfig
  when 'ru' then 'pg_catalog.russian'::regconfig when 'tr' then 'pg_catalog.turkish'::regconfig
  else 'pg_catalog.simple'::regconfig end;

-- A text for a reader: the language asked for, else its base language, else the channel's first, else any.
create function text_of(owner uuid, wanted text, fallback text) returns texts
language sql stable
begin atomic
  select t from texts t
   where t.owner_id = owner
   order by t.locale = wanted desc, t.locale = split_part(wanted, '-', 1) desc, t.locale = fallback desc, t.locale
   limit 1;
end;

-- One of {"en": "Red", "de": "Rot"} by the same rule.
create function title_of(titles jsonb, wanted text, fallback text) returns text
language sql immutable
return coalesce(titles ->> wanted, titles ->> split_part(wanted, '-', 1), titles ->> fallback, (select value from jsonb_each_text(titles) order by key limit 1), '');

-- A time as JSON has it everywhere here: UTC, milliseconds, Z.
create function iso(moment timestamptz) returns text
language sql immutable
return to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Brings the cards of these products up to date. The product rows are locked first, in order: each of the following
-- statements then sees what any other writer of the same product committed, so no card is built from a mixture.
create function refresh_cards(ids uuid[]) returns void
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
           setweight(to_tsvector(search_config(loc.locale), t.title), 'A')
             || setweight(to_tsvector('pg_catalog.simple', t.title || ' ' || coalesce(b.name, '') || ' ' || array_to_string(p.tags, ' ') || ' ' || best.skus), 'B')
             || setweight(to_tsvector(search_config(loc.locale), left(t.description, 20000)), 'C') as words,
           json_build_object(
             'id', p.id, 'slug', p.slug, 'title', t.title, 'brand', b.name,
             'image', (select json_build_object('url', '/api/products/media/' || p.image, 'alt', title_of(m.alt, loc.locale, ch.locales[1]))
                         from media m where m.product_id = p.id and m.kind = 'image' order by m.position, m.id limit 1),
             'price', json_build_object('amount', best.price, 'currency', ch.currency),
             'listPrice', json_build_object('amount', best.list_price, 'currency', ch.currency),
             'priceVaries', best.price <> best.highest, 'variantCount', best.variants,
             'inStock', coalesce(best.in_stock, false) or not p.requires_shipping, 'giftCard', p.gift_card, 'tags', p.tags,
             'publishedAt', iso(p.published_at)) as card
      from products p
      join channels ch on p.channels is null or ch.key = any (p.channels)
     cross join unnest(ch.locales) loc(locale)
     cross join lateral (
       select min(c.unit_price) as price, max(c.unit_price) as highest, (array_agg(c.list_price order by c.unit_price, v.position))[1] as list_price,
              count(*) as variants, bool_or(v.in_stock) as in_stock, string_agg(v.sku, ' ') as skus
         from variants v cross join lateral price_of(v.id, ch.key, ch.currency, '{}', 1) c
        where v.product_id = p.id and not v.retired and c.unit_price is not null
     ) best
     cross join lateral text_of(p.id, loc.locale, ch.locales[1]) t
      left join brands b on b.id = p.brand_id
     where p.id = any (ids) and p.status = 'ACTIVE' and best.price is not null and t.title is not null
  ), gone as (
    delete from product_cards c
     where c.product_id = any (ids)
       and not exists (select 1 from fresh f where f.product_id = c.product_id and f.channel = c.channel and f.locale = c.locale)
  )
  insert into product_cards as c (product_id, channel, locale, slug, title, price, published_at, brand_id, seller_id, tags, category_ids, in_stock, words, card)
  select f.product_id, f.channel, f.locale, f.slug, f.title, f.price, f.published_at, f.brand_id, f.seller_id, f.tags, f.category_ids, f.in_stock, f.words, f.card
    from fresh f
      on conflict (product_id, channel, locale) do update
     set slug = excluded.slug, title = excluded.title, price = excluded.price, published_at = excluded.published_at, brand_id = excluded.brand_id,
         seller_id = excluded.seller_id, tags = excluded.tags, category_ids = excluded.category_ids, in_stock = excluded.in_stock,
         words = excluded.words, card = excluded.card
   where (c.card::text, c.slug, c.words, c.brand_id, c.seller_id, c.category_ids)
         is distinct from (excluded.card::text, excluded.slug, excluded.words, excluded.brand_id, excluded.seller_id, excluded.category_ids);
end
$$;
