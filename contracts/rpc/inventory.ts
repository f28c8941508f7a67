import Type from 'typebox'
import { ChannelKey, Sku, StockLine, Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method, stream } from '#kit/rpc/rpc.ts'

/** Of this SKU there is only so much. */
export const Shortage = closed({ sku: Sku, available: Type.Integer() })

export const ReserveOutcome = Type.Union([
  closed({ outcome: Type.Literal('reserved'), expiresAt: Timestamp }),
  closed({ outcome: Type.Literal('out-of-stock'), skus: Type.Array(Shortage) }),
  /** this order's hold was already released or expired: a late retry must not take stock again */
  closed({ outcome: Type.Literal('ended') }),
])

/** What can be sold of one SKU now. `backorder`: more may be ordered than there is. */
export const StockLevel = closed({ sku: Sku, available: Type.Integer(), backorder: Type.Boolean() })

export const inventoryRpc = defineRpc(
  'inventory',
  {
    /** Holds stock for an order, all lines or none. Lines with the same SKU are summed. Idempotent by orderId. */
    reserve: method(
      closed({
        orderId: Uuid,
        channel: ChannelKey,
        lines: Type.Array(StockLine, { minItems: 1, maxItems: 500 }),
        ttlSeconds: Type.Integer({ minimum: 1, maximum: 604_800 }),
      }),
      ReserveOutcome,
      { outside: 'inventory:reserve' },
    ),
    /** Turns the hold into a sale. `expired`: the hold is gone and the stock could not be had again. Idempotent. */
    commit: method(
      closed({ orderId: Uuid }),
      closed({ outcome: Type.Union([Type.Literal('committed'), Type.Literal('expired'), Type.Literal('unknown')]) }),
      { outside: 'inventory:reserve' },
    ),
    /** Lets a hold go. Idempotent; a committed hold stays committed (use restock). */
    release: method(
      closed({ orderId: Uuid, reason: Type.String() }),
      closed({ outcome: Type.Union([Type.Literal('released'), Type.Literal('nothing-held'), Type.Literal('committed')]) }),
      { outside: 'inventory:reserve' },
    ),
    /** Puts sold goods back on the shelf: cancelled after commit, or returned. Idempotent by reference. */
    restock: method(
      closed({ reference: Uuid, orderId: Uuid, lines: Type.Array(StockLine, { minItems: 1 }), reason: Type.String() }),
      closed({}),
    ),
    /** The order is given up: its hold is let go, or what was sold to it goes back on the shelf. Idempotent by orderId. */
    giveBack: method(closed({ orderId: Uuid, lines: Type.Array(StockLine, { minItems: 1 }), reason: Type.String() }), closed({})),
    /**
     * Makes what an order holds, or was sold, exactly these lines: all of it or nothing. Asking again changes nothing. `ended`: it holds
     * nothing any more.
     */
    amend: method(
      closed({ orderId: Uuid, lines: Type.Array(StockLine, { minItems: 1, maxItems: 500 }) }),
      Type.Union([
        closed({ outcome: Type.Literal('amended') }),
        closed({ outcome: Type.Literal('out-of-stock'), skus: Type.Array(Shortage) }),
        closed({ outcome: Type.Literal('ended') }),
      ]),
    ),
    /** Makes the hold last longer, for payments that wait for the customer. */
    extend: method(
      closed({ orderId: Uuid, ttlSeconds: Type.Integer({ minimum: 1, maximum: 604_800 }) }),
      closed({ extended: Type.Boolean() }),
    ),
    availability: method(
      closed({ skus: Type.Array(Sku, { maxItems: 500 }), channel: Type.Optional(ChannelKey) }),
      closed({ levels: Type.Array(StockLevel) }),
      { outside: 'inventory:read', read: true },
    ),
    /** What can be sold of some SKUs: all of them at once, then each one when it has changed, within about a second. Without an end. */
    watch: stream(
      closed({ skus: Type.Array(Sku, { minItems: 1, maxItems: 500 }), channel: Type.Optional(ChannelKey) }),
      closed({ levels: Type.Array(StockLevel) }),
      { outside: 'inventory:read' },
    ),
    /** Records goods that came in or were sold in history: idempotent by reference, one movement a SKU. */
    importMovements: method(
      closed({
        movements: Type.Array(
          closed({ reference: Type.String(), sku: Sku, delta: Type.Integer(), reason: Type.String(), at: Type.String() }),
          { maxItems: 10_000 },
        ),
      }),
      closed({ applied: Type.Integer() }),
    ),
  },
  { StockLine, StockLevel, Shortage, ReserveOutcome },
)
