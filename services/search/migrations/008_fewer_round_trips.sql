-- What a search costs beside the documents it reads: statements that are planned anew although their plan never changes, and a second
-- reading of the same documents for the page after they were counted.

-- The forms under which a word is indexed.
create function forms_of(locale text, word text) returns text[]
language sql immutable
return tsvector_to_array(to_tsvector(search_config(locale), word));

-- See understand.ts. Its plan is always the same one, so it is made once for a connection: planning it took longer than running it.
create function understood(words jsonb, phrases text[], asked_channel text, asked_locale text, question text, doubting boolean, typing text)
returns table (live text, shelf integer, documents integer, known json, synonyms json, others json, rules json)
language plpgsql stable set search_path from current set plan_cache_mode = force_generic_plan set jit = off as $$
#variable_conflict use_column
begin
  return query
    with side as (select s.live from sides s),
    typed as (
      select x.word, x.slips, v.documents
        from side cross join jsonb_to_recordset(words) as x(word text, slips text[])
        left join vocabulary v on v.side = side.live and v.locale = asked_locale and v.word = x.word and v.documents > 0
    ), meant as (
      select s.words, s.finds from synonyms s where s.locale = asked_locale and s.words && phrases
    )
    select side.live,
           (select t.id from terms t where t.locale = asked_locale and t.kind = 'shelf' and t.key = asked_channel),
           (select v.documents from vocabulary v where v.side = side.live and v.locale = asked_locale and v.word = ''),
           (select json_agg(json_build_object(
              'word', typed.word, 'documents', typed.documents, 'forms', forms_of(asked_locale, typed.word),
              'near', case when typed.documents is null or doubting then (
                 select json_agg(json_build_object('word', n.word, 'documents', n.documents, 'forms', forms_of(asked_locale, n.word)))
                   from (select distinct v.word, v.documents from slips s
                           join vocabulary v on v.side = side.live and v.locale = asked_locale and v.word = s.word and v.documents > 0
                          where s.locale = asked_locale and s.slip = any (typed.slips) and s.word <> typed.word
                          order by v.documents desc limit 200) n) end,
              'longer', case when typed.documents is null and length(typed.word) >= 3 or typed.word = typing then (
                 select json_agg(json_build_object('word', n.word, 'documents', n.documents, 'forms', forms_of(asked_locale, n.word)))
                   from (select * from (
                           (select v.word, v.documents from vocabulary v
                             where v.side = side.live and v.locale = asked_locale and v.documents > 0
                               and v.word > typed.word and v.word < typed.word || chr(1114109) collate "C" order by v.documents desc limit 6)
                           union
                           (select v.word, v.documents from vocabulary v
                             where length(typed.word) >= 4 and typing is null and v.side = side.live and v.locale = asked_locale and v.documents > 0
                               and reverse(v.word) collate "C" >= reverse(typed.word) and reverse(v.word) collate "C" < reverse(typed.word) || chr(1114109) collate "C"
                             order by v.documents desc limit 6)) both_ends
                          order by documents desc limit 8) n) end))
              from typed),
           (select json_agg(json_build_object('words', m.words, 'finds', m.finds)) from meant m),
           (select json_agg(json_build_object('word', o.word, 'forms', forms_of(asked_locale, o.word)))
              from (select distinct word from meant m cross join unnest(m.words || m.finds) phrase cross join unnest(string_to_array(phrase, ' ')) word) o),
           (select json_agg(json_build_object('product_id', r.product_id, 'kind', r.kind, 'position', r.position) order by r.position, r.product_id) from rules r
             where r.query in (question, '') and (r.channel is null or r.channel = asked_channel) and (r.locale is null or r.locale = asked_locale))
      from side;
end $$;

-- Where few documents fit they are read once, for the numbers and for the page. Answers {total, counts, hits}; the parameters are those of
-- find_documents and count_documents.
create function few_documents(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint, kind text, ranked tsquery,
                              now_popularity real, boosts jsonb, skipped uuid[], after_value text, after_id uuid, page integer, terms_too boolean)
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
     ), counted as (
       select e.id, count(*) as documents from (select unnest(f.facets) as id from found f where %8$L::boolean) e
        where e.id > 0 group by e.id order by count(*) desc, e.id limit 500
     )
     select json_build_object(
       ''total'', (select count(*) from found),
       ''counts'', (select coalesce(json_agg(json_build_object(''term'', t.id, ''kind'', t.kind, ''key'', t.key, ''label'', t.label, ''slug'', t.slug, ''parent'', t.parent,
                                                            ''documents'', c.documents)), ''[]'') from counted c join terms t on t.id = c.id where t.kind <> ''shelf''),
       ''hits'', (select coalesce(json_agg(json_build_object(''productId'', p.product_id, ''value'', p.value::text, ''title'', d.title, ''description'', d.description)
                                        order by p.value %6$s, p.product_id %6$s), ''[]'')
                  from paged p join %1$I d on d.product_id = p.product_id and d.shelf = %9$s))',
    'documents_' || in_side, condition_of(wanted, must, choices, lowest, highest), value, skipped,
    case when after_id is null then 'true' else format('(v.value, v.product_id) %s (%L::%s, %L::uuid)', case when kind = 'price' then '>' else '<' end, after_value, typed, after_id) end,
    way, page, terms_too, in_shelf) into answer;
  return answer;
end $$;

-- What a document `f` is worth for these words: where they stand, what sells, short titles, what operators say.
create function score_of(ranked tsquery, now_popularity real, boosts jsonb) returns text
language sql stable
return format('(ts_rank(''{0.02, 0.1, 0.4, 1}'', f.words, %L::tsquery) * (1 + 0.04 * least(greatest(f.popularity - %s, 0), 10)) / (1 + 0.03 * f.title_words)%s)::float8',
              coalesce(ranked::text, ''), now_popularity,
              case when boosts = '{}' then '' else format(' * coalesce((%L::jsonb ->> f.product_id::text)::float8, 1)', boosts) end);

-- The same score where too many documents fit: of the first `most` of them, the best-selling ones (`walk`).
create or replace function find_documents(in_side text, in_shelf integer, wanted tsquery, must integer[], choices jsonb, lowest bigint, highest bigint,
                                          kind text, ranked tsquery, now_popularity real, boosts jsonb, skipped uuid[], walk boolean, most integer,
                                          after_value text, after_id uuid, page integer)
returns table (product_id uuid, value text, title text, description text)
language plpgsql stable set search_path from current set jit = off as $$
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
       select d.product_id, d.title_words, d.words, d.popularity from %s d where d.shelf = %s and %s %s limit %s
     ), scored as (
       select f.product_id, %s as score from found f
     ), paged as (
       select s.product_id, s.score from scored s where %s order by s.score desc, s.product_id desc limit %s
     )
     select p.product_id, p.score::text, d.title, d.description
       from paged p join %1$s d on d.product_id = p.product_id and d.shelf = %2$s order by p.score desc, p.product_id desc',
    side, in_shelf, condition, case when walk then 'order by d.popularity desc, d.product_id desc' else '' end, most,
    score_of(ranked, now_popularity, boosts),
    case when after_id is null then 'true' else format('(s.score, s.product_id) < (%L::float8, %L::uuid)', after_value, after_id) end, page);
end $$;
