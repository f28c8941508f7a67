import Type, { type Static } from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineProcessContract } from '#kit/process/contract.ts'

const OrderOnly = closed({ orderId: Uuid })
export type OrderOnly = Static<typeof OrderOnly>
const Ended = closed({ outcome: Type.Union([Type.Literal('cancelled'), Type.Literal('nothing-to-do')]) })
export type Ended = Static<typeof Ended>

/** Stock that was held for an order went back on sale: an order nobody pays for must not stay open. */
export const expireReservation = defineProcessContract('expire-reservation', 'orders', { input: OrderOnly, result: Ended })
/** A payment failed, perhaps long after the order was confirmed: what was promised is taken back while it can be. */
export const paymentFailed = defineProcessContract('payment-failed', 'orders', { input: OrderOnly, result: Ended })
