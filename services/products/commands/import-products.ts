import type { Static } from 'typebox'
import { ProductCreated, ProductUpdated } from '#contracts/events/products.ts'
import type { productsRpc } from '#contracts/rpc/products.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import { refreshCardsOf } from '../cards.ts'
import type { ProductsDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { slugify } from '../slug.ts'
import { explain } from '../store.ts'

type Call = typeof productsRpc.methods.importProducts
interface Known {
  id: string
  product_id: string
  sku: string
  title: string | null
  version: number
  slug: string
  status: 'DRAFT' | 'ACTIVE' | 'ARCHIVED'
}

/**
 * Brings in products of one variant each, by SKU, set by set: new ones are created and on sale in this channel, known ones
 * get the title in English if it differs. Idempotent; `at` becomes the time of the product and of its event. Of several
 * entries with the same SKU the last title counts and the first time.
 */
export async function importProducts(deps: ProductsDeps, input: Static<Call['input']>): Promise<Static<Call['output']>> {
  const wanted = new Map<string, { sku: string; title: string; at: Date }>()
  for (const { sku, title, at } of input.products) {
    wanted.set(sku, { sku, title: title.trim() === '' ? sku : title.trim(), at: wanted.get(sku)?.at ?? new Date(at) })
  }
  if (wanted.size === 0) return { products: [] }
  return deps.db.tx(async (tx) => {
    // One import at a time: two of them must not both find a SKU missing.
    await tx`select pg_advisory_xact_lock(hashtext('products import'))`
    const [channel] = await tx`select 1 from channels where key = ${input.channel}`
    if (!channel) throw errors.noSuchChannel({ channel: input.channel })
    const known = await tx<Known[]>`
      select v.id, v.product_id, v.sku, t.title, p.version, p.slug, p.status
        from variants v join products p on p.id = v.product_id left join texts t on t.owner_id = p.id and t.locale = 'en'
       where v.sku = any (${[...wanted.keys()]})`
    const bySku = new Map(known.map((variant) => [variant.sku, variant]))
    const created = await create(
      deps,
      tx,
      input,
      [...wanted.values()].filter(({ sku }) => !bySku.has(sku)),
    )
    await rename(
      deps,
      tx,
      input.source,
      [...wanted.values()].flatMap(({ sku, title, at }) => {
        const variant = bySku.get(sku)
        return variant && variant.title !== title ? [{ variant, title, at }] : []
      }),
    )
    const all = new Map([...known.map((one) => [one.sku, { productId: one.product_id, variantId: one.id }] as const), ...created])
    return { products: [...wanted.keys()].map((sku) => ({ sku, ...all.get(sku)! })) }
  })
}

type Ids = { productId: string; variantId: string }

async function create(
  deps: ProductsDeps,
  tx: Tx,
  input: Static<Call['input']>,
  wanted: readonly { sku: string; title: string; at: Date }[],
): Promise<[string, Ids][]> {
  if (wanted.length === 0) return []
  const rows = wanted.map(({ sku, title, at }) => ({
    id: uuidv7(at),
    variant_id: uuidv7(at),
    sku,
    title,
    at: at.toISOString(),
    slug: `${slugify(title)}-${slugify(sku)}`,
  }))
  // Different SKUs may read the same in an address ("15056bl" and "15056BL"): the later one carries the end of its id.
  const taken = new Set(
    (await tx<{ slug: string }[]>`select s.slug from slugs s where s.slug = any (${rows.map((row) => row.slug)})`).map(
      ({ slug }) => slug,
    ),
  )
  for (const row of rows) {
    if (taken.has(row.slug)) row.slug = `${row.slug}-${row.id.slice(-8)}`
    taken.add(row.slug)
  }
  const events = rows.map((row) =>
    ProductCreated(
      { productId: row.id, slug: row.slug, status: 'ACTIVE', version: 1, skus: [row.sku] },
      { at: new Date(row.at) },
    ),
  )
  await tx`
    with incoming as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as x(id uuid, variant_id uuid, sku text, title text, at timestamptz, slug text)
    ), new_products as (
      insert into products (id, slug, status, channels, source, published_at, created_at, updated_at)
      select x.id, x.slug, 'ACTIVE', array[${input.channel}], ${input.source}, x.at, x.at, x.at from incoming x
    ), new_slugs as (
      insert into slugs (slug, product_id) select x.slug, x.id from incoming x
    ), new_texts as (
      insert into texts (owner_id, locale, title) select x.id, 'en', x.title from incoming x
    ), new_variants as (
      insert into variants (id, product_id, sku) select x.variant_id, x.id, x.sku from incoming x
    )
    select outbox_append(${deps.kit.outbox.encode(events)}::text::jsonb)`.catch(explain)
  // No cards yet: without a price nothing is on sale. importPrices makes them.
  return rows.map((row) => [row.sku, { productId: row.id, variantId: row.variant_id }])
}

/** Only products of this source: a title that the shop wrote itself is not the old system's to change. */
async function rename(
  deps: ProductsDeps,
  tx: Tx,
  source: string,
  wanted: readonly { variant: Known; title: string; at: Date }[],
): Promise<void> {
  if (wanted.length === 0) return
  const rows = wanted.map(({ variant, title, at }) => ({ id: variant.product_id, title, at: at.toISOString() }))
  const renamed = await tx<{ id: string; version: number }[]>`
    with incoming as (
      select x.id, x.title, x.at from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as x(id uuid, title text, at timestamptz)
    ), changed as (
      update products p set version = p.version + 1, updated_at = greatest(p.updated_at, x.at)
        from incoming x where p.id = x.id and p.source = ${source} and p.updated_at < x.at
      returning p.id, p.version, x.title
    ), written as (
      insert into texts as t (owner_id, locale, title) select c.id, 'en', c.title from changed c
          on conflict (owner_id, locale) do update set title = excluded.title
    )
    select c.id, c.version from changed c`
  if (renamed.length === 0) return
  const versions = new Map(renamed.map((row) => [row.id, row.version]))
  await refreshCardsOf(tx, [...versions.keys()])
  await deps.kit.outbox.append(
    tx,
    wanted.flatMap(({ variant, at }) => {
      const version = versions.get(variant.product_id)
      return version === undefined
        ? []
        : [
            ProductUpdated(
              {
                productId: variant.product_id,
                slug: variant.slug,
                status: variant.status,
                version,
                skus: [variant.sku],
                changed: ['texts'],
              },
              { at },
            ),
          ]
    }),
  )
}
