import { defineErrors } from '#kit/core/errors.ts'

export const mailErrors = defineErrors('mail', {
  lineBreak: ['invalid', 'A mail must not have line breaks in its headers.'],
  address: ['invalid', 'A mail needs exactly one address.'],
  id: ['invalid', 'The id of a mail is made of letters, digits, dots and dashes.'],
  signInRefused: ['unavailable', 'The mail server refuses our account.'],
  senderNotVerified: ['unavailable', 'The mail service does not know the sender of our mails.'],
  refused: ['rule', 'The mail server refuses this mail.'],
  unavailable: ['unavailable', 'The mail server cannot be reached.'],
})
