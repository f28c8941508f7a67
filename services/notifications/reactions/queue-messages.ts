import { CartAbandoned } from '#contracts/events/cart.ts'
import { DeliveryFailed, ShipmentDispatched, ShipmentUpdated } from '#contracts/events/delivery.ts'
import { LowStockAlert } from '#contracts/events/inventory.ts'
import {
  OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderShipped, ReturnApproved, ReturnCompleted, ReturnRejected, ReturnRequested,
} from '#contracts/events/orders.ts' // biome-ignore format: names in rows
import { GiftCardIssued, PaymentFailed, PaymentProcessed, RefundIssued } from '#contracts/events/payments.ts'
import { ReviewPublished, ReviewRejected, ReviewReplied } from '#contracts/events/reviews.ts'
import { EmailVerificationRequested, PasswordResetRequested, UserRegistered } from '#contracts/events/users.ts'
import { onAny, type Reaction } from '#kit/messaging/bus.ts'
import { contextOf, type Event, type EventDefinition } from '#kit/messaging/event.ts'
import { type NewMessage, queueMessages } from '../commands/queue-message.ts'
import type { Deps } from '../deps.ts'

type Due = Omit<NewMessage, 'eventId'> | undefined

/** Which event makes which message due. Nothing is asked and nothing sent here: that is the job's work, outside of any transaction. */
export function messageReactions({ settings }: Deps): Reaction[] {
  const rules = [
    mail(UserRegistered, ({ userId, locale }) => ({ template: 'welcome', userId, locale })),
    mail(EmailVerificationRequested, ({ userId, locale, requestId }) => ({
      template: 'verify-email',
      userId,
      locale,
      data: { requestId },
    })),
    mail(PasswordResetRequested, ({ userId, locale, requestId }) => ({
      template: 'password-reset',
      userId,
      locale,
      data: { requestId },
    })),

    mail(OrderCreated, (order) => ofOrder('order-placed', order)),
    mail(OrderConfirmed, (order) => ofOrder('order-confirmed', order)),
    mail(OrderShipped, (order) => ofOrder('order-shipped', order)),
    mail(OrderDelivered, (order) => ofOrder('order-delivered', order)),
    mail(OrderCancelled, (order) => ofOrder('order-cancelled', order, { reason: order.reason })),
    mail(ReturnRequested, (order) => ofOrder('return-requested', order, { kind: order.kind })),
    mail(ReturnApproved, (order) => ofOrder('return-approved', order, { kind: order.kind })),
    mail(ReturnRejected, (order) => ofOrder('return-rejected', order, { kind: order.kind, reason: order.reason })),
    mail(ReturnCompleted, (order) =>
      ofOrder('return-completed', order, {
        kind: order.kind,
        refund: order.refund,
        replacement: order.replacementOrderId !== null,
      }),
    ),

    mail(PaymentProcessed, ({ orderId, amount, method }) => ({
      template: 'payment-received',
      orderId,
      data: { amount, method },
    })),
    mail(PaymentFailed, ({ orderId, amount, method }) => ({ template: 'payment-failed', orderId, data: { amount, method } })),
    mail(RefundIssued, ({ orderId, refunded }) => ({ template: 'refund-issued', orderId, data: { refunded } })),
    mail(GiftCardIssued, ({ orderId, giftCardId }) => ({ template: 'gift-card', orderId, data: { giftCardId } })),

    // the last parcel is told by OrderShipped
    mail(ShipmentDispatched, (parcel) => (parcel.remaining > 0 ? ofParcel('parcel-dispatched', parcel) : undefined)),
    mail(ShipmentUpdated, (parcel) => (parcel.status === 'out-for-delivery' ? ofParcel('out-for-delivery', parcel) : undefined)),
    mail(DeliveryFailed, (parcel) => ofParcel('delivery-failed', parcel)),

    mail(CartAbandoned, ({ userId, lines }) => (userId ? { template: 'abandoned-cart', userId, data: { lines } } : undefined)),

    mail(ReviewPublished, (review) => ofReview('review-published', review)),
    mail(ReviewRejected, (review) => ofReview('review-rejected', review)),
    mail(ReviewReplied, (review) => ofReview('review-replied', review)),

    mail(LowStockAlert, ({ sku, available, threshold }) => ({ template: 'low-stock', data: { sku, available, threshold } })),
    ...(settings.operationsPhone === ''
      ? []
      : [
          mail(LowStockAlert, ({ sku, available, threshold }) => ({
            template: 'low-stock',
            channel: 'sms' as const,
            data: { sku, available, threshold },
          })),
        ]),
  ]
  return reactionsOf(rules)
}

/** All messages of a batch of events are noted in one statement. */
function reactionsOf(rules: readonly Rule[]): Reaction[] {
  const rulesOf = Map.groupBy(rules, ({ definition }) => definition.type)
  const messagesOf = (event: Event) =>
    rulesOf.get(event.type)!.flatMap((rule) => {
      const message = (event.data as { imported?: boolean }).imported ? undefined : rule.due(event.data as never)
      return message ? [{ ...message, eventId: event.id, context: contextOf(event) }] : []
    })
  const definitions = new Map(rules.map(({ definition }) => [definition.type, definition]))
  return onAny([...definitions.values()], async (events, { tx }) => void (await queueMessages(tx, events.flatMap(messagesOf))))
}

/** What of an event makes a message due; history brought in from another shop is nobody's news. */
interface Rule {
  readonly definition: EventDefinition
  readonly due: (data: never) => Due
}

const mail = <D>(definition: EventDefinition<D>, due: (data: D) => Due): Rule => ({
  definition: definition as EventDefinition,
  due,
})

const ofOrder = (
  template: string,
  order: { orderId: string; customerId: string | null; locale: string },
  data: object = {},
): Due => ({
  template,
  orderId: order.orderId,
  userId: order.customerId,
  locale: order.locale,
  data,
})

const ofReview = (template: string, { reviewId, authorId }: { reviewId: string; authorId: string }): Due => ({
  template,
  userId: authorId,
  data: { reviewId },
})

const ofParcel = (
  template: string,
  { orderId, carrier, trackingNumber }: { orderId: string; carrier: string; trackingNumber: string | null },
): Due => ({
  template,
  orderId,
  data: { carrier, trackingNumber },
})
