import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('users', {
  notFound: ['not-found', 'There is no such customer.'],
  addressNotFound: ['not-found', 'There is no such address.'],
  groupNotFound: ['not-found', 'There is no such customer group.'],
  attributeNotFound: ['not-found', 'There is no such attribute.'],
  emailTaken: ['conflict', 'There is an account with this e-mail address already. Sign in, or ask for a new password.'],
  versionConflict: [
    'precondition-failed',
    'The profile has been changed since you read it. Read it again and repeat the change.',
  ],
  invalidAttribute: ['invalid', 'This attribute does not accept that value.'],
  invalidDefinition: ['invalid', 'A choice has choices; other attributes have none.'],
  tooManyAddresses: ['rule', 'An account keeps at most 50 addresses. Delete one you no longer use.'],
  tooManyViews: ['rule', 'A list keeps at most 50 views of yours. Forget one you no longer use.'],
  defaultNeeded: ['rule', 'One address has to be the default. Make another one the default instead.'],
  administratorStays: ['rule', 'An administrator cannot be erased. Take the role away first.'],
  moreRightsNeeded: ['forbidden', 'Only administrators erase members of staff.'],
})
