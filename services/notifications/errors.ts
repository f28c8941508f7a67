import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('notifications', {
  notFound: ['not-found', 'There is no such message.'],
  templateNotFound: ['not-found', 'There is no such template.'],
  overrideNotFound: ['not-found', 'The template has its own words already.'],
  unknownPlaceholder: ['invalid', 'The text names something this template does not know.'],
  notByHand: ['rule', 'This message needs facts that only its event has.'],
  recipientMissing: ['invalid', 'A message needs exactly one recipient.'],
  contentMissing: ['invalid', 'A message needs a template or a text of its own.'],
  stillQueued: ['conflict', 'The message has not been sent yet.'],
  notYet: ['unavailable', 'Not everything this message needs is there yet.'],
  channelRefused: ['rule', 'The provider refuses this message.'],
  channelUnavailable: ['unavailable', 'The provider cannot be reached.'],
  badSignature: ['unauthenticated', 'The signature of the message is missing, wrong or too old.'],
  badReceipt: ['invalid', 'The receipt could not be understood.'],
  badLink: ['not-found', 'This link is not valid.'],
})
