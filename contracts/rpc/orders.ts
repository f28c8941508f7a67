import Type from 'typebox'
import { ChannelKey, CountryCode, Locale, Nullable, PostalAddress, Quantity, Sku, StockLine, Uuid } from '#contracts/values.ts'
import { Currency, MinorUnits, MoneyJson } from '#kit/core/money.ts'
import { CancelReason } from '#contracts/events/orders.ts'
import { Receipt, RefundPart } from '#contracts/processes/return.ts'
import { closed } from '#kit/messaging/event.ts'
import { ordersExport } from '#contracts/rpc/exports.ts'
import { editMethods } from '#contracts/rpc/order-edits.ts'
import { ImportRefusal, importMethods } from '#contracts/rpc/order-imports.ts'
import { returnMethods } from '#contracts/rpc/order-returns.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

export const QuotedLine = closed({
  sku: Sku,
  quantity: Quantity,
  title: Type.String(),
  unitPrice: MinorUnits,
  subtotal: MinorUnits,
  discount: MinorUnits,
  tax: MinorUnits,
  total: MinorUnits,
})

/** Totals of a basket; minor units of `currency`. total = subtotal − discount + shipping + tax (tax is 0 here where prices include it, see taxIncluded). */
export const Quote = closed({
  currency: Currency,
  lines: Type.Array(QuotedLine),
  subtotal: MinorUnits,
  discount: MinorUnits,
  shipping: MinorUnits,
  tax: MinorUnits,
  taxIncluded: Type.Boolean(),
  total: MinorUnits,
  coupons: Type.Array(
    closed({ code: Type.String(), applied: Type.Boolean(), discount: MinorUnits, reason: Nullable(Type.String()) }),
  ),
})

export const ordersRpc = defineRpc(
  'orders',
  {
    /** What a basket would cost, promotions and tax included; nothing is taken or counted. */
    quote: method(
      closed({
        channel: ChannelKey,
        locale: Type.Optional(Locale),
        userId: Nullable(Uuid),
        country: Type.Optional(CountryCode),
        shippingOptionId: Type.Optional(Type.String()),
        lines: Type.Array(closed({ sku: Sku, quantity: Quantity }), { maxItems: 500 }),
        couponCodes: Type.Array(Type.String()),
      }),
      Quote,
      { read: true },
    ),
    /** The end of a good checkout: PENDING → CONFIRMED. `changed`: it is not as it was placed. Idempotent; `not-open` when the order was cancelled meanwhile. */
    confirm: method(
      closed({ orderId: Uuid, at: Type.Optional(Type.String()), changed: Type.Optional(Type.Boolean()) }),
      closed({ outcome: Type.Union([Type.Literal('confirmed'), Type.Literal('not-open')]) }),
    ),
    /** The end of every undo: → CANCELLED, coupons and gift cards given back. Idempotent; `shipped` when it is too late. */
    markCancelled: method(
      closed({ orderId: Uuid, reason: CancelReason }),
      closed({ outcome: Type.Union([Type.Literal('cancelled'), Type.Literal('shipped'), Type.Literal('unknown')]) }),
    ),
    /** Ends a checkout that still waits: everything goes back, the order is cancelled. `confirmed`, `over`: it does not wait any more. */
    endCheckout: method(
      closed({ orderId: Uuid, reason: CancelReason }),
      closed({ outcome: Type.Union([Type.Literal('cancelled'), Type.Literal('confirmed'), Type.Literal('over')]) }),
    ),
    /** Takes a confirmed order back through the cancel-order process. */
    takeBack: method(
      closed({ orderId: Uuid, reason: CancelReason }),
      closed({ outcome: Type.Union([Type.Literal('cancelled'), Type.Literal('too-late')]) }),
    ),
    /** A gift card as its mail needs it, code included: codes are never in events. `email` null: nobody to write to. */
    giftCard: method(
      closed({ giftCardId: Uuid }),
      Type.Union([
        closed({
          giftCardId: Uuid,
          code: Type.String(),
          value: MoneyJson,
          balance: MoneyJson,
          expiresAt: Nullable(Type.String()),
          orderId: Nullable(Uuid),
          email: Nullable(Type.String()),
          locale: Nullable(Locale),
        }),
        Type.Null(),
      ]),
      { read: true },
    ),
    /** Facts of an order for other services; address only where the caller has to write to or ship to the customer. */
    order: method(
      closed({ orderId: Uuid }),
      Type.Union([
        closed({
          orderId: Uuid,
          number: Type.String(),
          status: Type.String(),
          channel: ChannelKey,
          locale: Locale,
          customerId: Nullable(Uuid),
          email: Nullable(Type.String()),
          total: MoneyJson,
          placedAt: Type.String(),
          address: Nullable(PostalAddress),
          guestToken: Nullable(Type.String()),
          lines: Type.Array(
            closed({
              lineId: Uuid,
              sku: Sku,
              title: Type.String(),
              quantity: Quantity,
              unitPrice: MinorUnits,
              total: MinorUnits,
            }),
          ),
          /** it waits for its customer to name a means of payment */
          awaitsPayment: Type.Boolean(),
        }),
        Type.Null(),
      ]),
      { read: true },
    ),
    /** Where an order goes; null: nowhere. On the way of every checkout, so it is answered from memory while the order is being placed. */
    shippingAddress: method(closed({ orderId: Uuid }), closed({ address: Nullable(PostalAddress) }), { read: true }),
    /** Ids of a customer's orders, oldest first, behind `after`: for whoever keeps something about their orders. */
    ordersOfCustomer: method(
      closed({ customerId: Uuid, after: Nullable(Uuid) }),
      closed({ orderIds: Type.Array(Uuid), next: Nullable(Uuid) }),
      { read: true },
    ),
    /** Every order, page by page. */
    exportOrders: ordersExport,
    ...returnMethods,
    ...editMethods,
    ...importMethods,
  },
  { Money: MoneyJson, PostalAddress, StockLine, Quote, RefundPart, Receipt, ImportRefusal },
)
