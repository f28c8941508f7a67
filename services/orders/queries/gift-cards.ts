import Type, { type Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson, SignedMoneyJson, toJsonAmount } from '#kit/core/money.ts'
import { descending, keyset, type Page, type PageRequest, where } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Query } from '#kit/db/db.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { giftCardCodeOf } from '../gift-card.ts'
import { findGiftCards, type GiftCardRow, giftCardSecret } from '../gift-card-store.ts'

export const GiftCardView = closed({
  id: Uuid,
  lastFour: Type.String(),
  value: MoneyJson,
  balance: MoneyJson,
  orderId: Nullable(Uuid),
  expiresAt: Nullable(Timestamp),
  blocked: Type.Boolean(),
  createdAt: Timestamp,
})
export type GiftCardView = Static<typeof GiftCardView>

const Entry = closed({ kind: Type.String(), reference: Uuid, amount: SignedMoneyJson, at: Timestamp })
export const GiftCardDetail = Type.Object(
  { ...GiftCardView.properties, entries: Type.Array(Entry) },
  { additionalProperties: false },
)

export function giftCardView(row: Omit<GiftCardRow, 'expired' | 'code_hash'>): GiftCardView {
  const amount = (value: bigint) => ({ amount: toJsonAmount(value), currency: row.currency })
  return {
    id: row.id,
    lastFour: row.last_four,
    value: amount(row.value),
    balance: amount(row.balance),
    orderId: row.order_id,
    expiresAt: row.expires_at?.toISOString() ?? null,
    blocked: row.blocked_at !== null,
    createdAt: row.created_at.toISOString(),
  }
}

const list = keyset({
  list: 'gift-cards',
  id: { column: 'g.id', type: 'uuid' },
  sorts: { newest: descending('g.created_at', 'timestamptz') },
  initial: 'newest',
})
export const GiftCardQuery = list.query({ orderId: Type.Optional(Uuid), lastFour: Type.Optional(Type.String({ maxLength: 4 })) })

export async function listGiftCards(
  deps: OrdersDeps,
  query: PageRequest & { orderId?: string; lastFour?: string },
): Promise<Page<GiftCardView>> {
  const { sql } = deps.kit.db
  const at = list.position(query)
  const rows = await sql<GiftCardRow[]>`
    select g.*, ${at.keys(sql)} from gift_cards g
    ${where(sql, [query.orderId !== undefined && sql`g.order_id = ${query.orderId}`, query.lastFour !== undefined && sql`g.last_four = ${query.lastFour.toUpperCase()}`])}
    ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, giftCardView)
}

/** A card with every movement of its money. Throws errors.giftCardNotFound. */
export async function giftCardDetail(sql: Query, id: string): Promise<Static<typeof GiftCardDetail>> {
  const [row] = await sql<GiftCardRow[]>`select g.* from gift_cards g where g.id = ${id}`
  if (!row) throw errors.giftCardNotFound()
  const entries = await sql<{ kind: string; reference: string; amount: bigint; at: Date }[]>`
    select e.kind, e.reference, e.amount, e.at from gift_card_entries e where e.gift_card_id = ${id} order by e.id`
  return {
    ...giftCardView(row),
    entries: entries.map((entry) => ({
      ...entry,
      amount: { amount: toJsonAmount(entry.amount), currency: row.currency },
      at: entry.at.toISOString(),
    })),
  }
}

/** What is left on a card, for whoever knows its code. Throws errors.giftCardNotFound. */
export async function giftCardBalance(
  deps: OrdersDeps,
  code: string,
): Promise<{ balance: MoneyJson; expiresAt: string | null; usable: boolean }> {
  const [card] = await findGiftCards(deps, [code])
  if (!card) throw errors.giftCardNotFound()
  const { balance, expiresAt } = giftCardView(card)
  return { balance, expiresAt, usable: !card.blocked_at && !card.expired && card.balance > 0n }
}

/** For the mail that brings the code: to the recipient staff named, else to whoever ordered the card. */
export async function giftCardForMail(deps: OrdersDeps, id: string): Promise<Static<typeof ordersRpc.methods.giftCard.output>> {
  const [row] = await deps.kit.db.sql<(GiftCardRow & { email: string | null; locale: string | null })[]>`
    select g.*, coalesce(r.email, c.email) as email, o.locale
    from gift_cards g left join gift_card_recipients r on r.gift_card_id = g.id
      left join orders o on o.id = g.order_id left join order_contacts c on c.order_id = g.order_id
    where g.id = ${id}`
  if (!row) return null
  const { value, balance, expiresAt, orderId } = giftCardView(row)
  return {
    giftCardId: id,
    code: giftCardCodeOf(giftCardSecret(deps), id),
    value,
    balance,
    expiresAt,
    orderId,
    email: row.email,
    locale: row.locale,
  }
}
