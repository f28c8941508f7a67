import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('delivery', {
  notFound: ['not-found', 'There is no such shipment.'],
  returnNotFound: ['not-found', 'There is no such return.'],
  orderNotFound: ['not-found', 'There is no such order.'],
  optionNotFound: ['not-found', 'There is no such shipping option.'],
  unknownCarrier: ['not-found', 'There is no such carrier.'],
  moreThanOrdered: ['conflict', 'More would be sent than was ordered.'],
  orderStopped: ['conflict', 'The order was cancelled; nothing more is sent.'],
  notReadyToShip: ['conflict', 'Only confirmed orders are sent.'],
  nothingLeft: ['conflict', 'Everything of this order is already planned.'],
  noAddress: ['rule', 'The order has no address to send it to.'],
  wrongDays: ['invalid', 'The days of delivery are the wrong way round.'],
  pricedTwice: ['invalid', 'A shipping option has one price in each currency.'],
  wrongState: ['conflict', 'The shipment is not in a state that allows this.'],
  labelMissing: ['not-found', 'There is no label (yet).'],
  badSignature: ['unauthenticated', 'The signature of the message is missing, wrong or too old.'],
  badMessage: ['invalid', 'The message of the carrier could not be understood.'],
  numberTaken: ['conflict', 'Another parcel has this number.'],
  messageNotFound: ['not-found', 'There is no such message, or it was applied at once.'],
  messageSettled: ['conflict', 'The message was applied or given up before.'],
  messageDiffers: ['conflict', 'A message with this id but another content was received before.'],
})
