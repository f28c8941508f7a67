import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('gateway', {
  noSuchService: ['not-found', 'No such service runs in another process.'],
  noSuchVersion: ['invalid', 'No instance of the service has that version.'],
  weightedTwice: ['invalid', 'A version is named twice.'],
  nobodyLeft: ['rule', 'At least one version has to get requests.'],
  versionConflict: ['precondition-failed', 'Somebody else shifted the traffic in the meantime. Look again.'],
  notFound: ['not-found', 'There is nothing at this address.'],
})
