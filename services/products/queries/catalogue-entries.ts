import type { Static } from 'typebox'
import type { Card, CatalogueEntry, catalogueMethods } from '#contracts/rpc/catalogue.ts'
import type { Query } from '#kit/db/db.ts'

type Entry = Static<typeof CatalogueEntry>
/** A product that is described at length is found by the beginning. */
const MOST_OF_A_DESCRIPTION = 4000
/** A card may have been drawn before cards had stars: the job fill-ratings has not come to it yet. */
const UNRATED = { rating: 0, reviewCount: 0 }

/**
 * Products as they stand in the tables at this moment: not from cards, which may be on their way. The language of a text is chosen as `text_of`
 * does it; written out, since a call of a function for each text of thousands of products was a good part of the time.
 */
export async function catalogueEntries(db: Query, ids: readonly string[]): Promise<Entry[]> {
  const rows = await db<{ entry: Entry }[]>`
    select json_build_object(
             'productId', p.id, 'publishedAt', iso(p.published_at), 'requiresShipping', p.requires_shipping, 'tags', p.tags,
             'brand', (select json_build_object('id', b.id, 'slug', b.slug, 'name', b.name) from brands b where b.id = p.brand_id),
             'seller', (select json_build_object('id', s.id, 'slug', s.slug, 'name', s.name) from sellers s where s.id = p.seller_id),
             'variants', (select coalesce(json_agg(json_build_object('sku', v.sku, 'inStock', v.in_stock) order by v.sku), '[]')
                            from variants v where v.product_id = p.id and not v.retired),
             'faces', (select coalesce(json_agg(face.face order by face.channel, face.locale), '[]') from (
                select ch.key as channel, loc.locale,
                       json_build_object(
                         'channel', ch.key, 'locale', loc.locale, 'currency', ch.currency, 'price', best.price,
                         'title', t.title, 'description', left(t.description, ${MOST_OF_A_DESCRIPTION}),
                         'categories', (select coalesce(json_agg(json_build_object('id', c.id, 'parentId', c.parent_id, 'slug', c.slug, 'title', ct.title)
                                                                 order by cardinality(c.path), c.position, c.id), '[]')
                                          from categories c cross join lateral (select ct.title from texts ct where ct.owner_id = c.id
                                                order by ct.locale = loc.locale desc, ct.locale = split_part(loc.locale, '-', 1) desc, ct.locale = ch.locales[1] desc, ct.locale limit 1) ct
                                         where c.id in (select unnest(own.path) from product_categories pc join categories own on own.id = pc.category_id
                                                         where pc.product_id = p.id)),
                         'options', (select coalesce(json_agg(json_build_object(
                                              'key', o ->> 'key', 'title', coalesce(nullif(title_of(o -> 'titles', loc.locale, ch.locales[1]), ''), o ->> 'key'),
                                              'values', (select coalesce(json_agg(json_build_object('key', value ->> 'key',
                                                                  'title', coalesce(nullif(title_of(value -> 'titles', loc.locale, ch.locales[1]), ''), value ->> 'key'))), '[]')
                                                           from jsonb_array_elements(o -> 'values') value
                                                          where exists (select 1 from variants v where v.product_id = p.id and not v.retired
                                                                                                   and v.options ->> (o ->> 'key') = value ->> 'key')))), '[]')
                                       from jsonb_array_elements(p.options) o)) as face
                  from channels ch
                 cross join unnest(ch.locales) loc(locale)
                 cross join lateral (
                   select min(cost.unit_price) as price from variants v cross join lateral price_of(v.id, ch.key, ch.currency, '{}', 1) cost
                    where v.product_id = p.id and not v.retired) best
                 cross join lateral (select t.title, t.description from texts t where t.owner_id = p.id
                                      order by t.locale = loc.locale desc, t.locale = split_part(loc.locale, '-', 1) desc, t.locale = ch.locales[1] desc, t.locale limit 1) t
                 where p.status = 'ACTIVE' and (p.channels is null or ch.key = any (p.channels)) and best.price is not null) face)) as entry
      from products p
     where p.id = any (${ids as string[]}::uuid[])
     order by p.id`
  return rows.map(({ entry }) => entry)
}

export async function catalogueIds(
  db: Query,
  { after, limit }: Static<typeof catalogueMethods.entryIds.input>,
): Promise<Static<typeof catalogueMethods.entryIds.output>> {
  const rows = await db<{ id: string }[]>`
    select p.id from products p where p.status = 'ACTIVE' and (${after ?? null}::uuid is null or p.id > ${after ?? null}::uuid) order by p.id limit ${limit}`
  return { ids: rows.map(({ id }) => id), next: rows.length === limit ? rows.at(-1)!.id : null }
}

/** Cards as lists show them, but with the prices that count now: a card that waits to be drawn anew must not show an old one. */
export async function catalogueCards(
  db: Query,
  { channel, locale, ids, groups = [] }: Static<typeof catalogueMethods.cards.input>,
): Promise<Static<typeof catalogueMethods.cards.output>> {
  const rows = await db<{ id: string; card: Card; price: bigint; list_price: bigint; highest: bigint }[]>`
    select c.product_id as id, c.card, best.price, best.list_price, best.highest
      from product_cards c join channels ch on ch.key = c.channel
     cross join lateral (
       select min(cost.unit_price) as price, max(cost.unit_price) as highest,
              (array_agg(cost.list_price order by cost.unit_price, v.position))[1] as list_price
         from variants v cross join lateral price_of(v.id, ch.key, ch.currency, ${groups}, 1) cost
        where v.product_id = c.product_id and not v.retired and cost.unit_price is not null) best
     where c.product_id = any (${ids as string[]}::uuid[]) and c.channel = ${channel} and c.locale = ${locale} and best.price is not null`
  return {
    cards: rows.map(({ id, card, price, list_price, highest }) => ({
      productId: id,
      card: {
        ...UNRATED,
        ...card,
        price: { ...card.price, amount: Number(price) },
        listPrice: { ...card.listPrice, amount: Number(list_price) },
        priceVaries: price !== highest,
      },
    })),
  }
}
