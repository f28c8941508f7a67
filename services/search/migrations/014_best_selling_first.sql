-- Where too many documents fit a question, only the best-selling ones of them are ranked. They were found by going down the index of popularity until
-- enough had the words. Now the best-selling quarter of a shelf, eighth and so on have terms of their own (-102, -103 …), so that the index of words has
-- them at once. And numbers of terms come without their names, which whoever counts has in memory.

-- Documents of a shelf at this popularity and above (the higher id first where it is the same) are of the best-selling 1/2^level and have its term.
-- Later sales make a level larger than its name says, not wrong. Writers keep to all of them, questions to those that are `ready`: where every document of the level has its term.
create table cuts (
  side text not null,
  shelf integer not null,
  level smallint not null check (level between 2 and 12),
  popularity real not null,
  product_id uuid not null,
  -- -101, -102, …: terms of samples are above, those with names are positive
  term integer not null unique generated always as identity (increment -1 minvalue -2147483648 maxvalue -101 start -101),
  ready boolean not null default false,
  primary key (side, shelf, level)
);

-- Terms of a document with those of the levels it belongs to.
create function with_levels(in_side text, in_shelf integer, sold real, product uuid, terms integer[]) returns integer[]
language sql stable
begin atomic
  select array(select c.term from cuts c where c.side = in_side and c.shelf = in_shelf and (sold, product) >= (c.popularity, c.product_id) order by c.term)
      || array(select t from unnest(terms) t where t > -100);
end;

-- As before, and its levels go with it.
create or replace function clear_side(unused text) returns void
language plpgsql security definer set search_path from current as $$
begin
  if exists (select from sides s where s.live = unused) then raise exception 'side % is live', unused; end if;
  if unused = 'a' then truncate documents_a; elsif unused = 'b' then truncate documents_b; end if;
  delete from vocabulary v where v.side = unused;
  delete from word_changes c where c.side = unused;
  delete from cuts c where c.side = unused;
  execute format('alter index documents_%s_found set (fastupdate = on, gin_pending_list_limit = 16384)', unused);
end $$;

-- One number for what a side says of the products behind `behind` up to `last`, whatever order it was written in, and how many documents that are. Sales are
-- left out: they are carried over a little later; so are levels.
create function hash_between(asked text, behind uuid, last uuid, out hash bigint, out documents bigint)
language sql stable
begin atomic
  select coalesce(bit_xor(hashtextextended(concat_ws('|', d.product_id, d.shelf, d.title, d.description, d.spoken, d.title_words, d.words,
                                                     array(select f from unnest(d.facets) f where f > -100),
                                                     d.price, extract(epoch from d.published_at), d.rating, d.reviews), 0)), 0), count(*)
    from documents d where d.side = asked and d.product_id > behind and d.product_id <= last;
end;

-- Counts up when a term gets another name, so that nobody goes on with the old one.
create table term_names (
  one boolean primary key default true check (one),
  version bigint not null default 0
);
insert into term_names default values;
create function tell_term_names() returns trigger language plpgsql set search_path from current as $$
begin
  update term_names set version = version + 1;
  return null;
end $$;
create trigger term_names_changed after update of label, slug, parent on terms for each row
  when ((old.label, old.slug, old.parent) is distinct from (new.label, new.slug, new.parent)) execute function tell_term_names();

-- What a document must be, as condition_of says it, on one shelf. The term of the shelf, which half of all documents have, is only looked for
-- in the index where there are shelves of the same language; the words themselves are of one language.
create function fitting(in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, skipped uuid[]) returns text
language plpgsql stable set search_path from current as $$
declare
  terms integer[] := case when exists (select from terms own join terms other on other.locale = own.locale and other.kind = 'shelf' and other.id <> own.id where own.id = in_shelf)
                          then must else array_remove(must, in_shelf) end;
begin
  return concat_ws(' and ', 'd.shelf = ' || in_shelf,
    -- an empty list would have the whole index read
    case when cardinality(terms) > 0 then format('d.facets @> %L::integer[]', terms) end,
    case when wanted is not null then format('d.words @@ %L::tsquery', wanted) end,
    (select string_agg(format('d.facets && %L::integer[]', array(select jsonb_array_elements_text(choice)::integer)), ' and ') from jsonb_array_elements(choices) choice),
    'd.price >= ' || lowest, 'd.price <= ' || highest,
    case when cardinality(skipped) > 0 then format('d.product_id <> all (%L::uuid[])', skipped) end);
end $$;

-- About how many documents fit, by what the planner knows of words and terms.
create function planned_documents(in_side text, condition text) returns bigint
language plpgsql set search_path from current as $$
declare
  plan json;
begin
  execute format('explain (format json) select from %I d where %s', 'documents_' || in_side, condition) into plan;
  return plan -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;

-- How many of 2^level documents are looked at: all up to `exactly`, of more a sample of 250 to 500.
create function sample_level(documents bigint, exactly integer) returns integer
language sql immutable
return case when documents <= exactly then 0 else least(12, ceil(log(2, documents / 500.0))::integer) end;

-- Common table expression after `found`, which has `facets`.
create function summed_terms() returns text
language sql immutable
return 'sums as (select e.id, count(*)::integer as documents from (select unnest(f.facets) as id from found f) e where e.id > 0 group by e.id)';

