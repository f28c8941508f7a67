import Type, { type Static } from 'typebox'
import { ChannelKey, CountryCode, Nullable, PostalAddress, StockLine, Timestamp, Uuid } from '#contracts/values.ts'
import { Currency, MoneyJson } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

export const ShippingOption = closed({
  id: Type.String(),
  name: Type.String(),
  carrier: Type.String(),
  price: MoneyJson,
  minDays: Type.Integer(),
  maxDays: Type.Integer(),
})

const PARCEL_STATES = [
  'planned', 'labelled', 'dispatched', 'in-transit', 'out-for-delivery', 'delivered', 'failed', 'cancelled', 'returned',
] as const // biome-ignore format: states in rows
export type ParcelState = (typeof PARCEL_STATES)[number]
/** What follows what is the service's to know. */
export const ParcelState = Type.Unsafe<ParcelState>({ type: 'string', enum: [...PARCEL_STATES] })

/** A parcel as whoever ordered may see it: no address, no notes of staff. */
export const OrderParcel = closed({
  id: Uuid,
  state: ParcelState,
  /** as shoppers know it; null where nothing is carried */
  carrier: Nullable(Type.String()),
  trackingNumber: Nullable(Type.String()),
  /** the carrier's own page about this parcel, where it has one */
  trackingUrl: Nullable(Type.String()),
  lines: Type.Array(StockLine),
  /** by the carrier's clock, oldest first */
  events: Type.Array(closed({ state: ParcelState, at: Timestamp })),
})
export type OrderParcel = Static<typeof OrderParcel>

export const deliveryRpc = defineRpc(
  'delivery',
  {
    /** Shipping options for a destination, cheapest first. */
    options: method(
      closed({
        channel: ChannelKey,
        currency: Currency,
        country: CountryCode,
        weightGrams: Type.Integer(),
        subtotal: MoneyJson,
        locale: Type.Optional(Type.String()),
      }),
      closed({ options: Type.Array(ShippingOption) }),
      { read: true },
    ),
    /** Plans a parcel. Idempotent by shipmentId. Without `lines`: everything of the order. */
    createShipment: method(
      closed({
        orderId: Uuid,
        shipmentId: Uuid,
        optionId: Type.String(),
        address: PostalAddress,
        lines: Type.Array(StockLine, { minItems: 1 }),
        orderUnits: Type.Integer({ minimum: 1 }),
        imported: Type.Optional(Type.Boolean()),
        at: Type.Optional(Type.String()),
      }),
      closed({ shipmentId: Uuid }),
    ),
    /** Stops what has not left yet. `dispatched`: too late. Idempotent. */
    cancelShipments: method(
      closed({ orderId: Uuid }),
      closed({ outcome: Type.Union([Type.Literal('stopped'), Type.Literal('nothing'), Type.Literal('dispatched')]) }),
    ),
    /**
     * Other content or another address for what has not left: the parcels are stopped and new ones with new labels take their place, in
     * one step. With `lines` all of the order goes in one parcel. Once per `changeId`. `dispatched`: a parcel has left, nothing changed;
     * `nothing`: no parcel is planned; `stopped`: the order was cancelled.
     */
    replaceParcels: method(
      closed({
        orderId: Uuid,
        changeId: Uuid,
        lines: Type.Optional(Type.Array(StockLine, { minItems: 1, maxItems: 500 })),
        address: Type.Optional(PostalAddress),
      }),
      closed({
        outcome: Type.Union([
          Type.Literal('replaced'),
          Type.Literal('dispatched'),
          Type.Literal('nothing'),
          Type.Literal('stopped'),
        ]),
      }),
    ),
    /** Parcels to the customer, in the order they were planned; without those that were stopped before they left. */
    parcels: method(closed({ orderId: Uuid }), closed({ parcels: Type.Array(OrderParcel) }), { read: true }),
    createReturn: method(
      closed({ orderId: Uuid, returnId: Uuid, address: PostalAddress, lines: Type.Array(StockLine, { minItems: 1 }) }),
      closed({ shipmentId: Uuid, trackingNumber: Type.String() }),
    ),
    /** A signed link to the label of a return, for its customer; null before there is one. */
    returnLabel: method(closed({ returnId: Uuid }), closed({ labelUrl: Type.Union([Type.String(), Type.Null()]) }), {
      read: true,
    }),
  },
  { Money: MoneyJson, PostalAddress, StockLine, ShippingOption, OrderParcel },
)
