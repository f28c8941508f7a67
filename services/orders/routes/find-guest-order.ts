import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { anyone, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { guestTokenOf } from '../guest-token.ts'
import { getOrder } from '../queries/get-order.ts'

/**
 * A guest who has lost the mail finds the order by what stands on the parcel's slip: number and e-mail address. Numbers cannot be guessed, and tries are
 * few. Orders of accounts are not found this way: whoever has an account signs in.
 */
export function findGuestOrderRoutes({ kit }: OrdersDeps): Route[] {
  return [
    post(
      '/api/orders/lookup',
      {
        access: anyone,
        summary: 'Find a guest’s order by its number and e-mail address',
        description: 'Answers with the token that opens the order. A wrong pair is told like an order that does not exist.',
        rateLimit: { max: 10, windowSeconds: 60 },
        idempotency: 'none',
        body: closed({
          number: Type.String({ minLength: 1, maxLength: 40 }),
          email: Type.String({ minLength: 3, maxLength: 254 }),
        }),
        response: closed({ id: Uuid, guestToken: Type.String({ description: 'for the header X-Guest-Token' }) }),
        errors: [errors.notFound],
      },
      async ({ body, tx }) => {
        const number = body.number.trim().toUpperCase()
        const [row] = await tx<{ order_id: string }[]>`select n.order_id from order_numbers n where n.number = ${number}`
        const order = row && (await getOrder(tx, row.order_id))
        const asked = body.email.trim().toLowerCase()
        if (!order || order.customerId !== null || order.email?.toLowerCase() !== asked) throw errors.notFound()
        return { id: order.id, guestToken: guestTokenOf(kit.secret('orders/guest-token'), order.id) }
      },
    ),
  ]
}
