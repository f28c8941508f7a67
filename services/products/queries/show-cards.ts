import { type Card, productTag } from '#contracts/rpc/catalogue.ts'
import type { Query } from '#kit/db/db.ts'
import { Reply, type RouteRequest } from '#kit/http/route.ts'
import type { ProductsDeps } from '../deps.ts'
import { catalogueCards } from './catalogue-entries.ts'

/** A page of cards as JSON text, as they are kept: with the prices of a stranger. `behind`: some of those may be old. */
export interface CardPage {
  readonly cards: readonly string[]
  readonly behind?: boolean
  readonly next?: string | null | undefined
}

interface Place {
  readonly channel: string
  readonly locale: string
  readonly groups: readonly string[]
}

/** By id, the cards of these products with the prices of this moment for these customer groups. */
export async function pricedCards(
  db: Query,
  { groups, ...place }: Place,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Card>> {
  const { cards } = await catalogueCards(db, { ...place, groups: [...groups], ids: [...ids] })
  return new Map(cards.map(({ productId, card }) => [productId, card]))
}

/**
 * The answer with a page of cards at the prices of whoever asks. A stranger's costs nothing more; a member's is kept with the tags of its products, since a
 * price of their group changes no card. `seconds`: keep it no longer.
 */
export async function showCards(
  { db, groups }: Pick<ProductsDeps, 'db' | 'groups'>,
  request: RouteRequest,
  { cards, next, behind = false }: CardPage,
  seconds?: number,
): Promise<Reply> {
  const { channel, locale } = request
  const mine = await groups.kept(request)
  const ids = mine.length === 0 && !behind ? [] : cards.map((card) => (JSON.parse(card) as Card).id)
  const priced: ReadonlyMap<string, Card> =
    ids.length === 0 ? new Map() : await pricedCards(db.sql, { channel, locale, groups: mine }, ids)
  const shown =
    priced.size === 0 ? cards : cards.map((card, at) => (priced.has(ids[at]!) ? JSON.stringify(priced.get(ids[at]!)) : card))
  return new Reply(`{"items":[${shown.join(',')}]${next ? `,"next":${JSON.stringify(next)}` : ''}}`, {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    cache: { tags: ids.map(productTag), ...(seconds === undefined ? {} : { seconds }) },
  })
}
