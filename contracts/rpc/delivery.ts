import Type from 'typebox'
import { ChannelKey, CountryCode, PostalAddress, StockLine, Uuid } from '#contracts/values.ts'
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
    createReturn: method(
      closed({ orderId: Uuid, returnId: Uuid, address: PostalAddress, lines: Type.Array(StockLine, { minItems: 1 }) }),
      closed({ shipmentId: Uuid, trackingNumber: Type.String() }),
    ),
    /** A signed link to the label of a return, for its customer; null before there is one. */
    returnLabel: method(closed({ returnId: Uuid }), closed({ labelUrl: Type.Union([Type.String(), Type.Null()]) })),
  },
  { Money: MoneyJson, PostalAddress, StockLine, ShippingOption },
)
