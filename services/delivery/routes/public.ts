import Type from 'typebox'
import { ShippingOption } from '#contracts/rpc/delivery.ts'
import { CountryCode, PostalAddress } from '#contracts/values.ts'
import { Currency, MinorUnits } from '#kit/core/money.ts'
import { anyone, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { checkAddress } from '../address-formats.ts'
import { receiveMessage } from '../commands/receive-message.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { trackingEvents } from '../queries/shipments.ts'
import { TrackingView } from '../shipment-view.ts'
import { findByTracking } from '../store.ts'

/** An address as it was sent, tidied: what is left of a field may be nothing. */
const TidiedAddress = closed({
  name: Type.String(),
  company: Type.Optional(Type.String()),
  line1: Type.String(),
  line2: Type.Optional(Type.String()),
  city: Type.String(),
  region: Type.Optional(Type.String()),
  postalCode: Type.String(),
  country: Type.String(),
  phone: Type.Optional(Type.String()),
})

/** What shoppers and carriers call. */
export function publicRoutes(deps: Deps): Route[] {
  return [
    get(
      '/api/delivery/options',
      {
        access: anyone,
        summary: 'Ways of shipping to a country, cheapest first',
        query: closed({
          country: CountryCode,
          currency: Currency,
          weightGrams: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 }),
          subtotal: Type.Integer({ ...MinorUnits, default: 0 }),
        }),
        response: closed({ options: Type.Array(ShippingOption) }),
      },
      async ({ query, channel, locale }) => {
        const { country, currency, weightGrams, subtotal } = query
        return {
          options: await deps.options.offers({
            channel,
            locale,
            country,
            currency,
            weightGrams,
            subtotal: { amount: subtotal, currency },
          }),
        }
      },
    ),
    get(
      '/api/delivery/tracking/:trackingNumber',
      {
        access: anyone,
        summary: 'Where a parcel is',
        description: 'For everybody who knows the number: nothing about the order, its content or its people.',
        params: closed({ trackingNumber: Type.String({ minLength: 4, maxLength: 60, pattern: '^[A-Za-z0-9-]+$' }) }),
        response: TrackingView,
        errors: [errors.notFound],
      },
      async ({ params }) => {
        const shipment = await findByTracking(deps.db.read, null, params.trackingNumber)
        if (!shipment?.trackingNumber) throw errors.notFound()
        const { trackingNumber, carrier, state: status } = shipment
        return {
          trackingNumber,
          carrier: deps.carriers.get(carrier)?.title ?? carrier,
          status,
          dispatchedAt: shipment.dispatchedAt?.toISOString() ?? null,
          deliveredAt: shipment.deliveredAt?.toISOString() ?? null,
          events: await trackingEvents(deps.db.read, shipment.id),
        }
      },
    ),
    post(
      '/api/delivery/addresses/validate',
      {
        access: anyone,
        summary: 'Checks the form of a postal address',
        idempotency: 'none',
        body: PostalAddress,
        response: closed({
          valid: Type.Boolean(),
          /** false: we know no rules of this country */
          checked: Type.Boolean(),
          problems: Type.Array(closed({ pointer: Type.String(), message: Type.String() })),
          normalised: TidiedAddress,
        }),
      },
      async ({ body }) => {
        const { problems, normalised, checked } = checkAddress(body)
        return { valid: problems.length === 0, checked, problems, normalised }
      },
    ),
    post(
      '/api/delivery/webhooks/:carrier',
      {
        access: anyone,
        summary: 'Receives messages of a carrier',
        description: 'The signature over the raw body is checked first. The same message again has no effect.',
        params: closed({ carrier: Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z0-9-]+$' }) }),
        rawBody: true,
        bodyLimit: 262_144,
        idempotency: 'handler',
        response: closed({
          state: Type.Union([Type.Literal('received'), Type.Literal('applied'), Type.Literal('ignored'), Type.Literal('parked')]),
        }),
        errors: [errors.unknownCarrier, errors.badSignature, errors.badMessage, errors.messageDiffers],
      },
      ({ params, headers, rawBody }) =>
        receiveMessage(deps, { carrier: params.carrier, headers, body: rawBody ?? Buffer.alloc(0) }),
    ),
  ]
}
