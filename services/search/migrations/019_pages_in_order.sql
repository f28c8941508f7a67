-- A page in an order other than by relevance needs nothing of what relevance needs. The functions that were asked before 014 stay for the release before:
-- count_documents, counted_terms, find_documents, few_documents, hash_of.

-- What an order goes by: a column of documents (none: the score), its type, and which way; `behind` is how the next page compares with the last of this one.
create function order_of(kind text, out by_column text, out typed text, out way text, out behind text)
language sql immutable
begin atomic
  select o.by_column, o.typed, case when kind = 'price' then 'asc' else 'desc' end, case when kind = 'price' then '>' else '<' end
    from (values ('relevance', null, 'float8'), ('popularity', 'popularity', 'real'), ('price', 'price', 'bigint'), ('-price', 'price', 'bigint'),
                 ('newest', 'published_at', 'timestamptz'), ('rating', 'rating', 'real')) o(kind, by_column, typed)
   where o.kind = order_of.kind;
end;

-- One page in an order other than by relevance, along its index where very many fit.
create function find_along(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, kind text, skipped uuid[],
                           after_value text, after_id uuid, page integer)
returns table (product_id uuid, value text, title text, description text)
language plpgsql stable set search_path from current set jit = off as $$
declare
  o record := order_of(kind);
begin
  return query execute format(
    'select d.product_id, d.%1$I::text, d.title, d.description from %2$I d where %3$s%4$s order by d.%1$I %5$s, d.product_id %5$s limit %6$s',
    o.by_column, 'documents_' || in_side, fitting(in_shelf, wanted, must, choices, lowest, highest, skipped),
    case when after_id is null then '' else format(' and (d.%I, d.product_id) %s (%L::%s, %L::uuid)', o.by_column, o.behind, after_value, o.typed, after_id) end,
    o.way, page);
end $$;

-- As few_documents, with `terms`, `documents` and `version` as count_terms has them; null where they are not few.
create or replace function find_few(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, kind text, ranked tsquery,
                         now_popularity real, boosts jsonb, skipped uuid[], after_value text, after_id uuid, page integer, exactly integer, terms_too boolean)
returns json
language plpgsql set search_path from current set jit = off as $$
declare
  o record := order_of(kind);
  value text := coalesce('f.' || o.by_column, score_of(ranked, now_popularity, boosts));
  condition text := fitting(in_shelf, wanted, must, choices, lowest, highest, '{}');
  answer json;
begin
  if planned_documents(in_side, condition) > 2 * exactly then return null; end if;
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
       %9$s
       ''version'', (select n.version from term_names n),
       ''hits'', (select coalesce(json_agg(json_build_object(''productId'', p.product_id, ''value'', p.value::text, ''title'', d.title, ''description'', d.description)
                                        order by p.value %6$s, p.product_id %6$s), ''[]'')
                  from paged p join %1$I d on d.product_id = p.product_id and d.shelf = %10$s))',
    'documents_' || in_side, condition, value, skipped,
    case when after_id is null then 'true' else format('(v.value, v.product_id) %s (%L::%s, %L::uuid)', o.behind, after_value, o.typed, after_id) end,
    o.way, page, case when terms_too then ', ' || summed_terms() else '' end,
    case when terms_too then '''terms'', (select coalesce(json_agg(s.id), ''[]'') from sums s), ''documents'', (select coalesce(json_agg(s.documents), ''[]'') from sums s),'
         else '''terms'', ''[]''::json, ''documents'', ''[]''::json,' end, in_shelf) into answer;
  return answer;
end $$;
