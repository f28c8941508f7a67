import { defineErrors } from '#kit/core/errors.ts'

export const returnErrors = defineErrors('orders', {
  returnNotFound: ['not-found', 'There is no such return.'],
  notDelivered: ['conflict', 'Only an order that has arrived can be sent back; before that it can be cancelled.'],
  returnWindowOver: ['conflict', 'The time for sending this order back is over.'],
  unknownLine: ['rule', 'The order has no such line.'],
  notReturnable: ['rule', 'Gift cards cannot be sent back.'],
  tooManyUnits: ['conflict', 'More units than were bought and are not in another return.'],
  shippingRefundedBefore: ['conflict', 'The shipping of this order is given back by another return.'],
  returnDecided: ['conflict', 'The return is in a status in which this cannot be done.'],
  moreThanAnnounced: ['rule', 'The parcel cannot hold more of it than the return announced.'],
  nothingReceived: ['rule', 'Nothing was received.'],
  feeNotAllowed: ['forbidden', 'A fee is for those to set who decide about returns.'],
  noRefundProblem: ['conflict', 'No refund of this return waits for a decision.'],
  noInvoice: ['not-found', 'There is no invoice: the order is not confirmed, or it comes from another shop.'],
  noCreditNote: ['not-found', 'There is no credit note: nothing was given back.'],
})
