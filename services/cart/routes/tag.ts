import { Reply } from '#kit/http/route.ts'
import type { CartView } from '../queries/show-cart.ts'
import type { CartBytes } from '../shown-carts.ts'

export const withTag = ({ json, etag }: CartBytes): Reply<CartView> =>
  new Reply(json as never, { headers: { 'content-type': 'application/json; charset=utf-8', etag } })