-- How many documents, and of each term how many of them, from a sample of 1/2^level that is large enough: the fewer there turn out to be, the more
-- of them are looked at. The numbers are those of the sample. `at_least`: words that often stand together are more than the planner knows.
create function count_terms(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, at_least bigint, exactly integer, terms_too boolean)
returns table (level integer, total integer, terms integer[], documents integer[], version bigint)
language plpgsql set search_path from current set jit = off as $$
#variable_conflict use_column
declare
  -- a sample of fewer says too little
  smallest constant integer := 200;
  condition text := fitting(in_shelf, wanted, must, choices, lowest, highest, '{}');
  sampled integer := sample_level(greatest(at_least, planned_documents(in_side, condition)), exactly);
  seen integer;
  own_terms integer[];
  own_documents integer[];
begin
  loop
    execute format(
      case when terms_too
        then 'with found as materialized (select d.facets from %I d where %s%s), ' || summed_terms() || '
              select (select count(*) from found), array_agg(s.id), array_agg(s.documents) from sums s'
        else 'select count(*), null, null from %I d where %s%s' end,
      'documents_' || in_side, condition, case when sampled > 0 then format(' and d.facets @> ''{%s}''', -sampled) else '' end)
      into seen, own_terms, own_documents;
    exit when sampled = 0 or seen >= smallest;
    sampled := least(sampled - 1, sample_level((seen::bigint << sampled) * 2, exactly));
  end loop;
  return query select sampled, seen, coalesce(own_terms, '{}'), coalesce(own_documents, '{}'), n.version from term_names n;
end $$;

-- The best of the best-selling documents, of `most` or twice as many. Where far more than that fit, the best-selling level that should have
-- enough of them is asked, then a wider one, then all.
create function find_best(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, ranked tsquery,
                          now_popularity real, boosts jsonb, skipped uuid[], at_least bigint, most integer, after_value text, after_id uuid, page integer)
returns table (product_id uuid, value text, title text, description text)
language plpgsql set search_path from current set jit = off as $$
#variable_conflict use_column
declare
  side text := format('%I', 'documents_' || in_side);
  condition text := fitting(in_shelf, wanted, must, choices, lowest, highest, skipped);
  guessed bigint := greatest(at_least, planned_documents(in_side, condition));
  cut cuts%rowtype;
  seen integer;
  answer json;
begin
  loop
    select c.* into cut from cuts c
     where c.side = in_side and c.shelf = in_shelf and c.ready and guessed >> c.level >= most + most / 8 and c.level < coalesce(cut.level, 99)
     order by c.level desc limit 1;
    execute format(
      'with found as materialized (
         select d.product_id, d.title, d.description, d.title_words, d.words, d.popularity from %1$s d where %2$s%3$s
          order by d.popularity%4$s desc, d.product_id desc limit %5$s
       ), paged as (
         select s.* from (select f.product_id, f.title, f.description, %6$s as score from found f) s where %7$s order by s.score desc, s.product_id desc limit %8$s
       )
       select (select count(*) from found),
              (select json_agg(json_build_object(''product_id'', p.product_id, ''value'', p.score::text, ''title'', p.title, ''description'', p.description)
                               order by p.score desc, p.product_id desc) from paged p)',
      side, condition, case when cut.level is null then '' else format(' and d.facets @> ''{%s}''', cut.term) end,
      -- so few are read and sorted; going down the index of popularity would meet far more that do not fit
      case when cut.level is null and guessed < 8 * most then ' + 0' else '' end,
      case when cut.level is null then 2 * most else most end,
      score_of(ranked, now_popularity, boosts),
      case when after_id is null then 'true' else format('(s.score, s.product_id) < (%L::float8, %L::uuid)', after_value, after_id) end, page)
      into seen, answer;
    exit when cut.level is null or seen >= most;
    guessed := seen::bigint << cut.level;
  end loop;
  return query select h.product_id, h.value, h.title, h.description
                 from json_to_recordset(coalesce(answer, '[]')) as h(product_id uuid, value text, title text, description text);
end $$;

-- As few_documents, with `terms`, `documents` and `version` as count_terms has them; null where they are not few.
create function find_few(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, kind text, ranked tsquery,
                         now_popularity real, boosts jsonb, skipped uuid[], after_value text, after_id uuid, page integer, exactly integer, terms_too boolean)
returns json
language plpgsql set search_path from current set jit = off as $$
declare
  value text := case kind when 'popularity' then 'f.popularity' when 'price' then 'f.price' when '-price' then 'f.price'
                          when 'newest' then 'f.published_at' when 'rating' then 'f.rating' else score_of(ranked, now_popularity, boosts) end;
  typed text := case kind when 'popularity' then 'real' when 'price' then 'bigint' when '-price' then 'bigint'
                          when 'newest' then 'timestamptz' when 'rating' then 'real' else 'float8' end;
  way text := case when kind = 'price' then 'asc' else 'desc' end;
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
    case when after_id is null then 'true' else format('(v.value, v.product_id) %s (%L::%s, %L::uuid)', case when kind = 'price' then '>' else '<' end, after_value, typed, after_id) end,
    way, page, case when terms_too then ', ' || summed_terms() else '' end,
    case when terms_too then '''terms'', (select coalesce(json_agg(s.id), ''[]'') from sums s), ''documents'', (select coalesce(json_agg(s.documents), ''[]'') from sums s),'
         else '''terms'', ''[]''::json, ''documents'', ''[]''::json,' end, in_shelf) into answer;
  return answer;
end $$;
