import { GUEST_TOKEN_HEADER } from '#kit/http/idempotency.ts'
import { get, post, put, patch, del, Reply, ownerGuestOr, signedIn, type Route } from '#kit/http/route.ts'
import { addCoupon, clearCart, mergeCarts, removeCoupon, removeLine } from '../commands/change-cart.ts'
import { putLine } from '../commands/put-line.ts'
import type { CartDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { LineChanged } from '../line-writer.ts'
import { hashSecret, ownerOf, shownSecret } from '../owner.ts'
import { CartView, showCart } from '../queries/show-cart.ts'
import { withTag } from './tag.ts'
import {
  AddItem,
  CartChangedView,
  CartsMergedView,
  CouponBody,
  CouponParams,
  LineChangedView,
  SetQuantity,
  SkuParams,
} from './bodies.ts'

/** The caller's own cart: a user's by who is signed in, a guest's by the secret in X-Guest-Token. Nobody can name another one here. */
const access = ownerGuestOr('cart:write-any')
const lineErrors = [errors.notForSale, errors.outOfStock, errors.tooManyLines, errors.quantityTooLarge, errors.versionConflict]

export function withToken(change: LineChanged): LineChanged | Reply<LineChanged> {
  return change.token === null ? change : new Reply(change, { headers: { [GUEST_TOKEN_HEADER]: change.token } })
}

export function ownCartRoutes(deps: CartDeps): Route[] {
  return [
    get(
      '/api/cart',
      {
        access: ownerGuestOr('cart:read-any'),
        summary: 'My cart with live prices and stock',
        response: CartView,
        versioned: true,
      },
      async (request) => withTag(await showCart(deps, ownerOf(request), request.channel, request.locale)),
    ),
    del('/api/cart', { access, summary: 'Empty my cart', versioned: true, errors: [errors.versionConflict] }, async (request) => {
      await clearCart(deps, request.tx, {
        owner: ownerOf(request),
        channel: request.channel,
        expectedVersion: request.expectedVersion,
      })
    }),
    post(
      '/api/cart/items',
      {
        access,
        summary: 'Put something into my cart; makes the cart',
        body: AddItem,
        response: LineChangedView,
        versioned: true,
        errors: lineErrors,
        idempotency: 'shared',
      },
      async (request) => {
        const { channel, locale, expectedVersion, once } = request
        return withToken(
          await putLine(deps, {
            owner: ownerOf(request),
            channel,
            locale,
            ...request.body,
            mode: 'add',
            expectedVersion,
            once,
          }),
        )
      },
    ),
    put(
      '/api/cart/items/:sku',
      {
        access,
        summary: 'Set how many units of a SKU are in my cart',
        params: SkuParams,
        body: SetQuantity,
        response: LineChangedView,
        versioned: true,
        errors: lineErrors,
        idempotency: 'shared',
      },
      async (request) => {
        const { channel, locale, expectedVersion, params, body, once } = request
        return withToken(
          await putLine(deps, {
            owner: ownerOf(request),
            channel,
            locale,
            ...params,
            ...body,
            mode: 'set',
            expectedVersion,
            once,
          }),
        )
      },
    ),
    patch(
      '/api/cart/items/:sku',
      {
        access,
        summary: 'Change the quantity of a SKU that is in my cart',
        params: SkuParams,
        body: SetQuantity,
        response: LineChangedView,
        versioned: true,
        errors: [errors.notFound, errors.lineNotFound, ...lineErrors],
        idempotency: 'shared',
      },
      async (request) => {
        const { channel, locale, expectedVersion, params, body, once } = request
        return await putLine(deps, {
          owner: ownerOf(request),
          channel,
          locale,
          ...params,
          ...body,
          mode: 'change',
          expectedVersion,
          once,
        })
      },
    ),
    del(
      '/api/cart/items/:sku',
      {
        access,
        summary: 'Take a SKU out of my cart',
        params: SkuParams,
        response: CartChangedView,
        versioned: true,
        errors: [errors.notFound, errors.lineNotFound, errors.versionConflict],
      },
      async (request) =>
        await removeLine(deps, request.tx, {
          owner: ownerOf(request),
          channel: request.channel,
          expectedVersion: request.expectedVersion,
          sku: request.params.sku,
        }),
    ),
    post(
      '/api/cart/coupons',
      {
        access,
        summary: 'Try a coupon code on my cart; kept if it counts',
        body: CouponBody,
        response: CartChangedView,
        versioned: true,
        errors: [errors.notFound, errors.couponRefused, errors.tooManyCoupons, errors.versionConflict],
      },
      async (request) => {
        const { channel, locale, expectedVersion } = request
        return await addCoupon(deps, request.tx, {
          owner: ownerOf(request),
          channel,
          locale,
          expectedVersion,
          code: request.body.code,
        })
      },
    ),
    del(
      '/api/cart/coupons/:code',
      {
        access,
        summary: 'Take a coupon code off my cart',
        params: CouponParams,
        response: CartChangedView,
        versioned: true,
        errors: [errors.notFound, errors.versionConflict],
      },
      async (request) =>
        await removeCoupon(deps, request.tx, {
          owner: ownerOf(request),
          channel: request.channel,
          expectedVersion: request.expectedVersion,
          code: request.params.code,
        }),
    ),
    post(
      '/api/cart/merge',
      {
        access: signedIn,
        summary: "Put the guest cart of X-Guest-Token into the signed-in user's cart; a repeat changes nothing",
        response: CartsMergedView,
        versioned: true,
        errors: [errors.noGuestCart],
      },
      async (request) => {
        const secret = shownSecret(request.headers)
        if (secret === undefined || request.principal.kind !== 'user') throw errors.noGuestCart()
        return await mergeCarts(deps, request.tx, request.principal.id, hashSecret(secret))
      },
    ),
  ]
}
