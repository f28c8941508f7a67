import type { Query } from '#kit/db/db.ts'
import type { CardPage } from './show-cards.ts'

/** What a card is read with; `c` is the row of product_cards. Behind: its price may be an old one, because it waits to be drawn anew or a price list began or ended a moment ago. */
export const cardColumns = (db: Query) => db`
  c.card::text as card,
  exists (select from stale_cards s where s.product_id = c.product_id)
  or exists (select from price_lists l where l.announced <> (l.active and coalesce(l.valid_from <= now(), true) and coalesce(l.valid_to > now(), true))) as behind`

export interface CardRow {
  card: string
  behind: boolean
}

export const pageOf = (rows: readonly CardRow[]): CardPage => ({
  cards: rows.map(({ card }) => card),
  behind: rows.some(({ behind }) => behind),
})

/** Cards (JSON text) of these products, in this order; those that are not on sale here are left out. */
export async function cardsInOrder(db: Query, channel: string, locale: string, ids: readonly string[]): Promise<CardPage> {
  if (ids.length === 0) return { cards: [] }
  const rows = await db<CardRow[]>`
    select ${cardColumns(db)} from unnest(${ids as string[]}::uuid[]) with ordinality as found(id, place)
      join product_cards c on c.product_id = found.id and c.channel = ${channel} and c.locale = ${locale} order by found.place`
  return pageOf(rows)
}
