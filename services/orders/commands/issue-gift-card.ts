import Type, { type Static } from 'typebox'
import { GiftCardIssued } from '#contracts/events/payments.ts'
import { Timestamp } from '#contracts/values.ts'
import { uuidFrom, uuidv7 } from '#kit/core/ids.ts'
import { Currency, type MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import type { Tx } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { giftCardCodeOf, giftCardHash } from '../gift-card.ts'
import { type GiftCardRow, giftCardSecret } from '../gift-card-store.ts'
import { type GiftCardView, giftCardView } from '../queries/gift-cards.ts'

const value = closed({ amount: Type.Integer({ minimum: 1, maximum: 100_000_000_000 }), currency: Currency })

export const IssueGiftCardBody = closed({
  value,
  /** who gets the code by mail; without it only the answer shows it */
  email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
  expiresAt: Type.Optional(Timestamp),
})
export type IssueGiftCardBody = Static<typeof IssueGiftCardBody>

interface NewCard {
  readonly id: string
  readonly value: MoneyJson
  readonly orderId: string | null
  readonly issuedBy: string
  readonly email: string | null
  readonly expiresAt: string | null
}

/**
 * Issues a card, once per key (`scope` says whose key it is): a repeated request gets the same card and code. The code is
 * derived from the card's id, so neither card nor kept answers hold it. Throws errors.keyReused.
 */
export async function issueGiftCard(
  deps: OrdersDeps,
  body: IssueGiftCardBody,
  request: { issuedBy: string; key: string | undefined; scope: string },
): Promise<GiftCardView & { code: string }> {
  const id = request.key === undefined ? uuidv7() : uuidFrom(`gift-card:${request.scope}:${request.key}`)
  const row = await deps.kit.db.tx(async (tx) => {
    await storeCards(deps, tx, [
      {
        id,
        value: body.value,
        orderId: null,
        issuedBy: request.issuedBy,
        email: body.email ?? null,
        expiresAt: body.expiresAt ?? null,
      },
    ])
    const [card] = await tx<GiftCardRow[]>`select g.* from gift_cards g where g.id = ${id}`
    return card as GiftCardRow
  })
  const view = giftCardView(row)
  if (view.value.amount !== body.value.amount || view.value.currency !== body.value.currency) throw errors.keyReused()
  return { ...view, code: giftCardCodeOf(giftCardSecret(deps), id) }
}

/** Stores cards that are not there yet, with the first entry of their ledger and their event. */
async function storeCards(deps: OrdersDeps, tx: Tx, cards: readonly NewCard[]): Promise<void> {
  const secret = giftCardSecret(deps)
  const rows = cards.map(({ id, value: { amount, currency }, orderId, issuedBy, email, expiresAt }) => {
    const code = giftCardCodeOf(secret, id)
    return {
      id,
      code_hash: giftCardHash(secret, code),
      last_four: code.slice(-4),
      currency,
      value: amount,
      order_id: orderId,
      issued_by: issuedBy,
      email,
      expires_at: expiresAt,
    }
  })
  const stored = await tx<{ id: string; value: bigint; currency: string; order_id: string | null }[]>`
    with input as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as i(id uuid, code_hash text, last_four text, currency text, value bigint,
        order_id uuid, issued_by text, email text, expires_at timestamptz)
    ), card as (
      insert into gift_cards (id, code_hash, last_four, currency, value, balance, order_id, issued_by, expires_at)
      select i.id, i.code_hash, i.last_four, i.currency, i.value, i.value, i.order_id, i.issued_by, i.expires_at from input i
      on conflict (id) do nothing returning gift_cards.id, gift_cards.value, gift_cards.currency, gift_cards.order_id
    ), entry as (
      insert into gift_card_entries (gift_card_id, kind, reference, amount) select card.id, 'issue', card.id, card.value from card
    ), recipient as (
      insert into gift_card_recipients (gift_card_id, email) select card.id, i.email from card join input i on i.id = card.id where i.email is not null
    )
    select card.id, card.value, card.currency, card.order_id from card`
  await deps.kit.outbox.append(
    tx,
    stored.map((card) =>
      GiftCardIssued({
        giftCardId: card.id,
        value: { amount: toJsonAmount(card.value), currency: card.currency },
        orderId: card.order_id,
      }),
    ),
  )
}

/** Issues the gift cards that were bought with an order, once it is confirmed: one card a unit, worth what a unit costs. */
export async function issueBoughtCards(deps: OrdersDeps, orderId: string): Promise<void> {
  await deps.kit.db.tx(async (tx) => {
    const lines = await tx<{ line_no: number; quantity: number; value: bigint; currency: string }[]>`
      update order_gift_lines l set state = 'issued'
      where l.order_id = ${orderId} and l.state = 'open'
        and exists (select 1 from orders o where o.id = l.order_id and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED'))
      returning l.line_no, l.quantity, l.value, l.currency`
    const cards = lines.flatMap((line) =>
      Array.from(
        { length: line.quantity },
        (_, unit): NewCard => ({
          id: uuidFrom(`gift-card:${orderId}:${line.line_no}:${unit}`),
          value: { amount: toJsonAmount(line.value), currency: line.currency },
          orderId,
          issuedBy: 'order',
          email: null,
          expiresAt: null,
        }),
      ),
    )
    if (cards.length > 0) await storeCards(deps, tx, cards)
  })
}
