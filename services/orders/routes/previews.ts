import Type from 'typebox'
import { Quote } from '#contracts/rpc/orders.ts'
import { CountryCode, Nullable, Quantity, Sku, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { GUEST_TOKEN_HEADER } from '#kit/http/idempotency.ts'
import { anyone, post, type Route, type RouteRequest } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { basketOf } from '../basket.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { quoteBasket } from '../queries/quote-basket.ts'

const basket = {
  cartId: Type.Optional(Uuid),
  items: Type.Optional(Type.Array(closed({ sku: Sku, quantity: Quantity }), { minItems: 1, maxItems: 200 })),
  /** of the destination, for tax and shipping */
  country: Type.Optional(CountryCode),
  shippingOptionId: Type.Optional(Type.String({ maxLength: 60 })),
  /** a guest’s, for promotions that count per customer */
  email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
}
const Code = Type.String({ minLength: 1, maxLength: 40 })

type Asked = {
  cartId?: string
  items?: { sku: string; quantity: number }[]
  country?: string
  shippingOptionId?: string
  email?: string
}
type Caller = Pick<RouteRequest, 'principal' | 'channel' | 'locale' | 'headers'>

/** What a basket would cost; nothing is taken or counted. */
export function previewRoutes(deps: OrdersDeps): Route[] {
  async function quote(
    { cartId, items, ...asked }: Asked,
    codes: readonly string[],
    { principal, channel, locale, headers }: Caller,
  ) {
    const userId = principal.kind === 'user' ? principal.id : null
    const body = { ...(cartId ? { cartId } : {}), ...(items ? { items } : {}) }
    const found = await basketOf(deps, { channel, locale, guestToken: headers[GUEST_TOKEN_HEADER], body }, userId)
    return await quoteBasket(deps, {
      ...asked,
      channel: found.channel,
      locale: found.locale,
      userId,
      lines: found.lines,
      couponCodes: [...codes, ...found.couponCodes],
    })
  }

  return [
    post(
      '/api/orders/quote',
      {
        access: anyone,
        summary: 'What a basket would cost, promotions, tax and (with country and option) shipping included',
        body: closed({ ...basket, couponCodes: Type.Optional(Type.Array(Code, { maxItems: 10 })) }),
        response: Quote,
        idempotency: 'read',
        rateLimit: { max: 60, windowSeconds: 60 },
        errors: [errors.noCart, errors.emptyOrder, errors.notOnSale, errors.noSuchShippingOption],
      },
      async (request) => {
        const { couponCodes = [], ...asked } = request.body
        return await quote(asked, couponCodes, request)
      },
    ),

    post(
      '/api/coupons/validate',
      {
        access: anyone,
        summary: 'Whether a coupon code applies to a basket, and what it takes off',
        body: closed({ ...basket, code: Code }),
        response: closed({ code: Type.String(), valid: Type.Boolean(), discount: MoneyJson, reason: Nullable(Type.String()) }),
        idempotency: 'read',
        // codes can be guessed; a shopper types a few
        rateLimit: { max: 20, windowSeconds: 60 },
        errors: [errors.noCart, errors.emptyOrder, errors.notOnSale],
      },
      async (request) => {
        const { code, ...asked } = request.body
        const { coupons, currency } = await quote(asked, [code], request)
        const [coupon] = coupons
        return { code, valid: coupon!.applied, discount: { amount: coupon!.discount, currency }, reason: coupon!.reason }
      },
    ),
  ]
}
