import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('orders', {
  notFound: ['not-found', 'There is no such order.'],
  emptyOrder: ['rule', 'An order needs at least one line.'],
  noCart: ['not-found', 'There is no such cart, or it has been ordered already.'],
  noAddress: ['rule', 'An order needs a delivery address: send shippingAddress, or addressId of a saved one.'],
  noEmail: ['rule', 'A guest’s order needs an e-mail address.'],
  notOnSale: ['rule', 'Some of the goods cannot be bought here.'],
  noSuchShippingOption: ['rule', 'This way of shipping is not offered for this address.'],
  outOfStock: ['conflict', 'Some of the goods are not in stock any more.'],
  priceChanged: ['conflict', 'The total has changed since it was shown. Look at the new one and order again.'],
  paymentDeclined: ['payment-refused', 'The payment was refused. Nothing was charged and the order is cancelled.'],
  keyInFlight: ['conflict', 'A request with this Idempotency-Key is still being worked on. Try again in a moment.'],
  keyReused: ['rule', 'This Idempotency-Key was used for another request.'],
  notOpen: ['conflict', 'The order is not waiting for a payment.'],
  tooLate: ['conflict', 'The order has left the warehouse and can no longer be cancelled; send it back instead.'],
  illegalMove: ['conflict', 'An order in this status cannot go there.'],
  promotionRefused: ['conflict', 'A coupon or gift card can no longer be used.'],
})
