import { defineErrors } from '#kit/core/errors.ts'

export const draftErrors = defineErrors('orders', {
  draftNotFound: ['not-found', 'There is no such draft.'],
  draftPlaced: ['conflict', 'The draft has become an order and can no longer be changed.'],
  draftConflict: ['precondition-failed', 'The draft was changed in the meantime; read it again.'],
  unknownCustomer: ['rule', 'There is no such customer.'],
  wrongCurrency: ['rule', 'The amount is in another currency than the channel.'],
  discountTooLarge: ['rule', 'The discount is more than the goods cost.'],
  giftCardPrice: ['rule', 'A gift card is sold for its value: its price cannot be changed.'],
})
