/** Statements that write the read model. What a document says is decided in document.ts. */
import type { CatalogueEntry } from '#contracts/rpc/catalogue.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { type Document, documentsOf, type Facts, type Term } from './document.ts'

const json = (value: unknown) => JSON.stringify(value)
const keyOf = ({ locale, kind, key }: Pick<Term, 'locale' | 'kind' | 'key'>) => `${locale} ${kind} ${key}`

/** From here on, and until the transaction ends, nobody else writes documents of these products: what is read of them now is the latest. */
export async function lockProducts(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(hashtextextended(i::text, 8091)) from (select i from unnest(${ids as string[]}::uuid[]) i order by hashtextextended(i::text, 8091)) i`
}

/** Makes documents of these products what the catalogue says, on the live side and on the one that is being built. Lock them first. */
export async function putProducts(
  tx: Tx,
  ids: readonly string[],
  entries: readonly CatalogueEntry[],
  { copied }: { copied: boolean },
): Promise<void> {
  const [sides] = await tx<{ live: string; building: string | null }[]>`select s.live, s.building from sides s for share`
  const documents = await describe(tx, entries)
  for (const side of [sides!.live, sides!.building]) {
    if (side) await putDocuments(tx, side, ids, documents, { told: side === sides!.live })
  }
  if (copied) await queueCopies(tx, ids)
}

/** Stands in `copies` for a copy of everything, into a new index. */
export const EVERY_PRODUCT = '00000000-0000-0000-0000-000000000000'

/** Products that another search engine has to be told of. */
export async function queueCopies(tx: Query, ids: readonly string[]): Promise<void> {
  await tx`
    insert into copies (product_id) select i from unnest(${ids as string[]}::uuid[]) i order by i
        on conflict (product_id) do update set turn = nextval('copies_in_order')`
}

export type Written = Document & { readonly shelf: number; readonly facets: readonly number[] }

/** Documents with the numbers of their terms, as they are written; SKUs are noted with their products. */
export async function describe(tx: Tx, entries: readonly CatalogueEntry[]): Promise<Written[]> {
  if (entries.length === 0) return []
  const facts = await factsOf(tx, entries)
  const documents = entries.flatMap((entry) => documentsOf(entry, facts(entry)))
  const numbers = await numberTerms(tx, documents)
  return documents.map((document) => ({
    ...document,
    shelf: numbers.get(keyOf(document.terms[0]!))!,
    facets: [...document.samples, ...new Set(document.terms.map((term) => numbers.get(keyOf(term))!))].sort((a, b) => a - b),
  }))
}

async function factsOf(tx: Tx, entries: readonly CatalogueEntry[]): Promise<(entry: CatalogueEntry) => Facts> {
  const owned = entries.flatMap(({ productId, variants }) => variants.map(({ sku }) => ({ sku, product_id: productId })))
  const stock = await tx<{ sku: string; available: number | null }[]>`
    with known as (
      insert into skus as s (sku, product_id)
      select x.sku, x.product_id from jsonb_to_recordset(${json(owned)}::text::jsonb) as x(sku text, product_id uuid)
       where not exists (select 1 from skus k where k.sku = x.sku and k.product_id = x.product_id)
       order by x.sku
          on conflict (sku) do update set product_id = excluded.product_id)
    select s.sku, s.available from skus s where s.sku = any (${owned.map(({ sku }) => sku)}) and s.available is not null`
  const rated = await tx<{ product_id: string; rating: number; reviews: number }[]>`
    select r.product_id, r.rating, r.reviews from ratings r where r.product_id = any (${entries.map(({ productId }) => productId)}::uuid[])`
  const available = new Map(stock.map(({ sku, available }) => [sku, available!]))
  const ratings = new Map(rated.map((row) => [row.product_id, row]))
  return ({ productId }) => ({ available, rating: ratings.get(productId) })
}

async function numberTerms(tx: Tx, documents: readonly Document[]): Promise<Map<string, number>> {
  const wanted = new Map(documents.flatMap(({ terms }) => terms.map((term) => [keyOf(term), term] as const)))
  const rows = await tx<{ id: number; locale: string; kind: string; key: string }[]>`
    with wanted as (
      select * from jsonb_to_recordset(${json([...wanted.values()])}::text::jsonb) as x(locale text, kind text, key text, label text, slug text, parent text)
    ), changed as (
      insert into terms as t (locale, kind, key, label, slug, parent)
      select w.locale, w.kind, w.key, w.label, w.slug, w.parent from wanted w
       where not exists (select 1 from terms k where k.locale = w.locale and k.kind = w.kind and k.key = w.key
                                                 and (k.label, k.slug, k.parent) is not distinct from (w.label, w.slug, w.parent))
       order by w.locale, w.kind, w.key
          on conflict (locale, kind, key) do update set label = excluded.label, slug = excluded.slug, parent = excluded.parent
      returning t.id, t.locale, t.kind, t.key
    )
    select c.id, c.locale, c.kind, c.key from changed c
    union all
    select t.id, t.locale, t.kind, t.key from wanted w join terms t using (locale, kind, key)`
  return new Map(rows.map((row) => [keyOf(row), row.id]))
}

/** Replaces the documents of these products on one side, and notes how often each word occurs more or less than before. */
export async function putDocuments(
  tx: Query,
  side: string,
  ids: readonly string[],
  documents: readonly Written[],
  { told }: { told: boolean },
): Promise<number> {
  const rows = documents.map(
    ({ productId, shelf, title, description, titleText, aside, spoken, descriptionText, titleWords, ...rest }) => ({
      product_id: productId,
      shelf,
      locale: rest.locale,
      title,
      description,
      title_text: titleText,
      aside,
      spoken,
      description_text: descriptionText,
      title_words: titleWords,
      facets: rest.facets,
      price: rest.price,
      published_at: rest.publishedAt,
      rating: rest.rating,
      reviews: rest.reviews,
    }),
  )
  const [done] = await tx<{ changed: number }[]>`
    with incoming as materialized (
      select x.* from jsonb_to_recordset(${json(rows)}::text::jsonb)
          as x(product_id uuid, shelf integer, locale text, title text, description text, title_text text, aside text, spoken text, description_text text, title_words smallint,
               facets integer[], price bigint, published_at timestamptz, rating real, reviews integer)
    ), before as materialized (
      select d.product_id, d.shelf, d.spoken, t.locale
        from documents d join terms t on t.id = d.shelf where d.side = ${side} and d.product_id = any (${ids as string[]}::uuid[])
    ), gone as (
      delete from documents d using before b
       where d.side = ${side} and d.product_id = b.product_id and d.shelf = b.shelf
         and not exists (select 1 from incoming i where i.product_id = b.product_id and i.shelf = b.shelf)
      returning 1
    ), written as (
      insert into documents as d (side, product_id, shelf, title, description, spoken, title_words, words, facets, price, published_at, rating, reviews, popularity)
      select ${side}, i.product_id, i.shelf, i.title, i.description, i.spoken, i.title_words,
             words_of(i.locale, i.title_text, 'A') || words_of(i.locale, i.aside, 'B') || setweight(to_tsvector(search_config(i.locale), i.description_text), 'C'),
             with_levels(${side}, i.shelf, i.popularity, i.product_id, i.facets), i.price, i.published_at, i.rating, i.reviews, i.popularity
        from (select x.*, coalesce((select s.score from sales s where s.product_id = x.product_id), 0)::real as popularity from incoming x) i
       order by i.product_id, i.shelf
          on conflict (side, product_id, shelf) do update
         set title = excluded.title, description = excluded.description, spoken = excluded.spoken, title_words = excluded.title_words, words = excluded.words,
             facets = with_levels(d.side, d.shelf, d.popularity, d.product_id, excluded.facets),
             price = excluded.price, published_at = excluded.published_at, rating = excluded.rating, reviews = excluded.reviews
       where (d.title, d.description, d.spoken, d.facets, d.price, d.published_at, d.rating, d.reviews)
             is distinct from (excluded.title, excluded.description, excluded.spoken, with_levels(d.side, d.shelf, d.popularity, d.product_id, excluded.facets),
                               excluded.price, excluded.published_at, excluded.rating, excluded.reviews)
      returning 1
    ), counted as (
      insert into word_changes (side, locale, word, difference)
      select ${side}, w.locale, w.word, sum(w.difference)
        from (
          select distinct i.product_id, i.shelf, i.locale, word, 1 as difference from incoming i cross join unnest(string_to_array(i.spoken, ' ') || array['']) word
          union all
          select distinct b.product_id, b.shelf, b.locale, word, -1 from before b cross join unnest(string_to_array(b.spoken, ' ') || array['']) word
        ) w
       group by w.locale, w.word having sum(w.difference) <> 0
    ), told as (
      insert into cache_changes (tags) select '{documents}' where ${told} and exists (select 1 from written union all select 1 from gone)
    )
    select (select count(*) from written)::integer + (select count(*) from gone)::integer as changed`
  return done!.changed
}

/** Adds up what was noted of words; a new word is made known with its slips. Returns how many notes there were. */
export async function foldWords(tx: Tx, most: number): Promise<number> {
  const [row] = await tx<{ notes: number }[]>`
    with notes as materialized (
      delete from word_changes c where c.position in (select w.position from word_changes w order by w.position limit ${most} for update skip locked)
      returning c.side, c.locale, c.word, c.difference
    ), sums as (
      select n.side, n.locale, n.word, sum(n.difference)::integer as difference from notes n group by n.side, n.locale, n.word
    ), counted as (
      insert into vocabulary as v (side, locale, word, documents)
      select s.side, s.locale, s.word, s.difference from sums s order by s.side, s.locale, s.word
          on conflict (side, locale, word) do update set documents = v.documents + excluded.documents
      returning 1
    ), slipped as (
      insert into slips (locale, slip, word)
      select distinct s.locale, slip, s.word from sums s cross join slips_of(s.word) slip
       where length(s.word) between 3 and 30 and s.word !~ '[0-9]'
         and not exists (select 1 from slips k where k.locale = s.locale and k.slip = s.word and k.word = s.word)
          on conflict do nothing
      returning 1
    ), told as (
      -- a misspelt word that was looked for in vain may be one of the new ones
      insert into cache_changes (tags) select '{documents}' where exists (select 1 from slipped)
    )
    select (select count(*) from notes)::integer as notes`
  return row!.notes
}
