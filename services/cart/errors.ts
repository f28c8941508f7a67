import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('cart', {
  notFound: ['not-found', 'There is no such cart.'],
  lineNotFound: ['not-found', 'This SKU is not in the cart.'],
  notForSale: ['rule', 'This SKU is not on sale here.'],
  outOfStock: ['rule', 'There are not enough units of this SKU in stock.'],
  tooManyLines: ['rule', 'A cart holds at most 200 different SKUs.'],
  quantityTooLarge: ['rule', 'A line holds at most 9,999 units.'],
  tooManyCoupons: ['rule', 'A cart takes at most 10 coupon codes.'],
  couponRefused: ['rule', 'This coupon code cannot be used with this cart.'],
  versionConflict: ['precondition-failed', 'The cart was changed from somewhere else; read it again.'],
  noGuestCart: ['not-found', 'There is no guest cart for this token.'],
})
