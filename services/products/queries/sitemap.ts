import type { Query } from '#kit/db/db.ts'

/** Products in one part: in two languages they make 40,000 of the 50,000 addresses that a file for search engines may have. */
const PART = 20_000

/**
 * Where the parts of a catalogue begin: the first product of each, by id. Ids grow with time, so most new products belong to the last part and the others
 * stay as search engines know them. One that waited long to be published enters an earlier part; the last of that one is missing until the parts are asked for again.
 */
export async function sitemapParts(sql: Query, channel: string, locale: string, size = PART): Promise<string[]> {
  const rows = await sql<{ first: string }[]>`
    select n.product_id as first
      from (select c.product_id, row_number() over (order by c.product_id) - 1 as place
              from product_cards c where c.channel = ${channel} and c.locale = ${locale}) n
     where n.place % ${size} = 0
     order by n.product_id`
  return rows.map(({ first }) => first)
}

/** Addresses of the products of one part, by id. */
export async function sitemapPart(sql: Query, channel: string, locale: string, first: string, size = PART): Promise<string[]> {
  const rows = await sql<{ slug: string }[]>`
    select c.slug from product_cards c
     where c.channel = ${channel} and c.locale = ${locale} and c.product_id >= ${first}
     order by c.product_id
     limit ${size}`
  return rows.map(({ slug }) => slug)
}
