-- Counting was most of the cost of a search: the most frequent terms are chosen before they are named, nothing is named where only the number of
-- documents is asked for, and no plan is compiled for a statement that runs for milliseconds.
drop function count_documents(text, tsquery, integer[], jsonb, bigint, bigint);
create function count_documents(in_side text, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, terms_too boolean)
returns table (term integer, kind text, key text, label text, slug text, parent text, documents bigint)
language plpgsql stable set search_path from current set jit = off as $$
begin
  if not terms_too then
    return query execute format('select 0, ''all'', '''', '''', null::text, null::text, count(*) from %I d where %s',
      'documents_' || in_side, condition_of(wanted, must, choices, lowest, highest));
    return;
  end if;
  return query execute format(
    'with found as materialized (
       select d.facets from %I d where %s
     ), each as (
       select unnest(found.facets) as id from found
     ), counted as materialized (
       select e.id, count(*) as documents from each e where e.id > 0 group by e.id order by count(*) desc, e.id limit 500
     )
     select 0, ''all'', '''', '''', null, null, count(*) from found
     union all
     select t.id, t.kind, t.key, t.label, t.slug, t.parent, c.documents from counted c join terms t on t.id = c.id where t.kind <> ''shelf''',
    'documents_' || in_side, condition_of(wanted, must, choices, lowest, highest));
end $$;
alter function find_documents(text, integer, tsquery, integer[], jsonb, bigint, bigint, text, tsquery, real, jsonb, uuid[], boolean, integer, text, uuid, integer) set jit = off;
