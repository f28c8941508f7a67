import Type from 'typebox'
import { Nullable, Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { can, del, get, post, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { addCoupons, createPromotion, disableCoupon, removePromotion, replacePromotion } from '../commands/save-promotion.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { PromotionBody, PromotionView } from '../promotion-rule.ts'
import {
  countUses,
  CouponQuery,
  CouponView,
  getPromotion,
  listCoupons,
  listPromotions,
  PromotionQuery,
  UsesView,
} from '../queries/promotions.ts'

const access = can('promotions:write')
const PromotionId = closed({ id: Uuid })
const refusals = [errors.currencyNeeded, errors.wrongDates]

const NewCouponsBody = closed({
  codes: Type.Optional(Type.Array(Type.String({ minLength: 3, maxLength: 40 }), { minItems: 1, maxItems: 1000 })),
  generate: Type.Optional(
    closed({ count: Type.Integer({ minimum: 1, maximum: 1000 }), prefix: Type.Optional(Type.String({ maxLength: 20 })) }),
  ),
  /** orders that may use each of these codes */
  usageLimit: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 2_000_000_000 }))),
})

/** Promotions and their codes, for staff. */
export function promotionRoutes(deps: OrdersDeps): Route[] {
  const { sql } = deps.kit.db
  return [
    get(
      '/api/promotions',
      { access, summary: 'Promotions', query: PromotionQuery, response: page(PromotionView) },
      async ({ query }) => await listPromotions(sql, query),
    ),

    post(
      '/api/promotions',
      { access, summary: 'Make a promotion', body: PromotionBody, response: PromotionView, status: 201, errors: refusals },
      async ({ body, tx }) => await createPromotion(deps, tx, body),
    ),

    get(
      '/api/promotions/:id',
      {
        access,
        summary: 'One promotion',
        params: PromotionId,
        response: PromotionView,
        versioned: true,
        errors: [errors.promotionNotFound],
      },
      async ({ params }) => await getPromotion(sql, params.id),
    ),

    put(
      '/api/promotions/:id',
      {
        access,
        summary: 'Replace a promotion',
        params: PromotionId,
        body: PromotionBody,
        response: PromotionView,
        versioned: true,
        errors: [...refusals, errors.promotionNotFound, errors.promotionConflict, errors.limitBelowUse],
      },
      async ({ params, body, tx, expectedVersion }) => await replacePromotion(deps, tx, params.id, body, expectedVersion),
    ),

    del(
      '/api/promotions/:id',
      {
        access,
        summary: 'Delete a promotion that was never used',
        params: PromotionId,
        errors: [errors.promotionNotFound, errors.promotionUsed],
      },
      async ({ params, tx }) => await removePromotion(deps, tx, params.id),
    ),

    get(
      '/api/promotions/:id/uses',
      {
        access,
        summary: 'How many orders a promotion took part in',
        params: PromotionId,
        response: UsesView,
        errors: [errors.promotionNotFound],
      },
      async ({ params }) => await countUses(deps.kit.db.read, params.id),
    ),

    get(
      '/api/promotions/:id/coupons',
      {
        access,
        summary: 'Codes of a promotion',
        params: PromotionId,
        query: CouponQuery,
        response: page(CouponView),
        errors: [errors.promotionNotFound],
      },
      async ({ params, query }) => await listCoupons(sql, params.id, query),
    ),

    post(
      '/api/promotions/:id/coupons',
      {
        access,
        summary: 'Add codes to a promotion: named ones, or as many unguessable ones as are needed',
        params: PromotionId,
        body: NewCouponsBody,
        response: closed({ items: Type.Array(CouponView) }),
        status: 201,
        errors: [errors.promotionNotFound, errors.badCode, errors.codeTaken],
      },
      async ({ params, body, tx }) => ({ items: await addCoupons(tx, params.id, body) }),
    ),

    del(
      '/api/promotions/:id/coupons/:couponId',
      { access, summary: 'Stop a code', params: closed({ id: Uuid, couponId: Uuid }), errors: [errors.couponNotFound] },
      async ({ params, tx }) => await disableCoupon(tx, params.id, params.couponId),
    ),
  ]
}
