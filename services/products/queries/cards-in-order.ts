import type { Query } from '#kit/db/db.ts'

/** Cards (JSON text) of these products, in this order; those that are not on sale here are left out. */
export async function cardsInOrder(db: Query, channel: string, locale: string, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await db<{ card: string }[]>`
    select c.card::text as card from unnest(${ids as string[]}::uuid[]) with ordinality as found(id, place)
      join product_cards c on c.product_id = found.id and c.channel = ${channel} and c.locale = ${locale} order by found.place`
  return rows.map(({ card }) => card)
}
