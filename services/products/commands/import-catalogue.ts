import type { Static } from 'typebox'
import { ProductCreated } from '#contracts/events/products.ts'
import type { catalogueMethods } from '#contracts/rpc/catalogue.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import { drawStale } from '../cards.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { explain } from '../store.ts'

type Call = typeof catalogueMethods.importCatalogue
type Input = Static<Call['input']>
type Ids = ReadonlyMap<string, string>
const json = (value: unknown) => JSON.stringify(value)

/**
 * Brings in whole products, many at once, with the categories, brands and sellers they name: one statement a kind. What is there already (by
 * address) stays as it is, so the same call again changes nothing. Cards are drawn behind the commit, while the next call may write; what a crash
 * leaves undrawn is drawn by the same call again, or by the job.
 */
export async function importCatalogue(deps: ProductsDeps, input: Input): Promise<Static<Call['output']>> {
  const { created, known } = await write(deps, input)
  await drawStale(deps, [...created, ...known])
  return { created: created.length, known: known.length }
}

async function write(deps: ProductsDeps, input: Input): Promise<{ created: readonly string[]; known: readonly string[] }> {
  return deps.db.tx(async (tx) => {
    // One import at a time: two of them must not both find an address free.
    await tx`select pg_advisory_xact_lock(hashtext('products import'))`
    const [channel] = await tx<
      { list: string }[]
    >`select ch.base_price_list as list from channels ch where ch.key = ${input.channel}`
    if (!channel) throw errors.noSuchChannel({ channel: input.channel })
    await importPlaces(tx, input.categories)
    await tx`
      insert into brands (id, slug, name) select x.id, x.slug, x.name
        from jsonb_to_recordset(${json(input.brands.map((brand) => ({ ...brand, id: uuidv7() })))}::text::jsonb) as x(id uuid, slug text, name text)
          on conflict do nothing`
    await tx`
      insert into sellers (id, slug, name) select x.id, x.slug, x.name
        from jsonb_to_recordset(${json(input.sellers.map((seller) => ({ ...seller, id: uuidv7() })))}::text::jsonb) as x(id uuid, slug text, name text)
          on conflict do nothing`
    const known = await tx<
      { slug: string; product_id: string }[]
    >`select s.slug, s.product_id from slugs s where s.slug = any (${input.products.map(({ slug }) => slug)})`
    const taken = new Set(known.map(({ slug }) => slug))
    const wanted = input.products.filter(({ slug }) => !taken.has(slug))
    const created = wanted.length > 0 ? await create(deps, tx, input, channel.list, wanted) : []
    return { created, known: known.map(({ product_id }) => product_id) }
  })
}

/** Parents stand before their children. */
async function importPlaces(tx: Tx, places: Input['categories']): Promise<void> {
  if (places.length === 0) return
  const named = [...new Set(places.flatMap(({ slug, parent }) => (parent === null ? [slug] : [slug, parent])))]
  const rows = await tx<
    { id: string; slug: string; path: string[] }[]
  >`select c.id, c.slug, c.path from categories c where c.slug = any (${named})`
  const known = new Map(rows.map((row) => [row.slug, row]))
  const missing = places.filter(({ slug }) => !known.has(slug))
  const made = missing.map(({ slug, parent, titles }, position) => {
    const above = parent === null ? undefined : known.get(parent)
    if (parent !== null && !above) throw errors.unknownReference({ field: 'parent', slug: parent })
    const id = uuidv7()
    known.set(slug, { id, slug, path: [...(above?.path ?? []), id] })
    return { id, slug, parent_id: above?.id ?? null, path: [...(above?.path ?? []), id], position, titles }
  })
  if (made.length === 0) return
  await tx`
    with incoming as (
      select * from jsonb_to_recordset(${json(made)}::text::jsonb) as x(id uuid, slug text, parent_id uuid, path uuid[], position integer, titles jsonb)
    ), written as (
      insert into categories (id, parent_id, path, slug, position) select x.id, x.parent_id, x.path, x.slug, x.position from incoming x
    )
    insert into texts (owner_id, locale, title)
    select x.id, t ->> 'locale', t ->> 'title' from incoming x cross join jsonb_array_elements(x.titles) t`.catch(explain)
}

async function idsBySlug(tx: Tx, table: 'categories' | 'brands' | 'sellers', slugs: readonly (string | null)[]): Promise<Ids> {
  const wanted = [...new Set(slugs.filter((slug) => slug !== null))]
  const rows = await tx<{ id: string; slug: string }[]>`select n.id, n.slug from ${tx(table)} n where n.slug = any (${wanted})`
  const ids = new Map(rows.map(({ id, slug }) => [slug, id]))
  const missing = wanted.find((slug) => !ids.has(slug))
  if (missing !== undefined) throw errors.unknownReference({ field: table, slug: missing })
  return ids
}

