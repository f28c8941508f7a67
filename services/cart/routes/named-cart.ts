import { get, post, del, ownerOr, type Route } from '#kit/http/route.ts'
import { clearCart } from '../commands/change-cart.ts'
import { putLine } from '../commands/put-line.ts'
import type { CartDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { ownerNamed } from '../owner.ts'
import { CartView, showCart } from '../queries/show-cart.ts'
import { AddItem, LineChangedView, UserParams } from './bodies.ts'
import { withTag } from './tag.ts'

/** The cart of a named user, for that user and for staff; for everybody else it does not exist. */
export function namedCartRoutes(deps: CartDeps): Route[] {
  return [
    get(
      '/api/cart/:userId',
      {
        access: ownerOr('cart:read-any'),
        summary: "A user's cart with live prices and stock",
        params: UserParams,
        response: CartView,
        versioned: true,
        errors: [errors.notFound],
      },
      async ({ params, principal, channel, locale }) =>
        withTag(await showCart(deps, ownerNamed(params.userId, principal, 'cart:read-any'), channel, locale)),
    ),
    post(
      '/api/cart/:userId',
      {
        access: ownerOr('cart:write-any'),
        summary: "Put something into a user's cart",
        params: UserParams,
        body: AddItem,
        response: LineChangedView,
        versioned: true,
        errors: [
          errors.notFound,
          errors.notForSale,
          errors.outOfStock,
          errors.tooManyLines,
          errors.quantityTooLarge,
          errors.versionConflict,
        ],
        idempotency: 'shared',
      },
      async ({ params, principal, channel, locale, body, expectedVersion, once }) => {
        const owner = ownerNamed(params.userId, principal, 'cart:write-any')
        return await putLine(deps, { owner, channel, locale, ...body, mode: 'add', expectedVersion, once })
      },
    ),
    del(
      '/api/cart/:userId',
      {
        access: ownerOr('cart:write-any'),
        summary: "Empty a user's cart",
        params: UserParams,
        versioned: true,
        errors: [errors.notFound, errors.versionConflict],
      },
      async ({ params, principal, channel, tx, expectedVersion }) =>
        await clearCart(deps, tx, { owner: ownerNamed(params.userId, principal, 'cart:write-any'), channel, expectedVersion }),
    ),
  ]
}
