-- What can be found: one row for each product, channel and language. Runs with search_path set to the service's schema.

-- The read model exists twice: readers use the side that is live, a rebuild fills the other one, then they change places.
create table sides (
  one boolean primary key default true check (one),
  live text not null default 'a' check (live in ('a', 'b')),
  -- the side a rebuild fills; changes are written to it as well
  building text check (building in ('a', 'b') and building <> live),
  -- how far the rebuild has come in the catalogue
  after uuid,
  begun_at timestamptz,
  asked_by text,
  finished_at timestamptz,
  -- whether the side that was replaced is empty again: readers that began before the change still read it
  cleared boolean not null default true,
  documents bigint,
  -- of the side that was live and of the one that replaces it, at the moment of the change
  hash_before text,
  hash_after text
);
insert into sides default values;

-- Everything a product can be filtered by, as small numbers: a category, a brand, a seller, a tag, a value of an option, a range of
-- prices, stars, stock; and the shelf (channel and language) it stands on.
create table terms (
  id integer primary key generated always as identity,
  locale text not null,
  kind text not null,
  key text not null,
  label text not null,
  -- address of a category, brand or seller
  slug text,
  parent text,
  unique (locale, kind, key)
);
create index terms_slug on terms (locale, kind, slug) where slug is not null;

create table documents (
  side text not null,
  product_id uuid not null,
  shelf integer not null,
  title text not null,
  description text not null,
  -- all words of title, brand, categories, options, tags and SKUs as the vocabulary has them
  spoken text not null,
  -- how long the title is: of two products with all the words, the one with fewer others is meant
  title_words smallint not null,
  words tsvector not null,
  -- terms, and -1, -2, … for documents that belong to the sample of a half, a quarter, …
  facets integer[] not null,
  price bigint not null,
  published_at timestamptz not null,
  -- forward-decayed sales, see sales.score
  popularity real not null default 0,
  rating real not null default 0,
  reviews integer not null default 0,
  primary key (side, product_id, shelf)
) partition by list (side);
create table documents_a partition of documents for values in ('a');
create table documents_b partition of documents for values in ('b');

-- Each side has indexes of its own, so that the one being built can have them in another way: entries are collected and put in together
-- (fastupdate), which is several times quicker, but would leave a heap that every search has to read through.
do $$
declare
  side text;
begin
  foreach side in array array['documents_a', 'documents_b'] loop
    execute format('create index %s_found on %1$I using gin (words, facets) with (fastupdate = off)', side);
    execute format('create index %s_popular on %1$I (shelf, popularity, product_id)', side);
    execute format('create index %s_price on %1$I (shelf, price, product_id)', side);
    execute format('create index %s_newest on %1$I (shelf, published_at, product_id)', side);
    execute format('create index %s_rating on %1$I (shelf, rating, product_id)', side);
    execute format('alter table %I set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)', side);
  end loop;
end $$;

-- The role may not change tables; of a side that nobody reads it may ask for emptiness.
create function clear_side(unused text) returns void
language plpgsql security definer set search_path from current as $$
begin
  if exists (select from sides s where s.live = unused) then raise exception 'side % is live', unused; end if;
  if unused = 'a' then truncate documents_a; elsif unused = 'b' then truncate documents_b; end if;
  delete from vocabulary v where v.side = unused;
  delete from word_changes c where c.side = unused;
  execute format('alter index documents_%s_found set (fastupdate = on)', unused);
end $$;
create function side_is_ready(built text) returns void
language plpgsql security definer set search_path from current as $$
begin
  execute format('alter index documents_%s_found set (fastupdate = off)', built);
  perform gin_clean_pending_list(format('documents_%s_found', built)::regclass);
end $$;

-- Words that occur (not SKUs and other long words with digits in them), with the number of documents of the language that have them; the word '' counts all documents.
create table vocabulary (
  side text not null,
  locale text not null,
  word text collate "C" not null,
  documents integer not null,
  primary key (side, locale, word)
);
-- for words that end in another one: "sweatshirt" for "shirt", "Kaffeetasse" for "Tasse"
create index vocabulary_endings on vocabulary (side, locale, reverse(word) collate "C");
-- Writers of documents leave differences here, so that they do not queue for the row of a common word; a job adds them up.
create table word_changes (
  position bigint generated always as identity primary key,
  side text not null,
  locale text not null,
  word text collate "C" not null,
  difference integer not null
);

-- Each word with each of its letters left out: two words that are one slip apart meet here, however the slip came about.
create table slips (
  locale text not null,
  slip text collate "C" not null,
  word text collate "C" not null,
  primary key (locale, slip, word)
);
create function slips_of(word text) returns setof text
language sql immutable
begin atomic
  select word union select left(word, n - 1) || substr(word, n + 1) from generate_series(1, length(word)) n where length(word) > 3;
end;

-- What is known of a SKU: whose it is, and what inventory told last.
create table skus (
  sku text primary key,
  product_id uuid,
  available integer
);
create index skus_product on skus (product_id);

-- Sales that fade: log2 of the sum of units × 2^(day / 30). A sale of today counts twice as much as one of a month ago, and since only
-- the order of products matters, nothing has to be computed anew as time goes by.
create table sales (
  product_id uuid primary key,
  units bigint not null default 0,
  score double precision not null,
  -- not yet carried over into the documents
  waiting boolean not null default true
);
create index sales_waiting on sales (product_id) where waiting;

create table ratings (
  product_id uuid primary key,
  rating real not null,
  reviews integer not null
);

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

-- Words of a text that was split before (see words.ts): each as it is, and its stem.
create function words_of(locale text, text text, weight "char") returns tsvector
language sql immutable
return setweight(to_tsvector(search_config(locale), text), weight) || setweight(to_tsvector('pg_catalog.simple', text), weight);

-- One number for all that one side says, whatever order it was written in. Sales are left out: they are carried over a little later.
create function hash_of(asked text) returns text
language sql stable
begin atomic
  select coalesce(to_hex(bit_xor(hashtextextended(concat_ws('|', d.product_id, d.shelf, d.title, d.description, d.spoken, d.title_words, d.words, d.facets,
                                                            d.price, extract(epoch from d.published_at), d.rating, d.reviews), 0))), 'empty') || ' ' || count(*)
    from documents d where d.side = asked;
end;

create function tell_sides() returns trigger language plpgsql set search_path from current as $$
begin
  insert into cache_changes (tags) values ('{documents}');
  return null;
end $$;
create trigger cache_sides after update of live on sides for each statement execute function tell_sides();
