-- One bound over all terms let frequent ones push out the rare values of other facets. Now each facet has its own: 150 categories, 60 values of
-- anything else, each option for itself; ranges of prices, stars and stock are few and come whole, and so do terms of `choices`. As `mostOf` in
-- engines/engine.ts.

-- Of values that are as frequent the older ones are taken: comparing names takes longer than all the rest.
-- Common table expressions after `found`, which has `facets`: `counted` has the terms with their names and numbers.
create function counted_terms(choices jsonb) returns text
language sql immutable
return format('sums as (
       select e.id, count(*) as documents from (select unnest(f.facets) as id from found f) e where e.id > 0 group by e.id
     ), placed as (
       select t.id as term, t.kind, t.key, t.label, t.slug, t.parent, s.documents,
              row_number() over (partition by t.kind collate "C", case t.kind when ''option'' then split_part(t.key, '':'', 1) collate "C" end
                                     order by s.documents desc, t.id) as place
         from sums s join terms t on t.id = s.id where t.kind <> ''shelf''
     ), counted as (
       select p.term, p.kind, p.key, p.label, p.slug, p.parent, p.documents from placed p
        where p.kind in (''price'', ''rating'', ''stock'') or p.place <= case p.kind when ''category'' then 150 else 60 end
           or p.term = any (%L::integer[])
     )', array(select jsonb_array_elements_text(choice)::integer from jsonb_array_elements(choices) choice));

create or replace function count_documents(in_side text, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, terms_too boolean)
returns table (term integer, kind text, key text, label text, slug text, parent text, documents bigint)
language plpgsql stable set search_path from current set jit = off as $$
begin
  if not terms_too then
    return query execute format('select 0, ''all'', '''', '''', null::text, null::text, count(*) from %I d where %s',
      'documents_' || in_side, condition_of(wanted, must, choices, lowest, highest));
    return;
  end if;
  return query execute format(
    'with found as materialized (select d.facets from %I d where %s), %s
     select 0, ''all'', '''', '''', null, null, count(*) from found
     union all
     select c.* from counted c',
    'documents_' || in_side, condition_of(wanted, must, choices, lowest, highest), counted_terms(choices));
end $$;

-- As before but for the numbers.
create or replace function few_documents(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, kind text,
                                         ranked tsquery, now_popularity real, boosts jsonb, skipped uuid[], after_value text, after_id uuid, page integer, terms_too boolean)
returns json
language plpgsql stable set search_path from current set jit = off as $$
declare
  value text := case kind when 'popularity' then 'f.popularity' when 'price' then 'f.price' when '-price' then 'f.price'
                          when 'newest' then 'f.published_at' when 'rating' then 'f.rating' else score_of(ranked, now_popularity, boosts) end;
  typed text := case kind when 'popularity' then 'real' when 'price' then 'bigint' when '-price' then 'bigint'
                          when 'newest' then 'timestamptz' when 'rating' then 'real' else 'float8' end;
  way text := case when kind = 'price' then 'asc' else 'desc' end;
  answer json;
begin
  execute format(
    'with found as materialized (
       select d.product_id, d.title_words, d.words, d.facets, d.popularity, d.price, d.published_at, d.rating from %1$I d where %2$s
     ), valued as (
       select f.product_id, %3$s as value from found f where f.product_id <> all (%4$L::uuid[])
     ), paged as (
       select v.product_id, v.value from valued v where %5$s order by v.value %6$s, v.product_id %6$s limit %7$s
     )%8$s
     select json_build_object(
       ''total'', (select count(*) from found),
       ''counts'', %9$s,
       ''hits'', (select coalesce(json_agg(json_build_object(''productId'', p.product_id, ''value'', p.value::text, ''title'', d.title, ''description'', d.description)
                                        order by p.value %6$s, p.product_id %6$s), ''[]'')
                  from paged p join %1$I d on d.product_id = p.product_id and d.shelf = %10$s))',
    'documents_' || in_side, condition_of(wanted, must, choices, lowest, highest), value, skipped,
    case when after_id is null then 'true' else format('(v.value, v.product_id) %s (%L::%s, %L::uuid)', case when kind = 'price' then '>' else '<' end, after_value, typed, after_id) end,
    way, page, case when terms_too then ', ' || counted_terms(choices) else '' end,
    case when terms_too then '(select coalesce(json_agg(c), ''[]'') from counted c)' else '''[]''::json' end, in_shelf) into answer;
  return answer;
end $$;
