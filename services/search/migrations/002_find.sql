-- The two questions that every search asks. Both are planned anew each time, for the words and filters at hand: how common they are decides
-- between the index of words and walking an index in the order that is asked for.

-- What a document must be: all of `must`, one of each list of `choices`, within the prices, with the words (null: any).
create function condition_of(wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint) returns text
language sql stable
return format('d.facets @> %L::integer[]', must)
  || case when wanted is null then '' else format(' and d.words @@ %L::tsquery', wanted::text) end
  || coalesce((select string_agg(format(' and d.facets && %L::integer[]', array(select jsonb_array_elements_text(choice)::integer)), '') from jsonb_array_elements(choices) choice), '')
  || coalesce(' and d.price >= ' || lowest, '')
  || coalesce(' and d.price <= ' || highest, '');

-- How many documents, and how many of each term, the most frequent of each kind; the number of all stands under kind 'all'.
create function count_documents(in_side text, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint)
returns table (term integer, kind text, key text, label text, slug text, parent text, documents bigint)
language plpgsql stable set search_path from current as $$
begin
  return query execute format(
    'with found as materialized (
       select d.facets from %I d where %s
     ), counted as materialized (
       select t.id, count(*) as documents from found cross join unnest(found.facets) t(id) where t.id > 0 group by t.id
     ), named as (
       select t.*, c.documents, row_number() over (partition by t.kind order by c.documents desc, t.id) as place
         from counted c join terms t on t.id = c.id where t.kind <> ''shelf''
     )
     select 0, ''all'', '''', '''', null, null, count(*) from found
     union all
     select n.id, n.kind, n.key, n.label, n.slug, n.parent, n.documents from named n where n.place <= case n.kind when ''category'' then 300 else 60 end',
    'documents_' || in_side, condition_of(wanted, must, choices, lowest, highest));
end $$;

-- One page of documents. `kind`: relevance, popularity, price, -price, newest or rating. By relevance at most `most` documents are looked at,
-- the best-selling ones where there are more (`walk`): nobody reads to the end of what everything fits.
create function find_documents(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint,
                               kind text, ranked tsquery, now_popularity real, boosts jsonb, skipped uuid[], walk boolean, most integer,
                               after_value text, after_id uuid, page integer)
returns table (product_id uuid, value text, title text, description text)
language plpgsql stable set search_path from current as $$
declare
  condition text := condition_of(wanted, must, choices, lowest, highest)
    || case when cardinality(skipped) > 0 then format(' and d.product_id <> all (%L::uuid[])', skipped) else '' end;
  side text := format('%I', 'documents_' || in_side);
  sorted text := case kind when 'popularity' then 'd.popularity' when 'price' then 'd.price' when '-price' then 'd.price'
                           when 'newest' then 'd.published_at' when 'rating' then 'd.rating' end;
  typed text := case kind when 'popularity' then 'real' when 'price' then 'bigint' when '-price' then 'bigint'
                          when 'newest' then 'timestamptz' when 'rating' then 'real' else 'float8' end;
  way text := case when kind = 'price' then 'asc' else 'desc' end;
  behind text := case when kind = 'price' then '>' else '<' end;
begin
  if kind <> 'relevance' then
    return query execute format(
      'select d.product_id, (%s)::text, d.title, d.description from %s d where d.shelf = %s and %s %s order by %1$s %6$s, d.product_id %6$s limit %7$s',
      sorted, side, in_shelf, condition,
      case when after_id is null then '' else format('and (%s, d.product_id) %s (%L::%s, %L::uuid)', sorted, behind, after_value, typed, after_id) end,
      way, page);
    return;
  end if;
  return query execute format(
    'with found as materialized (
       select d.product_id, d.title, d.title_words, d.words, d.popularity from %s d where d.shelf = %s and %s %s limit %s
     ), scored as (
       select f.product_id, f.title,
              (ts_rank(''{0.02, 0.1, 0.4, 1}'', f.words, %L::tsquery)
                * (1 + 0.04 * least(greatest(f.popularity - %s, 0), 10))
                / (1 + 0.03 * f.title_words)
                * coalesce((%L::jsonb ->> f.product_id::text)::float8, 1))::float8 as score
         from found f
     ), paged as (
       select s.product_id, s.score, s.title from scored s where %s order by s.score desc, s.product_id desc limit %s
     )
     select p.product_id, p.score::text, p.title, d.description
       from paged p join %1$s d on d.product_id = p.product_id and d.shelf = %2$s order by p.score desc, p.product_id desc',
    side, in_shelf, condition, case when walk then 'order by d.popularity desc, d.product_id desc' else '' end, most,
    coalesce(ranked::text, ''), now_popularity, boosts,
    case when after_id is null then 'true' else format('(s.score, s.product_id) < (%L::float8, %L::uuid)', after_value, after_id) end, page);
end $$;
