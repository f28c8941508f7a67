import { defineErrors } from '#kit/core/errors.ts'

export const editErrors = defineErrors('orders', {
  editNotFound: ['not-found', 'There is no such change of this order.'],
  notEditable: [
    'conflict',
    'This order can no longer be changed: it has left, has ended, or comes from another shop or an exchange.',
  ],
  checkoutAtWork: ['conflict', 'The payment of this order is being worked on. Try again when it is settled.'],
  editOpen: ['conflict', 'Another change of this order is open. Finish or withdraw it first.'],
  editRefused: ['conflict', 'The order stays as it was.'],
  editOver: ['conflict', 'The change does not wait for anything any more.'],
  editUnsettled: [
    'conflict',
    'The money of this order is a promise (invoice, on delivery), so no difference can be paid or given back.',
  ],
  editBelowGiftCards: ['conflict', 'The order would cost less than its gift cards have paid.'],
  editGiftCardLine: ['conflict', 'Gift cards cannot be added to an order or changed in it.'],
  editNeedsShipping: ['conflict', 'These goods have to be sent, but the order was placed without shipping.'],
  unknownEditLine: ['rule', 'The order has no such line.'],
  lineTwice: ['rule', 'A line can be named only once; goods that are in the order already are changed by their lineId.'],
  nothingChanged: ['rule', 'Nothing would change.'],
})
