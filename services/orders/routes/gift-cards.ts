import Type from 'typebox'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { staffActor } from '#contracts/actor.ts'
import { scopeOf } from '#kit/http/idempotency.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { IssueGiftCardBody, issueGiftCard } from '../commands/issue-gift-card.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import {
  GiftCardDetail,
  GiftCardQuery,
  GiftCardView,
  giftCardBalance,
  giftCardDetail,
  listGiftCards,
} from '../queries/gift-cards.ts'

const access = can('gift-cards:write')
const GiftCardId = closed({ id: Uuid })

/** Gift cards: staff issues and looks after them, whoever has the code may ask what is left. */
export function giftCardRoutes(deps: OrdersDeps): Route[] {
  return [
    post(
      '/api/gift-cards',
      {
        access,
        summary: 'Issue a gift card; the answer is the only one that shows its code',
        body: IssueGiftCardBody,
        response: Type.Object({ ...GiftCardView.properties, code: Type.String() }, { additionalProperties: false }),
        status: 201,
        // an answer kept for repetition would keep the code
        idempotency: 'handler',
        errors: [errors.keyReused],
      },
      async ({ body, principal, ip, idempotencyKey }) =>
        await issueGiftCard(deps, body, {
          issuedBy: staffActor(principal),
          key: idempotencyKey,
          scope: scopeOf(principal, undefined, ip),
        }),
    ),

    get(
      '/api/gift-cards',
      { access, summary: 'Gift cards', query: GiftCardQuery, response: page(GiftCardView) },
      async ({ query }) => await listGiftCards(deps, query),
    ),

    get(
      '/api/gift-cards/:id',
      {
        access,
        summary: 'A gift card and every movement of its money',
        params: GiftCardId,
        response: GiftCardDetail,
        errors: [errors.giftCardNotFound],
      },
      async ({ params }) => await giftCardDetail(deps.kit.db.sql, params.id),
    ),

    post(
      '/api/gift-cards/:id/block',
      {
        access,
        summary: 'Stop a gift card that was lost',
        params: GiftCardId,
        response: GiftCardDetail,
        errors: [errors.giftCardNotFound],
        idempotency: 'none',
      },
      async ({ params, tx }) => {
        await tx`update gift_cards g set blocked_at = coalesce(g.blocked_at, now()) where g.id = ${params.id}`
        return await giftCardDetail(tx, params.id)
      },
    ),

    post(
      '/api/gift-cards/balance',
      {
        access: anyone,
        summary: 'What is left on a gift card',
        body: closed({ code: Type.String({ minLength: 1, maxLength: 40 }) }),
        response: closed({ balance: MoneyJson, expiresAt: Nullable(Timestamp), usable: Type.Boolean() }),
        idempotency: 'read',
        rateLimit: { max: 10, windowSeconds: 60 },
        errors: [errors.giftCardNotFound],
      },
      async ({ body }) => await giftCardBalance(deps, body.code),
    ),
  ]
}
