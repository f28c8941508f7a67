import { isTransient } from '#kit/core/errors.ts'
import { isUuid } from './product-detail.ts'
import type { ProductsDeps } from '../deps.ts'
import { cardsInOrder } from './cards-in-order.ts'
import type { CardPage } from './show-cards.ts'

function nothingWhileAway(error: unknown): { productIds: string[] } {
  if (!isTransient(error)) throw error
  return { productIds: [] }
}

/** Cards (JSON text) of what goes with a product: those the shop named, then what search finds like it. Unknown product: none. */
export async function relatedProducts(
  { db: { sql }, search }: Pick<ProductsDeps, 'db' | 'search'>,
  asked: string,
  channel: string,
  locale: string,
  limit: number,
): Promise<CardPage> {
  const [product] = await sql<{ id: string; named: string[] }[]>`
    select p.id, array(select r.related_id from product_relations r where r.product_id = p.id order by r.position, r.related_id) as named from products p
     where ${isUuid(asked) ? sql`p.id = ${asked}` : sql`p.id = (select sl.product_id from slugs sl where sl.slug = ${asked})`}`
  if (!product) return { cards: [] }
  // those the shop named itself do not depend on the search
  const alike = await search.related({ channel, locale, productId: product.id, limit }).catch(nothingWhileAway)
  const ids = [...new Set([...product.named, ...alike.productIds])]
  const { cards, behind } = await cardsInOrder(sql, channel, locale, ids)
  return { cards: cards.slice(0, limit), behind }
}