async function create(deps: ProductsDeps, tx: Tx, input: Input, list: string, wanted: Input['products']): Promise<string[]> {
  const categories = await idsBySlug(
    tx,
    'categories',
    wanted.flatMap((product) => product.categories),
  )
  const brands = await idsBySlug(
    tx,
    'brands',
    wanted.map(({ brand }) => brand),
  )
  const sellers = await idsBySlug(
    tx,
    'sellers',
    wanted.map(({ seller }) => seller),
  )
  const rows = wanted.map((product) => {
    const at = new Date(product.at)
    return {
      id: uuidv7(at),
      slug: product.slug,
      at: at.toISOString(),
      brand_id: product.brand === null ? null : brands.get(product.brand)!,
      seller_id: product.seller === null ? null : sellers.get(product.seller)!,
      category_ids: product.categories.map((slug) => categories.get(slug)!),
      tags: product.tags,
      options: product.options.map(({ key, titles, values }) => ({
        key,
        titles: titlesOf(titles),
        values: values.map((value) => ({ key: value.key, titles: titlesOf(value.titles) })),
      })),
      texts: product.texts,
      variants: product.variants.map(({ sku, options, amount }, position) => ({
        id: uuidv7(at),
        sku,
        amount,
        position,
        options: Object.fromEntries(options.map(({ option, value }) => [option, value])),
        titles: variantTitles(product, options),
      })),
    }
  })
  const events = rows.map(({ id, slug, at, variants }) =>
    ProductCreated(
      { productId: id, slug, status: 'ACTIVE', version: 1, skus: variants.map(({ sku }) => sku) },
      { at: new Date(at) },
    ),
  )
  await tx`
    with incoming as materialized (
      select * from jsonb_to_recordset(${json(rows)}::text::jsonb)
        as x(id uuid, slug text, at timestamptz, brand_id uuid, seller_id uuid, category_ids uuid[], tags text[], options jsonb, texts jsonb, variants jsonb)
    ), bought as materialized (
      select x.id as product_id, x.at, v.* from incoming x
       cross join jsonb_to_recordset(x.variants) as v(id uuid, sku text, amount bigint, position integer, options jsonb, titles jsonb)
    ), new_products as (
      insert into products (id, slug, status, channels, source, brand_id, seller_id, tags, options, published_at, created_at, updated_at)
      select x.id, x.slug, 'ACTIVE', array[${input.channel}], ${input.source}, x.brand_id, x.seller_id, x.tags, x.options, x.at, x.at, x.at from incoming x
    ), new_slugs as (
      insert into slugs (slug, product_id) select x.slug, x.id from incoming x
    ), new_texts as (
      insert into texts (owner_id, locale, title, description)
      select x.id, t ->> 'locale', t ->> 'title', t ->> 'description' from incoming x cross join jsonb_array_elements(x.texts) t
    ), new_variants as (
      insert into variants (id, product_id, sku, options, titles, position) select b.id, b.product_id, b.sku, b.options, b.titles, b.position from bought b
    ), new_prices as (
      insert into prices (variant_id, price_list_id, amount, since) select b.id, ${list}, b.amount, b.at from bought b
    ), filed as (
      insert into product_categories (product_id, category_id) select x.id, c from incoming x cross join unnest(x.category_ids) c
    ), to_draw as (
      insert into stale_cards (product_id) select x.id from incoming x
    )
    select outbox_append(${deps.kit.outbox.encode(events)}::text::jsonb)`.catch(explain)
  return rows.map(({ id }) => id)
}

type Titles = readonly { readonly locale: string; readonly title: string }[]
const titlesOf = (titles: Titles): Record<string, string> =>
  Object.fromEntries(titles.map(({ locale, title }) => [locale, title]))

/** "M / Red" in every language the options have. */
function variantTitles(
  product: Input['products'][number],
  chosen: readonly { option: string; value: string }[],
): Record<string, string> {
  const locales = new Set(
    product.options.flatMap(({ values }) => values.flatMap(({ titles }) => titles.map(({ locale }) => locale))),
  )
  const titleIn = (locale: string) =>
    chosen
      .map(({ option, value }) => {
        const titles = product.options.find(({ key }) => key === option)?.values.find(({ key }) => key === value)?.titles
        return titles?.find((one) => one.locale === locale)?.title ?? value
      })
      .join(' / ')
  return Object.fromEntries([...locales].map((locale) => [locale, titleIn(locale)]))
}
