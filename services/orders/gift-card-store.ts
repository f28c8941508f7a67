import type { Query } from '#kit/db/db.ts'
import type { OrdersDeps } from './deps.ts'
import { errors } from './errors.ts'
import { giftCardHash, type UsableCard } from './gift-card.ts'

export interface GiftCardRow {
  id: string
  code_hash: string
  last_four: string
  currency: string
  value: bigint
  balance: bigint
  order_id: string | null
  issued_by: string
  expires_at: Date | null
  blocked_at: Date | null
  created_at: Date
  expired: boolean
}

export const giftCardSecret = (deps: Pick<OrdersDeps, 'kit'>): Buffer => deps.kit.secret('orders/gift-cards')

/** Cards by the codes people type; unknown codes are left out, the order is that of the codes. */
export async function findGiftCards(deps: OrdersDeps, codes: readonly string[]): Promise<GiftCardRow[]> {
  const secret = giftCardSecret(deps)
  const hashes = [...new Set(codes.map((code) => giftCardHash(secret, code)))]
  return await deps.kit.db.sql<GiftCardRow[]>`
    select g.*, coalesce(g.expires_at, 'infinity') <= now() as expired from gift_cards g
    where g.code_hash = any(${hashes}) order by array_position(${hashes}, g.code_hash)`
}

export type GiftCardRefusal = 'unknown' | 'blocked' | 'expired' | 'empty' | 'wrong-currency'

export function giftCardRefusal(card: GiftCardRow | undefined, currency: string): GiftCardRefusal | undefined {
  if (!card) return 'unknown'
  if (card.blocked_at) return 'blocked'
  if (card.expired) return 'expired'
  if (card.currency !== currency) return 'wrong-currency'
  return card.balance === 0n ? 'empty' : undefined
}

/** The cards an order wants to be paid with, all of them good, each once. Throws errors.giftCardRefused. */
export async function usableCards(deps: OrdersDeps, codes: readonly string[], currency: string): Promise<UsableCard[]> {
  if (codes.length === 0) return []
  const secret = giftCardSecret(deps)
  const cards = new Map((await findGiftCards(deps, codes)).map((card) => [card.code_hash, card]))
  const usable = new Map<string, UsableCard>()
  for (const [index, code] of codes.entries()) {
    const card = cards.get(giftCardHash(secret, code))
    const reason = giftCardRefusal(card, currency)
    if (reason || !card)
      throw errors.giftCardRefused({ reason }, { fields: [{ pointer: `/giftCardCodes/${index}`, message: reason ?? 'unknown' }] })
    usable.set(card.id, { id: card.id, lastFour: card.last_four, balance: card.balance })
  }
  return [...usable.values()]
}

/**
 * A cancellation has begun: cards bought with this order cannot be spent any more. `spent`: some money of them is gone, so the
 * order cannot be taken back, and nothing is stopped.
 */
export async function stopBoughtCards(sql: Query, orderId: string): Promise<'stopped' | 'spent'> {
  const [row] = await sql<{ spent: boolean }[]>`
    with cards as materialized (select g.id, g.balance, g.value from gift_cards g where g.order_id = ${orderId} order by g.id for update),
    spent as materialized (select exists (select 1 from cards where cards.balance < cards.value) as yes),
    stopped as (update gift_cards g set blocked_at = coalesce(g.blocked_at, now()) from spent where g.id in (select cards.id from cards) and not spent.yes),
    waiting as (update order_gift_lines l set state = 'stopped' from spent where l.order_id = ${orderId} and l.state = 'open' and not spent.yes)
    select spent.yes as spent from spent`
  return row?.spent ? 'spent' : 'stopped'
}

/** The cancellation came too late: the cards are good again. */
export async function allowBoughtCards(sql: Query, orderId: string): Promise<void> {
  await sql`
    with cards as (update gift_cards g set blocked_at = null where g.order_id = ${orderId} and g.balance > 0)
    update order_gift_lines l set state = 'open' where l.order_id = ${orderId} and l.state = 'stopped'`
}
