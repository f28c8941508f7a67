import Type from 'typebox'
import { ShippingOption } from '#contracts/rpc/delivery.ts'
import { CountryCode, Nullable, PostalAddress } from '#contracts/values.ts'
import { Currency, MinorUnits } from '#kit/core/money.ts'
import { anyone, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { checkAddress, DOUBTS, formatOf, PROBLEMS } from '../address-formats.ts'
import { TrackingNumber } from '../carriers/carrier.ts'
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

const finding = <C extends string>(codes: readonly C[]) =>
  closed({
    pointer: Type.String({ description: 'JSON pointer into the address' }),
    code: Type.Unsafe<C>(Type.Union(codes.map((code) => Type.Literal(code)))),
    message: Type.String(),
    example: Type.Optional(Type.String({ description: 'a postal code of the country' })),
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
        params: closed({ trackingNumber: TrackingNumber }),
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
        description:
          'A problem is in the way of every parcel; a doubt may be right all the same, so ask whoever wrote it. `normalised` is how the post office writes it.',
        idempotency: 'read',
        body: PostalAddress,
        response: closed({
          valid: Type.Boolean({ description: 'it has no problems' }),
          checked: Type.Boolean({ description: 'false: we know no rules of this country' }),
          problems: Type.Array(finding(PROBLEMS)),
          doubts: Type.Array(finding(DOUBTS)),
          normalised: TidiedAddress,
        }),
      },
      async ({ body }) => {
        const address = checkAddress(body)
        return { valid: address.problems.length === 0, ...address }
      },
    ),
    get(
      '/api/delivery/address-formats/:country',
      {
        access: anyone,
        summary: 'How an address is written in a country',
        params: closed({ country: CountryCode }),
        response: closed({
          country: Type.String(),
          known: Type.Boolean({ description: 'false: addresses of this country are not checked' }),
          postalCodeExample: Nullable(Type.String()),
          regionNeeded: Type.Boolean(),
          regions: Type.Array(closed({ code: Type.String(), name: Type.String() }), {
            description: 'one of these, where the list is not empty',
          }),
        }),
      },
      async ({ params: { country } }) => {
        const format = formatOf(country)
        const unknown = { postalCodeExample: null, regionNeeded: false, regions: [] }
        return { country, known: format !== undefined, ...(format ?? unknown) }
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
