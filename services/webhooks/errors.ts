import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('webhooks', {
  notFound: ['not-found', 'There is no such endpoint.'],
  deliveryNotFound: ['not-found', 'There is no such delivery.'],
  badUrl: ['invalid', 'This address cannot receive webhooks.'],
  unknownEvents: ['invalid', 'A pattern matches no public event.'],
  disabled: ['conflict', 'The endpoint is switched off.'],
  versionConflict: ['precondition-failed', 'Somebody else changed the endpoint in the meantime.'],
})
