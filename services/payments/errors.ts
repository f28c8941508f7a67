import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('payments', {
  notFound: ['not-found', 'There is no such payment.'],
  methodNotFound: ['not-found', 'There is no such payment method.'],
  unknownGateway: ['not-found', 'There is no such payment gateway.'],
  attemptDiffers: ['conflict', 'This attempt to pay the order was already made with another amount or means of payment.'],
  nothingToCapture: ['conflict', 'There is no authorised money to take.'],
  amountTooHigh: ['rule', 'The amount is more than what is there.'],
  wrongCurrency: ['rule', 'The payment is in another currency.'],
  badSignature: ['unauthenticated', 'The signature of the message is missing, wrong or too old.'],
  badMessage: ['invalid', 'The message of the gateway could not be understood.'],
  messageNotFound: ['not-found', 'There is no such message, or it was applied at once.'],
  messageSettled: ['conflict', 'The message was applied or given up before.'],
  messageDiffers: ['conflict', 'A message with this id but another content was received before.'],
  cardNumber: ['rule', 'Card numbers are never accepted here. Send the token of the gateway.'],
  methodExists: ['conflict', 'This payment method is already saved.'],
  challengeOver: ['conflict', 'This challenge has already been answered.'],
})
